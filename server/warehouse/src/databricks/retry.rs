//! When a call is repeated, and after which pause.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use super::http::Fault;

/// After so many tries a call has failed.
pub(super) const MOST_TRIES: u32 = 6;

/// Whether a call may be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It reads.
    Get,
    /// It begins something: where nothing is known of its end, it may have begun.
    Post,
}

/// Whether the same call may succeed a little later, and did nothing so far.
pub(super) fn is_worth_it(kind: Kind, fault: &Fault) -> bool {
    match (kind, fault) {
        (_, Fault::Connect(_)) | (Kind::Get, Fault::Transport(_) | Fault::Body(_)) => true,
        (Kind::Post, Fault::Refused { status, .. }) => matches!(status, 429 | 503),
        (Kind::Get, Fault::Refused { status, .. }) => *status == 429 || *status >= 500,
        _ => false,
    }
}

/// Doubles from `first` with every try, up to `longest`; half of it is by chance, so that those who failed together do
/// not come again together.
pub(super) fn pause(tries: u32, first: Duration, longest: Duration) -> Duration {
    let whole = first
        .saturating_mul(2_u32.saturating_pow(tries.min(16)))
        .min(longest);
    jittered(whole)
}

/// Between half of it and all of it.
pub(super) fn jittered(whole: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish();
    let share = (chance % 1024) as u32;
    whole / 2 + whole / 2 * share / 1024
}
