//! The command line: what can be asked for, and what a shell gets back.

mod demo;
mod interrupt;
mod log;
mod parallel_run;
mod period;
mod pipeline;
mod progress;
mod serve;
mod trace;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use ::demo::{Dirt, Formats};
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use crate::config::LogFormat;
use crate::engine_config::Engine;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  it could not be done; one sentence on standard error says why, and what is as it was
  2  the command line was not understood
  3  done, but some landing files were set aside; they are listed, stay in landing, and are tried again next time
  4  compared, and the two sides are not equal; the report names what differs";

/// Purchases, referrals and rewards in a browser, from marts that this program builds out of landing files.
#[derive(Debug, Parser)]
#[command(name = "carton-caps", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a synthetic world: two years of landing files, the same bytes for the same seed.
    Demo(DemoArgs),
    /// Build releases out of landing files.
    Pipeline {
        #[command(subcommand)]
        command: PipelineCommand,
    },
    /// Close a month of the rewards ledger for good, or open the last closed one again.
    Period {
        #[command(subcommand)]
        command: PeriodCommand,
    },
    /// Print the way from a row of a table back to the line it landed as.
    ///
    /// E-mail addresses are masked.
    Trace(TraceArgs),
    /// Compare two places that should hold the same: every table, and every question that the pages ask.
    #[command(after_help = EXIT_CODES)]
    ParallelRun(ParallelRunArgs),
    /// Serve the current release to browsers, and every later one as it is published.
    Serve(ServeArgs),
}

#[derive(Debug, Subcommand)]
enum PipelineCommand {
    /// Take in what has landed, build, check the contracts, publish.
    ///
    /// A run that fails or is stopped, at any point, leaves the current release as it was.
    #[command(after_help = EXIT_CODES)]
    Run(PipelineArgs),
}

#[derive(Debug, Subcommand)]
enum PeriodCommand {
    /// Close a month on the current release: its entries never change again, and what becomes known later is posted to
    /// the next one.
    ///
    /// Refused while an earlier month is open, the month is not over, an assertion about the ledger does not hold or was not
    /// checked, or rewards are held back. `pipeline run` publishes a release with it.
    #[command(after_help = EXIT_CODES)]
    Close(CloseArgs),
    /// Open the last closed month again; what was closed is kept beside it. The next `pipeline run` posts to it anew.
    #[command(after_help = EXIT_CODES)]
    Reopen(ReopenArgs),
    /// Print the months of the ledger, open and closed.
    List(PeriodsArgs),
}

#[derive(Debug, Args)]
struct CloseArgs {
    /// The month, such as 2026-03.
    #[arg(value_name = "YYYY-MM")]
    period: ::pipeline::Period,
    #[command(flatten)]
    at: PeriodArgs,
    /// Why; kept with the close.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Close although rewards of the month are held back.
    #[arg(long, requires = "reason")]
    allow_quarantined: bool,
    /// The dbt project [default: `marts` beside the program, else ./marts].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReopenArgs {
    /// The last closed month, such as 2026-03.
    #[arg(value_name = "YYYY-MM")]
    period: ::pipeline::Period,
    #[command(flatten)]
    at: PeriodArgs,
    /// Why; kept with what was closed.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

#[derive(Debug, Args)]
struct PeriodArgs {
    /// The folder that `pipeline run --data` wrote.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Who does it [default: the user of this shell].
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PeriodsArgs {
    /// The folder that `pipeline run --data` wrote.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// The landing folder to write.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Purchase lines to make, exactly.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    purchases: u64,
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The world's last day [default: yesterday, UTC].
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// What goes wrong on purpose: `off`, `default`, or a list of KIND=RATE and these, such as
    /// `default,late=0.1,cdc=0`; rates are shares of the rows, for what is dated a number of times.
    #[arg(long, value_name = "DIRT", default_value = "off", value_parser = Dirt::parse)]
    dirt: Dirt,
    /// Also write what no pipeline is told: the faults put in, every row's expected outcome, the
    /// world's parameters [default DIR: `truth` beside the landing folder].
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    truth: Option<Option<PathBuf>>,
    /// The files' format: csv, jsonl or parquet, each also with .gz, or mixed.
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = Formats::parse)]
    format: Formats,
    /// Worker threads; the files do not depend on it [default: one per core].
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
}

