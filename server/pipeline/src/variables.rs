//! The variables that models are rendered with.

use std::collections::BTreeMap;

use jiff::civil::Date;
use marts::project::Project;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;

/// Takes the place of the project's `pseudonym_key`, so that the key need not stand in a file.
const PSEUDONYM_KEY: &str = "CARTON_CAPS_PSEUDONYM_KEY";

/// They tell how far earlier runs had come, and decide no row of a table.
const OF_THE_BATCH: [&str; 3] = ["state_seq", "release_seq", "loaded_seq"];

/// The project's variables and what this run sets.
#[derive(Debug, Clone)]
pub(crate) struct Variables {
    /// All but those that say how far earlier runs had come.
    pub all: BTreeMap<String, Value>,
    /// The latest landed day: the only clock there is.
    pub business_date: Date,
    /// The reporting zone's IANA name.
    pub zone: String,
}

impl Variables {
    pub fn of(project: &Project, business_date: Date) -> Self {
        let mut all = project.vars.clone();
        for name in OF_THE_BATCH {
            all.remove(name);
        }
        all.insert("business_date".into(), business_date.to_string().into());
        if let Ok(key) = std::env::var(PSEUDONYM_KEY)
            && !key.is_empty()
        {
            // Its hash serves as well, may stand in SQL whatever the key is made of, and says nothing of the key.
            let key = hex::encode(Sha256::digest(key.as_bytes()));
            all.insert("pseudonym_key".into(), key.into());
        }
        let zone = all.get("reporting_zone").and_then(Value::as_str);
        let zone = zone.unwrap_or("UTC").to_owned();
        Self {
            all,
            business_date,
            zone,
        }
    }

    /// With how far silver and the release had come: `state_seq`, the number of the batch of silver; `release_seq`,
    /// that of the release gold is carried on from; `loaded_seq`, the last load that earlier batches had read.
    pub fn of_batch(&self, checkpoint: &Checkpoint, release_seq: i64) -> BTreeMap<String, Value> {
        let mut all = self.all.clone();
        let values = [checkpoint.state_seq, release_seq, checkpoint.loaded_seq];
        for (name, value) in OF_THE_BATCH.into_iter().zip(values) {
            all.insert(name.into(), value.into());
        }
        all
    }

    /// As [`Variables::of_batch`] before anything was built, for rendering that only looks at names.
    pub fn without_batch() -> impl Iterator<Item = (String, Value)> {
        OF_THE_BATCH.into_iter().map(|name| (name.into(), 0.into()))
    }
}
