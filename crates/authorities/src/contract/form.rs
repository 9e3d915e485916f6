//! In what form an authority's codes and documents are handed on to people and programs.

/// What whoever shows an invoice has to know of its authority. Data: it wants neither a wire nor a
/// machine, so that an outlet that cannot work still shows what it issued.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forms {
    pub code: CodeForm,
    /// What is signed for the authority of each invoice; none where it takes no document.
    pub document: Option<DocumentForm>,
}

/// How people read the code that an invoice has at its authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeForm {
    /// In groups of four with a dash between them, as it is printed.
    GroupsOfFour,
    /// As it is: it holds numbers that are looked up as they stand, or letters whose case and signs
    /// count.
    Whole,
}

/// A document as a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentForm {
    /// As in a header `Content-Type`.
    pub media_type: &'static str,
    /// How its file's name ends, without the dot.
    pub extension: &'static str,
}

impl CodeForm {
    /// The code as people read it.
    pub fn write(self, code: &str) -> String {
        match self {
            Self::Whole => code.to_owned(),
            Self::GroupsOfFour => {
                let characters: Vec<char> = code.chars().collect();
                let groups = characters.chunks(4).map(|group| group.iter().collect());
                groups.collect::<Vec<String>>().join("-")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_grouped_where_it_is_printed_so() {
        assert_eq!(CodeForm::GroupsOfFour.write("ABCDEFGHIJ"), "ABCD-EFGH-IJ");
        assert_eq!(CodeForm::GroupsOfFour.write(""), "");
        assert_eq!(CodeForm::Whole.write("a+B/c1"), "a+B/c1");
    }
}
