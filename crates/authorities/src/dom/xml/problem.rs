//! Why bytes are no document that we read, where, and what to do about it.

/// A document that was not read. Lines and columns count from 1, columns in characters; a byte
/// order mark does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    pub line: usize,
    pub column: usize,
    pub problem: Problem,
}

/// What stands in the way of reading a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the document is longer than {limit} bytes: send it in parts, or is it another file?")]
    TooLong { limit: usize },
    #[error("the document nests deeper than {limit} elements: it is none of the DGII's")]
    TooDeep { limit: usize },
    #[error("the document has more than {limit} elements and texts: it is none of the DGII's")]
    TooManyNodes { limit: usize },
    #[error("the element has more than {limit} attributes: it is none of the DGII's")]
    TooManyAttributes { limit: usize },
    #[error("more than {limit} namespaces are in scope: it is none of the DGII's documents")]
    TooManyNamespaces { limit: usize },

    #[error("the bytes are not UTF-8: save the document as UTF-8")]
    NotUtf8,
    #[error("the XML declaration names the encoding {0}: save the document as UTF-8")]
    Encoding(String),
    #[error("the XML declaration names the version {0}: only 1.0 is read")]
    Version(String),
    #[error("the XML declaration is malformed, or not at the very beginning: write it first, once")]
    Declaration,

    #[error("a document type is not accepted: remove <!DOCTYPE>")]
    DocumentType,
    #[error("processing instructions are not accepted: remove the <?…?>")]
    Instruction,
    #[error("comments are not accepted, because a value could hide behind one: remove it")]
    Comment,
    #[error("the entity &{0}; is none of the five of XML: write the character, or its number")]
    Entity(String),
    #[error("the reference &{0}; names no character of XML 1.0: remove it")]
    CharacterReference(String),
    #[error("the character U+{0:04X} is not allowed in XML 1.0: remove it")]
    Character(u32),

    #[error("`{0}` is no name of XML: correct the tag")]
    Name(String),
    #[error("the attributes are malformed: write them as name=\"value\", with blanks between them")]
    Attributes,
    #[error("the attribute {0} stands twice: keep one")]
    DuplicateAttribute(String),
    #[error("the prefix {0} is bound to no namespace: declare it")]
    UnboundPrefix(String),
    #[error("the namespace declaration {0} is not allowed: remove or correct it")]
    NamespaceDeclaration(String),
    #[error("the namespace `{0}` is a relative reference, which cannot be canonicalized")]
    RelativeNamespace(String),

    #[error("text stands outside the root element: remove it")]
    TextOutsideRoot,
    #[error("a second root element begins: send one document at a time")]
    SecondRoot,
    #[error("there is no element: is the document empty?")]
    NoRoot,
    #[error("the element {0} is not closed: is the document cut off?")]
    Unclosed(String),
    #[error("the end tag {0} closes no open element, or another one: correct the nesting")]
    EndTag(String),
    #[error("the markup is malformed ({0}): is the document cut off?")]
    Markup(String),
    #[error("`]]>` stands in a text: escape the `>`")]
    SectionEnd,
}

impl Problem {
    /// At an offset in bytes of the text.
    pub(super) fn at(self, text: &str, offset: usize) -> ParseError {
        let offset = text.floor_char_boundary(offset);
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        ParseError { line, column: before[line_start..].chars().count() + 1, problem: self }
    }
}

/// As much of what was found as belongs in a message.
pub(super) fn excerpt(found: &str) -> String {
    const MAX_EXCERPT: usize = 40;
    found.chars().take(MAX_EXCERPT).collect()
}
