//! Whether a part of the page waits for newer figures, as `aria-busy` says it.

use leptos::prelude::*;

/// Not on the server: there another thread sets the signal while the page is written, a signal that is being set cannot be
/// read (which leptos takes for one that is gone), and a page in one piece would say for good that it is still waiting.
pub fn is_busy(pending: RwSignal<bool>) -> bool {
    !cfg!(feature = "ssr") && pending.get()
}
