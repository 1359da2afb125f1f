//! `carton-caps trace`.

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
    if args.json {
        println!("{}", serde_json::to_string_pretty(&trace)?);
    } else {
        print(&trace);
    }
    Ok(Done::Entirely)
}

fn print(trace: &Trace) {
    println!("{} in release {}:", trace.table, trace.release);
    print_row(&trace.row);
    match (&trace.through, trace.lines.as_slice()) {
        (_, []) => println!("Its rows do not carry their file, and no fact table has its key."),
        (Some(facts), lines) => {
            let at_least = if trace.more { "the first " } else { "" };
            println!("It is made of rows of {facts}, {at_least}{}:", lines.len());
        }
        (None, _) => {}
    }
    for line in &trace.lines {
        print_line(line);
    }
}

fn print_line(line: &TracedLine) {
    println!(
        "\nbronze: row {} of {}",
        line.row_number,
        line.bronze_file.display()
    );
    print_row(&line.bronze_row);
    match line.line {
        Some(number) => println!("landing: line {number} of {}", line.landing_path),
        None => println!("landing: row {} of {}", line.row_number, line.landing_path),
    }
    if let Some(text) = &line.text {
        for text in text.lines() {
            println!("  | {text}");
        }
    }
    match (&line.note, &line.sha256) {
        (None, _) => println!("  as it was taken in: SHA-256 {}", line.file_id),
        (Some(note), Some(now)) => {
            println!("  {note}: SHA-256 {now} now, {} then", line.file_id);
        }
        (Some(note), None) => println!(
            "  {note}; when it was taken in, its SHA-256 was {}",
            line.file_id
        ),
    }
}

fn print_row(row: &Map<String, Value>) {
    for (name, value) in row {
        match value {
            Value::Null => {}
            Value::String(text) => println!("  {name}: {text}"),
            other => println!("  {name}: {other}"),
        }
    }
}
