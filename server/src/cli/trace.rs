//! `carton-caps trace`.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use pipeline::{Trace, TraceOptions, TracedLine};
use serde_json::{Map, Value};

use super::{Done, TraceArgs, log};
use crate::folders::project_folder;

pub fn run(args: &TraceArgs) -> anyhow::Result<Done> {
    log::start_quiet()?;
    let trace = pipeline::trace(&TraceOptions {
        data: args.data.clone(),
        project: project_folder(args.project.clone())?,
        landing: args.landing.clone(),
        table: args.table.clone(),
        key: args.key.clone(),
    })?;
    let mut text = String::new();
    if args.json {
        writeln!(text, "{}", serde_json::to_string_pretty(&trace)?)?;
    } else {
        write_trace(&mut text, &trace)?;
    }
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(Done::Entirely)
}

fn write_trace(out: &mut String, trace: &Trace) -> fmt::Result {
    writeln!(out, "{} in release {}:", trace.table, trace.release)?;
    write_row(out, &trace.row)?;
    match (&trace.through, trace.lines.as_slice()) {
        (_, []) => writeln!(
            out,
            "Its rows do not carry their file, and no fact table has its key."
        )?,
        (Some(facts), lines) => {
            let at_least = if trace.more { "the first " } else { "" };
            let count = lines.len();
            writeln!(out, "It is made of rows of {facts}, {at_least}{count}:")?;
        }
        (None, _) => {}
    }
    trace
        .lines
        .iter()
        .try_for_each(|line| write_line(out, line))
}

fn write_line(out: &mut String, line: &TracedLine) -> fmt::Result {
    let bronze_file = line.bronze_file.display();
    writeln!(out, "\nbronze: row {} of {bronze_file}", line.row_number)?;
    write_row(out, &line.bronze_row)?;
    let (what, number) = match line.line {
        Some(number) => ("line", number),
        None => ("row", line.row_number),
    };
    writeln!(out, "landing: {what} {number} of {}", line.landing_path)?;
    for text in line.text.iter().flat_map(|text| text.lines()) {
        writeln!(out, "  | {text}")?;
    }
    let then = &line.file_id;
    match (&line.note, &line.sha256) {
        (None, _) => writeln!(out, "  as it was taken in: SHA-256 {then}"),
        (Some(note), Some(now)) => writeln!(out, "  {note}: SHA-256 {now} now, {then} then"),
        (Some(note), None) => {
            writeln!(
                out,
                "  {note}; when it was taken in, its SHA-256 was {then}"
            )
        }
    }
}

fn write_row(out: &mut String, row: &Map<String, Value>) -> fmt::Result {
    row.iter().try_for_each(|(name, value)| match value {
        Value::Null => Ok(()),
        Value::String(text) => writeln!(out, "  {name}: {text}"),
        other => writeln!(out, "  {name}: {other}"),
    })
}
