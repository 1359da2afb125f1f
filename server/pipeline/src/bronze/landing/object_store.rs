//! Landing in an object store: S3, Google Cloud Storage, Azure Blob Storage, and what speaks their languages.
//!
//! The pipeline is synchronous; the few threads that the store's client needs live here.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::Runtime;

use super::super::Fault;
use super::{Entry, Version, What};
use crate::PipelineError;

/// After this the store counts as not answering.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
const MOST_RETRIES: usize = 5;

pub(super) struct Store {
    url: String,
    store: Arc<dyn ObjectStore>,
    /// What the landing paths are relative to.
    prefix: Path,
    runtime: Runtime,
}

impl Store {
    /// `url` as [`super::LandingPlace::Store`] has it.
    pub(super) fn open(url: &str) -> Result<Self, PipelineError> {
        let refused = |why: &dyn std::fmt::Display| {
            PipelineError::Landing(format!("the landing place {url} {why}"))
        };
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let retry = RetryConfig {
            max_retries: MOST_RETRIES,
            retry_timeout: LONGEST_RETRY,
            ..RetryConfig::default()
        };
        let built: Result<Arc<dyn ObjectStore>, Error> = match scheme {
            "s3" | "s3a" => AmazonS3Builder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()
                .map(|store| Arc::new(store) as _),
            "gs" => GoogleCloudStorageBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()
                .map(|store| Arc::new(store) as _),
            "az" | "adl" | "azure" | "abfs" | "abfss" => MicrosoftAzureBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()
                .map(|store| Arc::new(store) as _),
            _ => {
                return Err(refused(
                    &"is of no known kind: name a folder, or a store as s3://bucket/prefix, gs://bucket/prefix, \
                      az://container/prefix or abfss://container@account.dfs.core.windows.net/prefix",
                ));
            }
        };
        let store = built.map_err(|error| {
            refused(&format!(
                "cannot be used ({error}): give its credentials in the environment, as the store's own tools have them"
            ))
        })?;
        let prefix = Path::parse(rest.split_once('/').map_or("", |(_, path)| path))
            .map_err(|error| refused(&format!("is no name of a place ({error})")))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| refused(&format!("cannot be reached ({error})")))?;
        Ok(Self {
            url: url.to_owned(),
            store,
            prefix,
            runtime,
        })
    }

    pub(super) fn folders(&self) -> Result<Vec<String>, PipelineError> {
        let listed = self
            .runtime
            .block_on(self.store.list_with_delimiter(Some(&self.prefix)))
            .map_err(|error| self.no_answer(&error))?;
        let names = listed.common_prefixes.iter().filter_map(Path::filename);
        Ok(names.map(str::to_owned).collect())
    }

    pub(super) fn entries(&self, source: &str) -> Result<Vec<Entry>, PipelineError> {
        let folder = self.prefix.clone().join(source);
        let objects: Vec<ObjectMeta> = self
            .runtime
            .block_on(self.store.list(Some(&folder)).try_collect())
            .map_err(|error| self.no_answer(&error))?;
        let mut files = Vec::with_capacity(objects.len());
        // A store has no folders; one that lies too deep is known by what is in it.
        let mut too_deep = BTreeSet::new();
        for object in objects {
            let Some(parts) = object.location.prefix_match(&self.prefix) else {
                continue;
            };
            let parts: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
            if parts.len() > 3 {
                too_deep.insert(parts[..3].to_vec());
            } else {
                files.push((parts, What::File(version(&object))));
            }
        }
        files.extend(too_deep.into_iter().map(|parts| (parts, What::Folder)));
        // As a folder's files are ordered: by day, then name.
        files.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(files
            .into_iter()
            .map(|(parts, what)| Entry {
                landing_path: parts.join("/"),
                what,
            })
            .collect())
    }

    pub(super) fn read(&self, landing_path: &str) -> Result<ObjectRead<'_>, Fault> {
        let mut path = self.prefix.clone();
        path.extend(
            landing_path
                .split('/')
                .map(Into::<object_store::path::PathPart<'_>>::into),
        );
        let found = self
            .runtime
            .block_on(self.store.get(&path))
            .map_err(|error| match error {
                Error::NotFound { .. } => Fault::SetAside(
                    "it was removed while landing was being read; deliver it again if it is still wanted"
                        .to_owned(),
                ),
                error => Fault::Fatal(self.no_answer(&error)),
            })?;
        Ok(ObjectRead {
            runtime: &self.runtime,
            stream: found.into_stream(),
            chunk: Bytes::new(),
        })
    }

    fn no_answer(&self, error: &Error) -> PipelineError {
        // Listing tells a refusal only in its words.
        let words = error.to_string();
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        let is_missing = matches!(error, Error::NotFound { .. }) || says(&["NoSuchBucket"]);
        let is_refused = matches!(
            error,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
        ) || says(&["403 Forbidden", "401 Unauthorized"]);
        let why = if is_missing {
            "does not exist: mend the bucket's name, or make the bucket".to_owned()
        } else if is_refused {
            format!(
                "may not be read ({}): give credentials with the right to list and read it in the environment, as the store's own \
                 tools have them",
                cause(error)
            )
        } else {
            format!(
                "cannot be reached ({}): check its name, its endpoint and the network",
                cause(error)
            )
        };
        PipelineError::Landing(format!(
            "the landing place {} {why}, then run again; nothing was published",
            self.url
        ))
    }
}

/// What the store says, or else the innermost cause: the outer ones repeat it, with the request.
fn cause(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let words = cause.to_string();
    let message = words
        .split_once("<Message>")
        .and_then(|(_, rest)| rest.split_once("</Message>"));
    match message {
        Some((message, _)) => message.to_owned(),
        None => words.lines().next().unwrap_or_default().to_owned(),
    }
}

fn version(object: &ObjectMeta) -> Version {
    Version {
        bytes: object.size,
        tag: object
            .e_tag
            .clone()
            .unwrap_or_else(|| object.last_modified.to_rfc3339()),
        changed_at: None,
    }
}

/// An object's bytes as they arrive.
pub(super) struct ObjectRead<'a> {
    runtime: &'a Runtime,
    stream: BoxStream<'static, Result<Bytes, Error>>,
    chunk: Bytes,
}

impl Read for ObjectRead<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                Some(chunk) => {
                    self.chunk = chunk.map_err(|error| {
                        io::Error::new(io::ErrorKind::ConnectionAborted, cause(&error))
                    })?;
                }
                None => return Ok(0),
            }
        }
        let bytes = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..bytes]);
        Ok(bytes)
    }
}