#[derive(Debug, Args)]
struct PipelineArgs {
    /// Where landing files lie, as `<source>/dt=YYYY-MM-DD/*`: a folder, or `s3://bucket/prefix`, `gs://…`, `az://…`,
    /// `abfss://…` with credentials and endpoint from the environment, as the store's own tools have them.
    #[arg(long, value_name = "DIR|URL")]
    landing: ::pipeline::LandingPlace,
    /// The folder of bronze, state and releases; made if it is not there.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The dbt project [default: `marts` beside the program, else ./marts].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
    /// Build silver and gold from bronze anew and compare with the present release; where the tables are the same, it stays.
    #[arg(long)]
    full_refresh: bool,
    /// Build only these models anew, from what is in bronze: names, paths, tag:x, source:bronze.users, with +x, x+, 2+x,
    /// @x, wildcards; spaces unite, commas intersect, as in dbt.
    #[arg(long, short, value_name = "MODELS", num_args = 1..)]
    select: Vec<String>,
    /// Leave these out of what is selected.
    #[arg(long, value_name = "MODELS", num_args = 1..)]
    exclude: Vec<String>,
    /// Say what a run would do, and do nothing of it.
    #[arg(long)]
    dry_run: bool,
    /// Print what was done (or would be) as one JSON document on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct TraceArgs {
    /// A table of the current release, such as `fct_purchase`.
    #[arg(value_name = "TABLE")]
    table: String,
    /// The row's key, such as a purchase_id.
    #[arg(value_name = "KEY")]
    key: String,
    /// The folder that `pipeline run --data` wrote.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where landing files lie [default: where the last run read them].
    #[arg(long, value_name = "DIR|URL")]
    landing: Option<::pipeline::LandingPlace>,
    /// The dbt project [default: `marts` beside the program, else ./marts].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Settings come from a file, then from the environment (CARTON_CAPS_SERVER_ADDR and so on), then from these flags.
#[derive(Debug, Args)]
struct ServeArgs {
    /// The folder that `pipeline run --data` wrote.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The engine that answers; how to reach the one on the network stands under [databricks] in the configuration
    /// [default: duckdb].
    #[arg(long, value_enum, value_name = "ENGINE")]
    warehouse: Option<Engine>,
    /// Where to listen [default: 127.0.0.1:3000].
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    addr: Option<SocketAddr>,
    /// The dbt project [default: `marts` beside the program, else ./marts].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The browser's files [default: `site` beside the program, else ./.build/site].
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Listen beyond this machine although there is no sign-in yet: everyone who reaches it sees everything.
    #[arg(long)]
    insecure_open: bool,
    /// The configuration file [default: ./carton-caps.toml, if it exists].
    #[arg(long, value_name = "FILE", env = "CARTON_CAPS_CONFIG")]
    config: Option<PathBuf>,
    /// How the log on standard error is written.
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// Each side is `duckdb` (the current release in the data folder), `duckdb:RELEASE`, `databricks`, `databricks:RELEASE`, or a DuckDB
/// file such as `old/prototype.duckdb`.
#[derive(Debug, Args)]
struct ParallelRunArgs {
    #[arg(long, value_name = "SIDE")]
    left: parallel_run::Side,
    #[arg(long, value_name = "SIDE")]
    right: parallel_run::Side,
    /// The folder that `pipeline run --data` wrote.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What our tables and columns are called in a DuckDB file, as TOML: under [tables.fct_purchase], `table = "main.purchases"`
    /// and `columns = { purchase_id = "id" }`. Only these tables are compared then, and questions that need no others.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Only these tables, and no questions.
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    tables: Vec<String>,
    /// A folder for report.txt, report.json and report.html.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The report as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// The dbt project [default: `marts` beside the program, else ./marts].
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The configuration file [default: ./carton-caps.toml, if it exists].
    #[arg(long, value_name = "FILE", env = "CARTON_CAPS_CONFIG")]
    config: Option<PathBuf>,
}

/// What a command that ended well tells the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Entirely,
    /// Some landing files could not be read.
    FilesSetAside,
    /// What was compared is not equal.
    Differs,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Pipeline {
            command: PipelineCommand::Run(args),
        } => pipeline::run(&args),
        Command::Period { command } => period::run(&command),
        Command::Trace(args) => trace::run(&args),
        Command::ParallelRun(args) => parallel_run::run(args),
        Command::Serve(args) => serve::run(args),
    };
    match result {
        Ok(Done::Entirely) => ExitCode::SUCCESS,
        Ok(Done::FilesSetAside) => ExitCode::from(3),
        Ok(Done::Differs) => ExitCode::from(4),
        Err(error) => {
            eprintln!("carton-caps: {error}");
            for cause in error.chain().skip(1) {
                tracing::debug!(%cause, "because");
            }
            ExitCode::FAILURE
        }
    }
}

/// One worker per core, where nobody says otherwise.
fn threads_or_cores(threads: Option<usize>) -> usize {
    threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a reason is expected".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=1024) => Ok(n),
        _ => Err("a number of threads from 1 to 1024 is expected".to_owned()),
    }
}

/// `HOST:PORT`, where the host may be a name such as `localhost`.
fn address(text: &str) -> Result<SocketAddr, String> {
    use std::net::ToSocketAddrs;
    text.to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| "HOST:PORT is expected, such as 127.0.0.1:3000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
