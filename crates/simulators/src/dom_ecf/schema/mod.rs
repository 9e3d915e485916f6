//! The structure of a document, as the DGII's schemas have it. Written from the facts of the schemas
//! (names, order, number, types), not from the schemas.

mod class;
mod forms;
mod table;

use super::signature;
use super::xml::{Element, Node, is_space};
use table::{Content, Field};

/// Checks the structure of any document the DGII knows; the text names the first element that is
/// wrong, in the form of the DGII's own messages.
pub(super) fn check(root: &Element) -> Result<(), String> {
    let kind = root.text_at("Encabezado/IdDoc/TipoeCF").unwrap_or_default();
    let Some(fields) = table::fields(&root.local, &kind) else {
        let text = "El campo TipoeCF del área IdDoc de la sección Encabezado no es válido.";
        return Err(format!("{PREFIX}{text}"));
    };
    let mut walk = Walk { path: vec![root.local.as_str()] };
    walk.plain(root)?;
    walk.fields(root, fields)
}

/// Where the check stands: the names from the root down.
struct Walk<'a> {
    path: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, element: &'a Element, fields: &'static [Field]) -> Result<(), String> {
        self.only_elements(element)?;
        let mut children = element.elements().peekable();
        for field in fields {
            let mut count = 0;
            while let Some(child) = children.next_if(|child| child.local == field.name) {
                count += 1;
                if count > field.most {
                    return Err(self.wrong(field.name, "se repite más de lo permitido"));
                }
                self.path.push(&child.local);
                self.field(child, field)?;
                self.path.pop();
            }
            if count == 0 && field.is_mandatory {
                return Err(self.wrong(field.name, "es obligatorio"));
            }
        }
        match children.next() {
            Some(stranger) => Err(self.wrong(&stranger.local, "no es válido")),
            None => Ok(()),
        }
    }

    fn field(&mut self, element: &'a Element, field: &'static Field) -> Result<(), String> {
        match &field.content {
            // The schemas skip what is inside (`xs:any`); the signature has its own check.
            Content::Signature if element.namespace == signature::NAMESPACE => Ok(()),
            Content::Signature => Err(self.here("no es válido")),
            Content::Fields(fields) => {
                self.plain(element)?;
                self.fields(element, fields)
            }
            Content::Value(class) => {
                self.plain(element)?;
                let is_leaf = element.elements().next().is_none();
                if is_leaf && class.admits(&element.text()) {
                    return Ok(());
                }
                Err(self.here("no es válido"))
            }
        }
    }

    /// No namespace, and no attribute but those of schema instances.
    fn plain(&self, element: &Element) -> Result<(), String> {
        let is_foreign = |namespace: &str| namespace != INSTANCE;
        let is_odd = element.attributes.iter().any(|each| is_foreign(&each.namespace));
        if element.namespace.is_empty() && !is_odd {
            return Ok(());
        }
        Err(self.here("no es válido"))
    }

    fn only_elements(&self, element: &Element) -> Result<(), String> {
        let is_text = |child: &Node| match child {
            Node::Text(text) => !text.chars().all(is_space),
            Node::Element(_) | Node::Comment | Node::Instruction(_) => false,
        };
        if element.children.iter().any(is_text) {
            return Err(self.here("no es válido"));
        }
        Ok(())
    }

    fn here(&self, why: &str) -> String {
        let (field, around) = self.path.split_last().unwrap_or((&"", &[]));
        message(field, around, why)
    }

    fn wrong(&self, field: &str, why: &str) -> String {
        message(field, &self.path, why)
    }
}

/// "El campo X del área Y de la sección Z …".
fn message(field: &str, around: &[&str], why: &str) -> String {
    let area = around.last().copied().unwrap_or(field);
    let section = around.get(1).copied().unwrap_or(area);
    format!("{PREFIX}El campo {field} del área {area} de la sección {section} {why}.")
}

/// The observed code 3 says that the XML does not meet the XSD, and names the element.
const PREFIX: &str = "XML no cumple XSD. ";

/// The namespace of `xsi:` attributes.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    const APPROVAL: &str = "<ACECF xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
        xsi:noNamespaceSchemaLocation=\"x\"><DetalleAprobacionComercial><Version>1.0</Version>\
        <RNCEmisor>101000000</RNCEmisor><eNCF>E310000000001</eNCF><FechaEmision>01-04-2020</FechaEmision>\
        <MontoTotal>118.00</MontoTotal><RNCComprador>102000000</RNCComprador><Estado>1</Estado>\
        <FechaHoraAprobacionComercial>01-04-2020 10:00:00</FechaHoraAprobacionComercial>\
        </DetalleAprobacionComercial></ACECF>";

    fn judged(text: &str) -> Result<(), String> {
        check(&parse(text.as_bytes()).unwrap().root)
    }

    #[test]
    fn a_document_is_walked_in_order() {
        assert_eq!(judged(APPROVAL), Ok(()));
        assert_eq!(judged(&APPROVAL.replace("><", ">\n  <")), Ok(()));
        for (from, to, name) in [
            ("<Version>1.0</Version>", "", "Version"),
            ("<Estado>1</Estado>", "<Estado>3</Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado>1</Estado><Estado>1</Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado></Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado><A/></Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado a=\"1\">1</Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado xmlns=\"u\">1</Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Otro/><Estado>1</Estado>", "Estado"),
            ("<Estado>1</Estado>", "<Estado>1</Estado>x", "DetalleAprobacionComercial"),
            ("118.00<", "118.0<", "MontoTotal"),
            ("</ACECF>", "<Signature/></ACECF>", "Signature"),
            ("</ACECF>", "<Mas/></ACECF>", "Mas"),
        ] {
            let text = APPROVAL.replacen(from, to, 1);
            let why = judged(&text).expect_err(to);
            assert!(
                why.starts_with(&format!("XML no cumple XSD. El campo {name} ")),
                "{to}: {why}"
            );
        }
    }

    #[test]
    fn an_unknown_type_is_named() {
        for text in [
            "<ECF/>",
            "<Otro/>",
            "<ECF><Encabezado><IdDoc><TipoeCF>42</TipoeCF></IdDoc></Encabezado></ECF>",
        ] {
            assert!(judged(text).unwrap_err().contains("TipoeCF"), "{text}");
        }
    }
}
