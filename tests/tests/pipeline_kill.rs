//! The pipeline, killed in every step while clients read the page: no request fails, no number is wrong, and what is
//! published at the end equals what an undisturbed run publishes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rust_decimal::Decimal;
use workspace_tests::program::{Served, demo, pipeline, succeed};

const STEPS: [&str; 5] = ["bronze", "silver", "gold", "contracts", "publish"];
/// `CARTON_CAPS_KILLS` asks for another number.
const KILLS: usize = 30;
const KILLS_IN_EACH_STEP: usize = 3;

/// All landing days, oldest first, and the running total of purchases by landing day, from the files themselves.
fn days_and_totals(all: &Path) -> (Vec<String>, BTreeMap<String, Decimal>) {
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let days: BTreeSet<String> = names(all)
        .iter()
        .flat_map(|source| names(&all.join(source)))
        .collect();
    let mut totals = BTreeMap::new();
    let mut total = Decimal::ZERO;
    for day in &days {
        let purchases = all.join("purchases").join(day);
        let files = if purchases.exists() {
            names(&purchases)
        } else {
            BTreeSet::new()
        };
        for file in files {
            let text = fs::read_to_string(purchases.join(file)).unwrap();
            let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
            let amount = header
                .iter()
                .position(|column| *column == "amount")
                .unwrap();
            for line in text.lines().skip(1) {
                let fields: Vec<&str> = line.split(',').collect();
                // No field of these files is quoted.
                assert_eq!(fields.len(), header.len(), "{line}");
                total += fields[amount].parse::<Decimal>().unwrap();
            }
        }
        totals.insert(day.trim_start_matches("dt=").to_owned(), total);
    }
    (days.into_iter().collect(), totals)
}

fn land(all: &Path, landing: &Path, day: &str) {
    for source in fs::read_dir(all).unwrap() {
        let source = source.unwrap().path();
        let from = source.join(day);
        if from.is_dir() {
            let into = landing.join(source.file_name().unwrap());
            fs::create_dir_all(&into).unwrap();
            fs::rename(from, into.join(day)).unwrap();
        }
    }
}

/// When a run entered each step, as its own lines say.
struct Watched {
    child: Child,
    lines: mpsc::Receiver<(String, Instant)>,
}

fn start(landing: &Path, data: &Path) -> Watched {
    let mut child = pipeline(landing, data)
        .unwrap()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = child.stderr.take().unwrap();
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let step = line.split([':', ' ']).next().unwrap_or_default().to_owned();
            if STEPS.contains(&step.as_str()) && send.send((step, Instant::now())).is_err() {
                break;
            }
        }
    });
    Watched { child, lines }
}

/// Kills a run `after` it entered `step`; the step in which it died, or `None` if it had ended before.
fn kill_in(landing: &Path, data: &Path, step: &str, after: Duration) -> Option<String> {
    let mut run = start(landing, data);
    let mut last = None;
    let mut due: Option<Instant> = None;
    loop {
        let wait = due.map_or(Duration::from_secs(60), |d| {
            d.saturating_duration_since(Instant::now())
        });
        match run.lines.recv_timeout(wait) {
            Ok((entered, _)) => {
                if entered == step && due.is_none() {
                    due = Some(Instant::now() + after);
                }
                last = Some(entered);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => break,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = run.child.wait().unwrap();
                assert!(
                    status.success(),
                    "an undisturbed run failed after a kill: {status}"
                );
                return None;
            }
        }
    }
    assert!(
        due.is_some(),
        "the run never came to {step}; last was {last:?}"
    );
    run.child.kill().unwrap();
    let status = run.child.wait().unwrap();
    if status.code() == Some(0) {
        return None;
    }
    // What it said before it died may still be on its way.
    while let Ok((entered, _)) = run.lines.recv() {
        last = Some(entered);
    }
    last
}

