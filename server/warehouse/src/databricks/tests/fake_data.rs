//! The rows the workspace has, in every way it can give them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use serde_json::{Value, json};

use super::super::wire::Column;
use super::super::{json_array, types};

pub type Cells = Vec<Option<String>>;

/// Columns and rows as text.
#[derive(Clone)]
pub struct Table {
    pub columns: Value,
    pub rows: Vec<Cells>,
}

impl Table {
    /// One of each type; every third name is NULL.
    pub fn of(rows: usize) -> Self {
        let row = |at: usize| {
            vec![
                Some(at.to_string()),
                (at % 3 != 2).then(|| format!("日本 {at}")),
                Some(format!("{}.{:02}", at / 100, at % 100)),
                Some("2026-01-02T03:04:05.123Z".to_owned()),
                Some("2026-01-02".to_owned()),
                Some("NaN".to_owned()),
                Some("true".to_owned()),
            ]
        };
        Self {
            columns: json!([
                {"name": "id", "position": 0, "type_name": "LONG", "type_text": "BIGINT"},
                {"name": "name", "position": 1, "type_name": "STRING", "type_text": "STRING"},
                {"name": "price", "position": 2, "type_name": "DECIMAL", "type_text": "DECIMAL(18,2)", "type_precision": 18, "type_scale": 2},
                {"name": "at", "position": 3, "type_name": "TIMESTAMP", "type_text": "TIMESTAMP"},
                {"name": "day", "position": 4, "type_name": "DATE", "type_text": "DATE"},
                {"name": "share", "position": 5, "type_name": "DOUBLE", "type_text": "DOUBLE"},
                {"name": "is_new", "position": 6, "type_name": "BOOLEAN", "type_text": "BOOLEAN"},
            ]),
            rows: (0..rows).map(row).collect(),
        }
    }

    pub fn texts(names: &[&str], rows: &[&[Option<&str>]]) -> Self {
        let column =
            |name: &&str| json!({"name": name, "type_name": "STRING", "type_text": "STRING"});
        Self {
            columns: names.iter().map(column).collect(),
            rows: rows
                .iter()
                .map(|row| row.iter().map(|c| c.map(str::to_owned)).collect())
                .collect(),
        }
    }

    /// An Arrow stream of some of the rows, its times marked as the warehouse marks them.
    pub fn arrow(&self, rows: &[Cells]) -> Vec<u8> {
        let columns: Vec<Column> = serde_json::from_value(self.columns.clone()).unwrap();
        let plain = json_array::batch(&types::schema(&columns), rows).unwrap();
        let marked: Vec<ArrayRef> = plain
            .columns()
            .iter()
            .map(|array| match array.data_type() {
                DataType::Timestamp(..) => {
                    let moments = array.as_primitive::<TimestampMicrosecondType>();
                    Arc::new(moments.clone().with_timezone("Etc/UTC"))
                }
                _ => Arc::clone(array),
            })
            .collect();
        let fields: Vec<Field> = columns
            .iter()
            .zip(&marked)
            .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), marked).unwrap();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &schema).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }
}
