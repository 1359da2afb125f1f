//! The current release, for a few questions.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use marts::Statement;
use tokio::runtime::Runtime;
use warehouse::{
    Batches, DuckDbOptions, DuckDbWarehouse, Refreshed, RelationColumn, ReleaseHandle, Warehouse,
};

use crate::PipelineError;

pub(crate) struct Released {
    pub id: String,
    warehouse: DuckDbWarehouse,
    runtime: Runtime,
}

impl Released {
    /// # Errors
    /// [`PipelineError::Landing`] where nothing has been published; a release that cannot be opened.
    pub fn open(data: &Path) -> Result<Self, PipelineError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| PipelineError::Io {
                path: data.to_owned(),
                source,
            })?;
        let handle = Arc::new(ReleaseHandle::new(data, DuckDbOptions::default()));
        if runtime.block_on(handle.refresh())? == Refreshed::NothingPublished {
            return Err(PipelineError::Landing(format!(
                "nothing has been published in {}; build a release with `carton-caps pipeline run`",
                data.display()
            )));
        }
        let warehouse = DuckDbWarehouse::new(handle);
        let id = runtime.block_on(warehouse.release())?.id.0;
        Ok(Self {
            id,
            warehouse,
            runtime,
        })
    }

    /// All rows of an answer.
    pub fn ask(&self, statement: Statement) -> Result<Vec<RecordBatch>, PipelineError> {
        let (batches, _) = self
            .runtime
            .block_on(async { self.warehouse.run(statement).await?.collect().await })?;
        Ok(batches)
    }

    /// An answer, batch by batch as the engine gives it, put to `take`; `begin` is given its schema before.
    pub fn each<T>(
        &self,
        statement: Statement,
        begin: impl FnOnce(&Batches) -> Result<T, PipelineError>,
        mut take: impl FnMut(&mut T, RecordBatch) -> Result<(), PipelineError>,
    ) -> Result<T, PipelineError> {
        use futures::TryStreamExt;
        self.runtime.block_on(async {
            let mut batches = self.warehouse.run(statement).await?;
            let mut taken = begin(&batches)?;
            while let Some(batch) = batches.stream.try_next().await? {
                take(&mut taken, batch)?;
            }
            Ok(taken)
        })
    }

    pub fn columns(&self, relation: &str) -> Result<Vec<RelationColumn>, PipelineError> {
        Ok(self.runtime.block_on(self.warehouse.describe(relation))?)
    }
}
