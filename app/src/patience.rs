//! A question that takes long says so after a second, and can be stopped: the request is given up, and with it the statement.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::AppError;
use crate::erase::Erase;

/// The waiting for one panel's figures.
#[derive(Clone, Copy)]
pub struct Patience {
    /// Counts the questions; only the latest one is waited for.
    #[cfg(not(feature = "ssr"))]
    asked: StoredValue<u32>,
    stop: StoredValue<Option<futures::channel::oneshot::Sender<()>>>,
    is_slow: RwSignal<bool>,
}

impl Patience {
    #[must_use]
    pub fn new() -> Self {
        Self {
            #[cfg(not(feature = "ssr"))]
            asked: StoredValue::new(0),
            stop: StoredValue::new(None),
            is_slow: RwSignal::new(false),
        }
    }

    /// Waits for `work`, or until it is stopped.
    ///
    /// # Errors
    /// Those of `work`; cancelled, where it was stopped.
    #[cfg(not(feature = "ssr"))]
    pub async fn wait<T>(
        self,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        use futures::future::{Either, select};
        use marts::{Failure, FailureKind};

        let number = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(number);
        let (stop, stopped) = futures::channel::oneshot::channel();
        self.stop.set_value(Some(stop));
        let is_latest = move || self.asked.try_get_value() == Some(number);
        set_timeout(
            move || {
                if is_latest() && self.stop.with_value(Option::is_some) {
                    self.is_slow.set(true);
                }
            },
            std::time::Duration::from_secs(1),
        );
        let found = match select(std::pin::pin!(work), stopped).await {
            Either::Left((found, _)) => Some(found),
            Either::Right((Ok(()), _)) => None,
            // A newer question has taken the place of this one, whose answer nobody waits for.
            Either::Right((Err(_), work)) => Some(work.await),
        };
        if is_latest() {
            self.stop.set_value(None);
            self.is_slow.set(false);
        }
        found.unwrap_or_else(|| {
            Err(AppError(Failure::new(
                FailureKind::Cancelled,
                "You stopped this. Nothing was changed; try again, or choose a shorter range.",
            )))
        })
    }

    /// The server's own deadline ends what takes too long.
    #[cfg(feature = "ssr")]
    pub async fn wait<T>(
        self,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        work.await
    }
}

const SLOW: &str = r#"<span>Still reading the figures…</span><button type="button" class="state-retry">Stop</button>"#;

/// Stands over the panel while its figures take long.
#[component]
pub fn StillReading(patience: Patience) -> impl IntoView {
    let html = move || match patience.is_slow.get() {
        true => SLOW,
        false => "",
    };
    let stop = move |event: MouseEvent| {
        let is_button = event
            .target()
            .is_some_and(|target| target.has_type::<web_sys::HtmlButtonElement>());
        if !is_button {
            return;
        }
        if let Some(stop) = patience.stop.try_update_value(Option::take).flatten() {
            // Fails where the answer has come meanwhile.
            let _ = stop.send(());
        }
    };
    view! {
        <div class="still-reading" role="status" on:click=stop inner_html=html></div>
    }
    .erased()
}
