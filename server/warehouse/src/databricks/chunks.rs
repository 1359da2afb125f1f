//! One result's chunks: from the reply itself or from links, asked for when their turn comes, checked against the manifest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use marts::Failure;
use tokio::time::Instant;

use super::http::Fault;
use super::statements::Session;
use super::wire::{ChunkInfo, Link, ResultData};
use super::{decode, errors, json_array};

/// A link with less time left is asked for anew.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// After so many tries a chunk cannot be had.
const TRIES: u32 = 4;
/// Smaller ones are decoded where they arrive.
const DECODE_ASIDE_BYTES: usize = 64 * 1024;

/// The chunks of a statement that has succeeded.
pub(super) struct Chunks {
    pub session: Arc<Session>,
    pub statement: String,
    pub schema: SchemaRef,
    pub announced: Vec<ChunkInfo>,
    pub limit: Instant,
    /// What came with the reply.
    first: Mutex<First>,
}

#[derive(Default)]
struct First {
    inline: Option<ResultData>,
    links: HashMap<u64, Link>,
}

impl Chunks {
    pub fn new(
        session: Arc<Session>,
        statement: String,
        schema: SchemaRef,
        announced: Vec<ChunkInfo>,
        limit: Instant,
        mut reply: ResultData,
    ) -> Self {
        let mut first = First {
            links: std::mem::take(&mut reply.external_links)
                .into_iter()
                .map(|link| (link.chunk_index, link))
                .collect(),
            inline: None,
        };
        if !reply.is_empty() {
            first.inline = Some(reply);
        }
        Self {
            session,
            statement,
            schema,
            announced,
            limit,
            first: Mutex::new(first),
        }
    }

    /// The rows of one chunk.
    ///
    /// # Errors
    /// The deadline; a chunk that cannot be had or does not fit what was announced, also after several tries.
    pub async fn get(&self, index: u64) -> Result<Vec<RecordBatch>, Failure> {
        let mut given = self.given(index);
        let mut last = None;
        for _ in 0..TRIES {
            let data = match given.take() {
                Some(data) => data,
                None => match self.ask(index).await {
                    Ok(data) => data,
                    Err(fault) => return Err(self.session.failure(&fault)),
                },
            };
            match self.rows(index, data).await {
                Ok(batches) => return Ok(batches),
                Err(Tried::Over(failure)) => return Err(failure),
                Err(Tried::Again(failure)) => last = Some(failure),
            }
        }
        Err(last.unwrap_or_else(|| errors::miscounted(format!("chunk {index}"))))
    }

    /// What came with the reply, once; not a link that is about to expire.
    fn given(&self, index: u64) -> Option<ResultData> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if index == 0
            && let Some(inline) = first.inline.take()
        {
            return Some(inline);
        }
        let link = first.links.remove(&index).filter(is_fresh)?;
        Some(ResultData {
            external_links: vec![link],
            ..ResultData::default()
        })
    }

    async fn ask(&self, index: u64) -> Result<ResultData, Fault> {
        let path = format!(
            "/api/2.0/sql/statements/{}/result/chunks/{index}",
            self.statement
        );
        self.session.http.get(&path, self.limit).await
    }

    async fn rows(&self, index: u64, mut data: ResultData) -> Result<Vec<RecordBatch>, Tried> {
        let links = std::mem::take(&mut data.external_links);
        let mut told = Told {
            index: data.chunk_index,
            offset: data.row_offset,
            rows: data.row_count,
        };
        let link = if links.len() > 1 {
            links.into_iter().find(|link| link.chunk_index == index)
        } else {
            links.into_iter().next()
        };
        let schema = Arc::clone(&self.schema);
        let batches = if let Some(link) = link {
            told = Told {
                index: Some(link.chunk_index),
                offset: link.row_offset,
                rows: link.row_count,
            };
            let bytes = self
                .session
                .http
                .download(&link, self.limit)
                .await
                .map_err(|fault| match fault {
                    Fault::Late => Tried::Over(errors::late()),
                    // Whatever it is, the next link may do.
                    fault => Tried::Again(storage(&fault)),
                })?;
            let size = bytes.len();
            aside(size, move || decode::arrow(bytes, &schema)).await?
        } else if let Some(attachment) = data.attachment {
            let size = attachment.len();
            let decoded = move || {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(attachment)
                    .map_err(|e| errors::miscounted(format!("the attachment is no base64: {e}")))?;
                decode::arrow(bytes, &schema)
            };
            aside(size, decoded).await?
        } else if let Some(rows) = data.data_array {
            let size = rows.len() * schema.fields().len() * 8;
            aside(size, move || {
                json_array::batch(&schema, &rows).map(|b| vec![b])
            })
            .await?
        } else {
            return Err(Tried::Again(errors::miscounted(format!(
                "chunk {index} came without rows"
            ))));
        };
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        self.check(index, &told, rows as u64)
            .map_err(Tried::Again)?;
        Ok(batches)
    }

    fn check(&self, index: u64, told: &Told, rows: u64) -> Result<(), Failure> {
        let announced = self
            .announced
            .iter()
            .find(|chunk| chunk.chunk_index == index);
        let expected = announced.map(|chunk| chunk.row_count);
        let offset = announced.map(|chunk| chunk.row_offset);
        let differs = |told: Option<u64>, expected: Option<u64>| {
            told.zip(expected)
                .is_some_and(|(told, expected)| told != expected)
        };
        if differs(told.index, Some(index)) || differs(told.offset, offset) {
            return Err(errors::miscounted(format!(
                "chunk {index} was asked for, {told:?} came"
            )));
        }
        if differs(told.rows, Some(rows)) || differs(expected, Some(rows)) {
            return Err(errors::miscounted(format!(
                "chunk {index} has {rows} rows, announced were {expected:?} and {:?}",
                told.rows
            )));
        }
        Ok(())
    }
}

/// What a reply says of its chunk.
#[derive(Debug)]
struct Told {
    index: Option<u64>,
    offset: Option<u64>,
    rows: Option<u64>,
}

enum Tried {
    Again(Failure),
    Over(Failure),
}

fn is_fresh(link: &Link) -> bool {
    let expires = link
        .expiration
        .as_deref()
        .and_then(|text| text.parse::<Timestamp>().ok());
    expires.is_none_or(|expires| expires.duration_since(Timestamp::now()) > FRESH)
}

fn storage(fault: &Fault) -> Failure {
    Failure::unavailable(
        "The storage behind the warehouse does not give us the rows. Let this machine, and any proxy between, reach the storage of the workspace; then try again.",
    )
    .with_detail(match fault {
        Fault::Refused { status, .. } => format!("the storage answered {status}"),
        Fault::Connect(words) | Fault::Transport(words) | Fault::Body(words) => words.clone(),
        _ => String::new(),
    })
}

/// Decodes where that holds nobody up. What does not decode may have been damaged on its way.
async fn aside(
    size: usize,
    decode: impl FnOnce() -> Result<Vec<RecordBatch>, Failure> + Send + 'static,
) -> Result<Vec<RecordBatch>, Tried> {
    let decoded = if size < DECODE_ASIDE_BYTES {
        decode()
    } else {
        let task = tokio::task::spawn_blocking(decode).await;
        task.unwrap_or_else(|e| {
            Err(Failure::internal("The rows could not be decoded.").with_detail(e))
        })
    };
    decoded.map_err(Tried::Again)
}
