//! All that is logged while these tests run, at the most talkative level, looked through for secrets as it is written.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// How the secrets of the stand-in begin: its token, its client's secret, tokens by OAuth, what makes a link a link.
const SECRETS: [&str; 4] = ["dapi", "dose", "eyJ", "X-Amz-Signature"];

static LINES: Mutex<Lines> = Mutex::new(Lines {
    seen: 0,
    betrayed: Vec::new(),
});

struct Lines {
    seen: usize,
    betrayed: Vec<String>,
}

struct Watched;

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.seen += 1;
        if SECRETS.iter().any(|secret| line.contains(secret)) {
            lines.betrayed.push(line.into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Watched {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

/// Begins to watch, once for the process.
pub fn watch() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(Watched)
            .init();
    });
}

/// Nothing that was logged so far, and nothing in `also`, has a secret in it.
pub fn assert_no_secret(also: &str) {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(lines.seen > 0, "nothing was logged: nothing was watched");
    assert!(lines.betrayed.is_empty(), "{:#?}", lines.betrayed);
    assert!(
        !SECRETS.iter().any(|secret| also.contains(secret)),
        "{also}"
    );
}