/// Names of all files below `bronze`, which are their landing files' hashes.
fn bronze_files(data: &Path) -> BTreeSet<String> {
    let sources = fs::read_dir(data.join("bronze")).unwrap();
    sources
        .map(|source| source.unwrap().path())
        .filter(|source| source.is_dir())
        .flat_map(|source| fs::read_dir(source).unwrap())
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The release that the headline panel names, and its first figure.
fn headline(html: &str) -> Option<(String, String)> {
    let (_, panel) = html.split_once("panel-headline")?;
    let (panel, _) = panel.split_once("</section>")?;
    let after = |marker: &str| {
        Some(
            panel
                .split_once(marker)?
                .1
                .split_once('<')?
                .0
                .trim()
                .to_owned(),
        )
    };
    // The figure is a link to its rows; what follows in it is for those who do not see it.
    let (_, figure) = panel.split_once("class=\"figure-value\">")?;
    let figure = figure.strip_prefix("<a").map_or(Some(figure), |link| {
        link.split_once('>').map(|(_, text)| text)
    })?;
    let (figure, _) = figure.split_once('<')?;
    Some((after(">Release ")?, figure.trim().to_owned()))
}

#[test]
fn killed_in_every_step_while_clients_read() {
    let world = tempfile::tempdir().unwrap();
    let (all, landing, data) = (
        world.path().join("all"),
        world.path().join("landing"),
        world.path().join("data"),
    );
    let kills = std::env::var("CARTON_CAPS_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    demo(&all, 6000, 11).unwrap();
    let (days, totals) = days_and_totals(&all);
    // Each attempt lands one more day.
    let (first, held) = days.split_at(days.len() - 4 * kills);
    first.iter().for_each(|day| land(&all, &landing, day));

    // An undisturbed first run, timed step by step.
    let mut run = start(&landing, &data);
    let entered: Vec<(String, Instant)> = run.lines.iter().collect();
    assert!(run.child.wait().unwrap().success());
    let ended = Instant::now();
    let mut lasted: BTreeMap<String, Duration> = BTreeMap::new();
    for (at, (step, begin)) in entered.iter().enumerate() {
        let end = entered.get(at + 1).map_or(ended, |(_, next)| *next);
        *lasted.entry(step.clone()).or_default() += end - *begin;
    }
    assert_eq!(lasted.len(), STEPS.len(), "{lasted:?}");

    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(Served::start(&data, &client)).unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let pages = Arc::new(AtomicU64::new(0));
    let totals = Arc::new(totals);
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (stop, pages, totals, client) =
                (stop.clone(), pages.clone(), totals.clone(), client.clone());
            let url = format!(
                "{}/purchases?range=all_time&compare=none&view=static",
                server.url
            );
            runtime.spawn(async move {
                let mut releases = BTreeSet::new();
                while !stop.load(Ordering::Relaxed) {
                    let response = client.get(&url).send().await.expect("a request failed");
                    let status = response.status();
                    let html = response.text().await.expect("a page broke off");
                    assert!(status.is_success(), "{status}: {html}");
                    let (release, figure) =
                        headline(&html).unwrap_or_else(|| panic!("no headline in {html}"));
                    let shown: Decimal = figure
                        .replace(['$', ','], "")
                        .parse()
                        .unwrap_or_else(|_| panic!("{figure}"));
                    // A release is named after its business date, on which other sources may have landed alone.
                    let landed = totals.range(..=release[..10].to_owned()).next_back();
                    assert_eq!(
                        Some(&shown),
                        landed.map(|(_, total)| total),
                        "release {release}"
                    );
                    releases.insert(release);
                    pages.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                releases.len()
            })
        })
        .collect();

    let mut killed: BTreeMap<String, usize> = BTreeMap::new();
    let mut attempts = 0;
    let enough = |killed: &BTreeMap<String, usize>| {
        killed.values().sum::<usize>() >= kills
            && STEPS
                .iter()
                .all(|s| killed.get(*s).copied().unwrap_or(0) >= KILLS_IN_EACH_STEP)
    };
    while !enough(&killed) {
        assert!(
            attempts < held.len(),
            "after {attempts} attempts only these kills were in time: {killed:?}"
        );
        land(&all, &landing, &held[attempts]);
        let rarest = STEPS
            .iter()
            .min_by_key(|s| killed.get(**s).copied().unwrap_or(0))
            .unwrap();
        // Moments spread over the step, the same in every run of this test.
        let share = f64::from(u32::try_from((attempts * 7) % 10).unwrap()) / 10.0;
        if let Some(step) = kill_in(&landing, &data, rarest, lasted[*rarest].mul_f64(share)) {
            *killed.entry(step).or_default() += 1;
        }
        attempts += 1;
        // The next run finishes the work, so that readers also see swaps.
        if attempts % 3 == 0 {
            succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
        }
    }

    succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
    let undisturbed = world.path().join("undisturbed");
    succeed(&mut pipeline(&landing, &undisturbed).unwrap()).unwrap();
    let tables = |data: &Path| {
        let release = fs::read_to_string(data.join("current"))
            .unwrap()
            .trim()
            .to_owned();
        let manifest =
            fs::read_to_string(data.join("releases").join(&release).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        (release, manifest["tables"].clone())
    };
    let (disturbed, expected) = (tables(&data), tables(&undisturbed));
    assert_eq!(disturbed, expected);
    assert!(
        expected.1.as_object().is_some_and(|t| t.len() >= 6),
        "{expected:?}"
    );
    let leftovers: Vec<_> = fs::read_dir(data.join("releases"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    // No orphans in bronze either: as many files, of the same contents.
    assert_eq!(bronze_files(&data), bronze_files(&undisturbed));

    stop.store(true, Ordering::Relaxed);
    let releases: Vec<usize> = readers
        .into_iter()
        .map(|r| {
            runtime.block_on(r).unwrap_or_else(|wrong| {
                panic!("a reader saw {wrong}; the server logged:\n{}", server.log())
            })
        })
        .collect();
    println!(
        "{killed:?} in {attempts} attempts; {} pages read, {releases:?} releases seen",
        pages.load(Ordering::Relaxed)
    );
    assert!(pages.load(Ordering::Relaxed) > 20);
    assert!(
        releases.iter().all(|seen| *seen > kills / 6),
        "{releases:?}"
    );
}
