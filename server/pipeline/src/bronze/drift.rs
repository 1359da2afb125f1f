//! How a landing file's schema differs from what its source declares, where that stops nothing.

/// A difference that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDrift {
    pub source: String,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub column: String,
    pub change: SchemaChange,
    /// A sentence for people: what became of it.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaChange {
    /// The source does not know it; its values are in `_rescued`.
    NewColumn,
    /// It need not be there, and reads as NULL.
    MissingColumn,
    /// The file's own type is not the declared one, but can be cast to it.
    TypeChanged,
}

impl std::fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NewColumn => "new_column",
            Self::MissingColumn => "missing_column",
            Self::TypeChanged => "type_changed",
        })
    }
}
