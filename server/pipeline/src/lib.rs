//! landing → bronze → silver → gold → contracts → release. A run killed at any point leaves the current
//! release as it was, and the next run finishes the work.

mod accounts;
mod bronze;
mod build;
mod checkpoint;
mod closes;
mod computed;
mod contracts;
mod fingerprint;
mod freshness;
mod lock;
mod ops;
mod outlook;
mod plan;
mod provenance;
mod publish;
mod quarantine;
mod record;
mod release;
mod released;
mod report;
mod run;
mod sample;
mod select;
mod selected;
mod sources;
mod summary;
mod trace;
mod variables;
mod volume;

pub use bronze::{
    Ingested, LandingNote, LandingPlace, NewFile, NoteKind, SchemaChange, SchemaDrift, SetAside,
};
pub use closes::{
    Close, CloseOptions, ListedPeriod, Period, ReopenOptions, Reopening, close, periods, reopen,
};
pub use contracts::{Behaviour, ContractResult, Scope};
pub use outlook::{Outlook, PlannedModel, outlook};
pub use report::{Action, ContractCounts, FileSetAside, Mode, ModelReport, Report};
pub use run::{Options, Outcome, PipelineError, Step, run, run_and_report};
pub use trace::{Trace, TraceOptions, TracedLine, trace};
