//! Progress: a bar on a terminal, a line now and then where there is none.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Between two lines of the same step.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows one step after the other; each is known by its name.
pub struct Progress {
    bars: bool,
    shown: Mutex<Option<Shown>>,
}

struct Shown {
    step: String,
    bar: ProgressBar,
    last_line: Instant,
    ended: bool,
}

impl Progress {
    pub fn new() -> Self {
        Self {
            bars: std::io::stderr().is_terminal(),
            shown: Mutex::new(None),
        }
    }

    /// `done` of `total` in `step`, counted in `unit`; `total` 0 means that nobody knows.
    pub fn at(&self, step: &str, unit: &str, done: u64, total: u64) {
        // A poisoned lock only means that another thread panicked while drawing.
        let mut shown = self
            .shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let begins = shown.as_ref().is_none_or(|s| s.step != step);
        if begins {
            if let Some(before) = shown.take() {
                before.bar.finish_and_clear();
            }
            *shown = Some(Shown {
                step: step.to_owned(),
                bar: self.bar(step, unit, total),
                last_line: Instant::now(),
                ended: false,
            });
        }
        let Some(shown) = shown.as_mut() else { return };
        if self.bars {
            shown.bar.set_length(total);
            shown.bar.set_position(done);
            return;
        }
        let ends = total > 0 && done == total && !shown.ended;
        shown.ended |= ends;
        if begins || ends || shown.last_line.elapsed() >= LINE_EVERY {
            shown.last_line = Instant::now();
            if total > 1 {
                eprintln!(
                    "{step}: {} of {} {unit}",
                    HumanCount(done),
                    HumanCount(total)
                );
            } else if begins {
                eprintln!("{step}");
            }
        }
    }

    fn bar(&self, step: &str, unit: &str, total: u64) -> ProgressBar {
        if !self.bars {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(total);
        let template =
            format!("{{msg:12}} {{bar:32}} {{human_pos}} of {{human_len}} {unit}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self
            .shown
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(shown) = shown.take() {
            shown.bar.finish_and_clear();
        }
    }
}
