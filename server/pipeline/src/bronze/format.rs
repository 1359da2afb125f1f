//! What kind of file a landing file is: by its name, and whether its content agrees.

/// How a landing file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub kind: Kind,
    pub gzip: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    JsonLines,
    Parquet,
}

/// In what a file may be delivered, for sentences.
pub(super) const KINDS: &str = ".csv, .jsonl or .parquet, plain or with .gz behind it";

impl Format {
    /// By the name's ending, in any case of its letters.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let kind = match plain.rsplit_once('.')?.1 {
            "csv" => Kind::Csv,
            "jsonl" => Kind::JsonLines,
            "parquet" => Kind::Parquet,
            _ => return None,
        };
        let gzip = plain.len() < name.len();
        Some(Self { kind, gzip })
    }
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::JsonLines => ".jsonl",
            Self::Parquet => ".parquet",
        }
    }

    /// Why a file whose content begins with `start` is not what its name says, and what to do.
    pub(super) fn mismatch(self, start: &[u8]) -> Option<String> {
        let ending = self.ending();
        let first_line = start.split(|&byte| byte == b'\n').next().unwrap_or(start);
        let first = start
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(start)
            .trim_ascii_start()
            .first();
        Some(match (self, first) {
            (Self::Parquet, _) if start.starts_with(b"PAR1") => return None,
            _ if start.starts_with(b"\x1f\x8b") => format!(
                "it is compressed with gzip but is not named so; rename it to end in {ending}.gz"
            ),
            _ if start.starts_with(b"PAR1") => {
                "it is a Parquet file that is named otherwise; rename it to end in .parquet".to_owned()
            }
            _ if start.starts_with(b"PK\x03\x04") => {
                "it is a ZIP archive or an Excel file; deliver what is in it as CSV".to_owned()
            }
            (Self::Parquet, _) => {
                "it is named .parquet but is no Parquet file (it does not begin with PAR1); deliver it again, or rename it after what it is"
                    .to_owned()
            }
            _ if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") => {
                "it is encoded as UTF-16; save it as UTF-8".to_owned()
            }
            _ if first_line.contains(&0) => format!(
                "its first line holds NUL bytes: it is not a text file in UTF-8; deliver it again as {ending} in UTF-8"
            ),
            (Self::Csv, Some(b'{')) => {
                "it holds JSON but is named .csv; rename it to end in .jsonl".to_owned()
            }
            (Self::JsonLines, Some(b'[')) => {
                "it holds one JSON array; deliver it as one JSON object per line".to_owned()
            }
            (Self::JsonLines, Some(b'{')) if first_line.trim_ascii() == b"{" => {
                "its JSON objects run over several lines; deliver each on one line".to_owned()
            }
            (Self::JsonLines, Some(other)) if *other != b'{' => {
                "its first line is no JSON object; deliver it with one JSON object per line, or rename it after what it is".to_owned()
            }
            _ => return None,
        })
    }
}
