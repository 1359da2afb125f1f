//! `carton-caps period`.

use pipeline::{Close, CloseOptions, ListedPeriod, ReopenOptions};

use super::{CloseArgs, Done, PeriodArgs, PeriodCommand, PeriodsArgs, ReopenArgs, log};
use crate::folders::project_folder;

pub fn run(command: &PeriodCommand) -> anyhow::Result<Done> {
    log::start_quiet()?;
    match command {
        PeriodCommand::Close(args) => close(args)?,
        PeriodCommand::Reopen(args) => reopen(args)?,
        PeriodCommand::List(args) => list(args)?,
    }
    Ok(Done::Entirely)
}

fn close(args: &CloseArgs) -> anyhow::Result<()> {
    let close = pipeline::close(&CloseOptions {
        data: args.at.data.clone(),
        project: project_folder(args.project.clone())?,
        period: args.period,
        by: who(&args.at),
        reason: args.reason.clone(),
        allow_quarantined: args.allow_quarantined,
    })?;
    if args.at.json {
        println!("{}", serde_json::to_string_pretty(&close)?);
        return Ok(());
    }
    println!("{}", sentence(&close));
    if close.quarantined_rows > 0 {
        println!(
            "{} rows are held back, with rewards of {} beside the balance.",
            close.quarantined_rows, close.quarantined_amount
        );
    }
    println!("The next `carton-caps pipeline run` publishes a release with it.");
    Ok(())
}

fn reopen(args: &ReopenArgs) -> anyhow::Result<()> {
    let ended = pipeline::reopen(&ReopenOptions {
        data: args.at.data.clone(),
        period: args.period,
        by: who(&args.at),
        reason: args.reason.clone(),
    })?;
    if args.at.json {
        println!("{}", serde_json::to_string_pretty(&ended)?);
        return Ok(());
    }
    println!(
        "Reopened {}, which {} had closed on {}; what was closed is kept.",
        ended.period,
        ended.closed_by,
        ended.closed_at.strftime("%Y-%m-%d")
    );
    println!("The next `carton-caps pipeline run` posts to it anew.");
    Ok(())
}

fn list(args: &PeriodsArgs) -> anyhow::Result<()> {
    let periods = pipeline::periods(&args.data)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&periods)?);
        return Ok(());
    }
    if periods.is_empty() {
        println!("The ledger has no months yet.");
    }
    for ListedPeriod {
        period,
        state,
        close,
        reopening,
    } in &periods
    {
        match (close, reopening) {
            (_, Some(end)) => println!(
                "{period}  {state:8}  on {} by {}: {}",
                end.reopened_at.strftime("%Y-%m-%d"),
                end.reopened_by,
                end.reason
            ),
            (Some(close), None) => println!(
                "{period}  {state:8}  on {} by {}, {} entries, {} owed, from release {}",
                close.closed_at.strftime("%Y-%m-%d"),
                close.closed_by,
                close.entries,
                close.owed,
                close.release_id
            ),
            (None, None) => println!("{period}  {state}"),
        }
    }
    Ok(())
}

fn sentence(close: &Close) -> String {
    format!(
        "Closed {} on release {}: {} entries, {} owed at its end.",
        close.period, close.release_id, close.entries, close.owed
    )
}

/// Who is told in the records to have done it.
fn who(args: &PeriodArgs) -> String {
    let of_shell = || {
        ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|name| !name.trim().is_empty())
    };
    let by = args.by.clone().or_else(of_shell);
    by.unwrap_or_else(|| "unknown".to_owned())
}
