//! What the page shows: sentences, a figure, and a table that ties out.

use marts::Drawing;

/// A choice of a list: its value in the address, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub is_chosen: bool,
}

/// A field of the form above the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub choices: Vec<Choice>,
}

/// A link with words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub label: String,
    pub href: String,
}

/// A large figure: what it is, what it comes to, and of which days and release it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyFigure {
    pub label: String,
    pub value: String,
    pub note: String,
    pub release: Option<String>,
}

/// A row of the table of parts; as many cells as there are columns behind the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyRow {
    pub label: String,
    /// Explains the change of this member alone.
    pub href: Option<String>,
    /// Shows the rows of this member.
    pub rows: Option<String>,
    pub cells: Vec<String>,
    pub is_total: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyTable {
    /// The first one names the members.
    pub columns: Vec<String>,
    pub rows: Vec<WhyRow>,
}

/// Everything on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct WhyView {
    /// "Retail spend −4.2% (−$12,340.55)".
    pub title: String,
    pub description: String,
    /// What the form sends besides its fields.
    pub carried: Vec<(String, String)>,
    pub fields: Vec<Field>,
    /// The values filtered by; following one takes it away.
    pub chosen: Vec<Way>,
    pub ignored: Vec<String>,
    pub figures: Vec<WhyFigure>,
    /// Why there is no bridge, or what to know about it.
    pub notices: Vec<String>,
    pub sentences: Vec<String>,
    pub drawing: Option<Drawing>,
    /// Names the dimension: "By department".
    pub by: String,
    pub table: Option<WhyTable>,
    /// Other breakdowns, the one that explains most first.
    pub dimensions: Vec<Way>,
    pub page: Option<Way>,
    pub foot: Vec<String>,
}
