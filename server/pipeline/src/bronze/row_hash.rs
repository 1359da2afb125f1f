//! A row's hash: equal rows have equal hashes, whatever the format of their files.

use arrow::array::{Array, StringArray};
use twox_hash::XxHash64;

/// XXH64 (an unchanging specification, the same on every platform) over a row's fields that are not NULL, each as its
/// column and its text, by the columns' names: a column that a source is given later changes no hash of before.
pub(super) struct RowHash {
    /// Positions of the columns, in the order of their names.
    order: Vec<usize>,
    /// What stands for each column's name, in the order of the columns; last for `_rescued`.
    tags: Vec<[u8; 8]>,
    row: Vec<u8>,
}

impl RowHash {
    pub(super) fn new(columns: &[String]) -> Self {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by(|a, b| columns[*a].cmp(&columns[*b]));
        // Last, whatever it is called.
        order.push(columns.len());
        let names = columns.iter().map(String::as_str).chain(["_rescued"]);
        Self {
            order,
            tags: names
                .map(|name| XxHash64::oneshot(0, name.as_bytes()).to_le_bytes())
                .collect(),
            row: Vec::with_capacity(1 << 10),
        }
    }

    /// The hashes of `rows` rows, given their columns and, last, `_rescued`.
    pub(super) fn of_rows(&mut self, columns: &[StringArray], rows: usize) -> Vec<i64> {
        (0..rows).map(|row| self.of_row(columns, row)).collect()
    }

    fn of_row(&mut self, columns: &[StringArray], row: usize) -> i64 {
        self.row.clear();
        for &column in &self.order {
            let (tag, values) = (self.tags[column], &columns[column]);
            if values.is_null(row) {
                continue;
            }
            let text = values.value(row).as_bytes();
            // With its length, so that no two rows read the same.
            self.row.extend_from_slice(&tag);
            self.row
                .extend_from_slice(&(text.len() as u64).to_le_bytes());
            self.row.extend_from_slice(text);
        }
        XxHash64::oneshot(0, &self.row).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn hash(row: &[(&str, Option<&str>)], rescued: Option<&str>) -> i64 {
        let names: Vec<String> = row.iter().map(|(name, _)| (*name).to_owned()).collect();
        let arrays: Vec<StringArray> = row
            .iter()
            .map(|(_, value)| *value)
            .chain([rescued])
            .map(|value| StringArray::from(vec![value]))
            .collect();
        RowHash::new(&names).of_rows(&arrays, 1)[0]
    }

    #[test]
    fn it_is_of_the_fields_by_name_and_of_what_was_rescued() {
        let row = hash(&[("id", Some("1")), ("name", Some("a"))], None);
        assert_eq!(row, hash(&[("name", Some("a")), ("id", Some("1"))], None));
        let later = [("id", Some("1")), ("added", None), ("name", Some("a"))];
        assert_eq!(row, hash(&later, None));
        for other in [
            hash(&[("id", Some("a")), ("name", Some("1"))], None),
            hash(&[("id", Some("1a")), ("name", None)], None),
            hash(&[("id", Some("1")), ("name", None)], None),
            hash(&[("id", Some("1")), ("name", Some("a"))], Some("{}")),
        ] {
            assert_ne!(row, other);
        }
    }

    /// Stored hashes are compared with new ones, so they may never change.
    #[test]
    fn it_is_the_same_for_good() {
        assert_eq!(hash(&[], None), XxHash64::oneshot(0, b"").cast_signed());
        assert_eq!(XxHash64::oneshot(0, b""), 0xef46_db37_51d8_e999);
        let row = [("id", Some("1")), ("name", Some("grün")), ("note", None)];
        assert_eq!(
            hash(&row, Some(r#"{"shade":"dark"}"#)),
            5_455_053_033_187_133_711
        );
    }
}
