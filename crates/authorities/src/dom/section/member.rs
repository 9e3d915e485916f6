//! How a section's members are read from a caller's JSON and written into the canonical form.
//!
//! A section is a struct whose fields bear the names of its members. One macro makes the struct and
//! both directions from one list, so that they cannot differ.

use invoice::{Decimal, Json, Reader};
use jiff::civil::Date;

/// The longest text of the format: a line's description (Formato e-CF, `DescripcionItem`).
const TEXT_MAX: usize = 1_000;
/// Members of one list: the longest are the pages (Formato e-CF, `PaginaNo`). What has a lower
/// bound of its own is refused when the document is checked.
pub(crate) const LIST_MAX: usize = 100;

/// What a member can hold.
pub(super) trait Value: Sized {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self>;
    fn write(&self) -> Json;
}

/// What can stand in a list.
pub(super) trait Item: Sized {
    fn read_all(reader: &mut Reader<'_>, key: &str) -> Vec<Self>;
    fn write_item(&self) -> Json;
}

/// A member of a section: there or not, one or several.
pub(super) trait Member: Sized {
    fn read_member(reader: &mut Reader<'_>, key: &str) -> Self;
    /// Nothing where there is nothing to write.
    fn write_member(&self) -> Option<Json>;
}

impl<T: Value> Member for Option<T> {
    fn read_member(reader: &mut Reader<'_>, key: &str) -> Self {
        T::read(reader, key)
    }

    fn write_member(&self) -> Option<Json> {
        self.as_ref().map(Value::write)
    }
}

impl<T: Item> Member for Vec<T> {
    fn read_member(reader: &mut Reader<'_>, key: &str) -> Self {
        T::read_all(reader, key)
    }

    fn write_member(&self) -> Option<Json> {
        let items = || self.iter().map(Item::write_item).collect();
        (!self.is_empty()).then(|| Json::Array(items()))
    }
}

/// A flag that is up or not there.
impl Member for bool {
    fn read_member(reader: &mut Reader<'_>, key: &str) -> Self {
        reader.flag(key).unwrap_or(false)
    }

    fn write_member(&self) -> Option<Json> {
        self.then_some(Json::Bool(true))
    }
}

impl Value for String {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
        reader.optional_text_up_to(key, TEXT_MAX)
    }

    fn write(&self) -> Json {
        Json::string(self)
    }
}

/// A group that few documents have, so that the others need not have room for it.
impl<T: Value> Value for Box<T> {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
        T::read(reader, key).map(Box::new)
    }

    fn write(&self) -> Json {
        T::write(self)
    }
}

impl Item for String {
    fn read_all(reader: &mut Reader<'_>, key: &str) -> Vec<Self> {
        reader.texts(key, LIST_MAX)
    }

    fn write_item(&self) -> Json {
        Json::string(self)
    }
}

impl Value for Date {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
        reader.date(key)
    }

    fn write(&self) -> Json {
        Json::string(self.to_string())
    }
}

impl<const SCALE: u32> Value for Decimal<SCALE> {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
        reader.optional_decimal(key)
    }

    fn write(&self) -> Json {
        Json::String(self.to_text())
    }
}

/// A place in a list of lines or pages: no document has more than ten thousand.
impl Value for u16 {
    fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
        let count = reader.count(key, 10_000)?;
        Some(Self::try_from(count).expect("ten thousand fit"))
    }

    fn write(&self) -> Json {
        Json::Integer(i64::from(*self))
    }
}

/// Makes a section's struct, and how it is read and written.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Eq, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $name {
            /// The names of its members.
            pub(crate) const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            pub(crate) fn read_members(reader: &mut invoice::Reader<'_>) -> Self {
                use $crate::dom::section::member::Member as _;
                Self { $($field: <$type>::read_member(reader, stringify!($field)),)* }
            }

            pub(crate) fn write_members(&self) -> Vec<(String, invoice::Json)> {
                use $crate::dom::section::member::Member as _;
                let mut members = Vec::new();
                $(if let Some(value) = self.$field.write_member() {
                    members.push((stringify!($field).to_owned(), value));
                })*
                members
            }
        }

        impl $crate::dom::section::member::Value for $name {
            fn read(reader: &mut invoice::Reader<'_>, key: &str) -> Option<Self> {
                reader.optional_object(key, |reader| {
                    reader.allow(Self::FIELDS);
                    Self::read_members(reader)
                })
            }

            fn write(&self) -> invoice::Json {
                invoice::Json::Object(self.write_members())
            }
        }

        impl $crate::dom::section::member::Item for $name {
            fn read_all(reader: &mut invoice::Reader<'_>, key: &str) -> Vec<Self> {
                let items = reader.array(key, $crate::dom::section::member::LIST_MAX, |reader| {
                    reader.allow(Self::FIELDS);
                    Self::read_members(reader)
                });
                items.unwrap_or_default()
            }

            fn write_item(&self) -> invoice::Json {
                invoice::Json::Object(self.write_members())
            }
        }
    };
}

pub(super) use section;
