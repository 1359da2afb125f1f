//! The API's words, read tolerantly: replies leave out what does not apply to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::secret::Secret;

/// `POST /api/2.0/sql/statements`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Submit<'a> {
    pub statement: &'a str,
    pub warehouse_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub parameters: &'a [Parameter],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_limit: Option<i64>,
    pub disposition: &'static str,
    pub format: &'static str,
    /// An id at once, so that a statement that is dropped can be stopped.
    pub wait_timeout: &'static str,
    pub on_wait_timeout: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub query_tags: &'a [Tag],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Parameter {
    pub name: String,
    /// Left out for NULL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(rename = "type")]
    pub sql_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Tag {
    pub key: String,
    pub value: String,
}

/// A statement as it is now.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reply {
    pub statement_id: String,
    pub status: Status,
    pub manifest: Option<Manifest>,
    pub result: Option<ResultData>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub state: String,
    pub error: Option<ApiError>,
    pub sql_state: Option<String>,
}

/// An error's code and words, in a statement's status or as the body of a refused call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct ApiError {
    /// Some services answer with a number.
    #[serde(deserialize_with = "text_or_number")]
    pub error_code: String,
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    #[serde(deserialize_with = "nullable")]
    pub schema: Columns,
    pub total_chunk_count: Option<u64>,
    pub total_row_count: Option<u64>,
    pub truncated: bool,
    #[serde(deserialize_with = "nullable")]
    pub chunks: Vec<ChunkInfo>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Columns {
    #[serde(deserialize_with = "nullable")]
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Column {
    pub name: String,
    pub type_name: String,
    pub type_text: String,
    pub type_precision: Option<u8>,
    pub type_scale: Option<i8>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChunkInfo {
    pub chunk_index: u64,
    pub row_offset: u64,
    pub row_count: u64,
}

/// One chunk's rows, in whichever way they are given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResultData {
    pub chunk_index: Option<u64>,
    pub row_offset: Option<u64>,
    pub row_count: Option<u64>,
    pub data_array: Option<Vec<Vec<Option<String>>>>,
    /// An Arrow stream in base64.
    pub attachment: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub external_links: Vec<Link>,
}

impl ResultData {
    pub fn is_empty(&self) -> bool {
        self.data_array.is_none() && self.attachment.is_none() && self.external_links.is_empty()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    pub chunk_index: u64,
    #[serde(default)]
    pub row_offset: Option<u64>,
    #[serde(default)]
    pub row_count: Option<u64>,
    /// Whoever has it can read the rows.
    pub external_link: Secret,
    #[serde(default)]
    pub expiration: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub http_headers: BTreeMap<String, Secret>,
}

/// `GET /api/2.0/sql/warehouses/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct WarehouseInfo {
    pub state: String,
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    })
}
