//! What lies over a chart that the server drew: the reading at the pointer or under the arrow keys, and the
//! selection of a range by dragging. It knows the drawing's scales and nothing of how it was drawn.

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::prelude::*;
use marts::{Drawing, Picture};
use wasm_bindgen::JsCast;

/// The exact figures at one point of the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The period: "Week of Jan 5, 2026".
    pub label: String,
    /// One per series, written out.
    pub values: Vec<String>,
}

#[derive(Clone, Copy)]
struct Overlay {
    readings: StoredValue<Vec<Reading>>,
    series: StoredValue<Vec<String>>,
    /// The point being read.
    active: RwSignal<Option<usize>>,
    /// First and latest point of a selection being dragged.
    dragged: RwSignal<Option<(usize, usize)>>,
    on_select: Option<Callback<(usize, usize)>>,
    on_clear: Option<Callback<()>>,
}

/// A chart with its overlay.
#[component]
pub fn Chart(
    drawing: Drawing,
    /// One per point of the time axis, in its order.
    readings: Vec<Reading>,
    /// Names what is drawn, for those who do not see it.
    label: String,
    /// Called with the first and last point of a dragged selection.
    #[prop(optional_no_strip)]
    on_select: Option<Callback<(usize, usize)>>,
    /// Called on a double click.
    #[prop(optional_no_strip)]
    on_clear: Option<Callback<()>>,
) -> impl IntoView {
    let (readings, series) = (StoredValue::new(readings), StoredValue::new(drawing.series));
    // One for each size: only the one in sight is pointed at or focused.
    let [wide, narrow] = [(); 2].map(|()| Overlay {
        readings,
        series,
        active: RwSignal::new(None),
        dragged: RwSignal::new(None),
        on_select,
        on_clear,
    });
    let spoken = move || {
        let point = wide.active.get().or_else(|| narrow.active.get())?;
        readings.with_value(|readings| {
            let reading = readings.get(point)?;
            Some(series.with_value(|names| said(reading, names)))
        })
    };
    let label = format!("{label}. Arrow keys step through its points.");
    view! {
        <div class="chart">
            {picture("picture picture-wide", label.clone(), drawing.wide, wide)}
            {drawing.narrow.map(|drawn| picture("picture picture-narrow", label, drawn, narrow))}
            <p class="visually-hidden" role="status">{move || spoken().unwrap_or_default()}</p>
        </div>
    }
    .into_any()
}

fn picture(class: &'static str, label: String, mut drawn: Picture, overlay: Overlay) -> AnyView {
    // In a hydrated page the markup is already there and `svg` is empty; hydration leaves what is there.
    let svg = std::mem::take(&mut drawn.svg);
    let last = drawn.xs.len().saturating_sub(1);
    let scales = StoredValue::new(drawn);
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = step(overlay.active.get_untracked(), &event.key(), last) {
            event.prevent_default();
            overlay.active.set(next);
        }
    };
    let point_at = move |event: &MouseEvent| {
        let surface = event
            .current_target()?
            .dyn_into::<web_sys::Element>()
            .ok()?
            .get_bounding_client_rect();
        let across = (f64::from(event.client_x()) - surface.left()) / surface.width();
        scales.with_value(|drawn| nearest(&drawn.xs, across * drawn.width))
    };
    let on_move = move |event: PointerEvent| {
        let point = point_at(&event);
        overlay.active.set(point);
        if let (Some((from, _)), Some(point)) = (overlay.dragged.get_untracked(), point) {
            overlay.dragged.set(Some((from, point)));
        }
    };
    let on_down = move |event: PointerEvent| {
        let point = point_at(&event);
        overlay.active.set(point);
        if overlay.on_select.is_some() && event.pointer_type() == "mouse" && event.button() == 0 {
            overlay.dragged.set(point.map(|point| (point, point)));
        }
    };
    let on_up = move |_: PointerEvent| {
        if let Some((from, to)) = overlay.dragged.get_untracked() {
            overlay.dragged.set(None);
            if let (Some(select), true) = (overlay.on_select, from != to) {
                select.run((from.min(to), from.max(to)));
            }
        }
    };
    let on_leave = move |_: PointerEvent| {
        overlay.active.set(None);
        overlay.dragged.set(None);
    };
    let reading = move || {
        let point = overlay.active.get()?;
        scales.with_value(|drawn| {
            Some(view! { {crosshair(drawn, point, overlay)} {tooltip(drawn, point, overlay)} })
        })
    };
    view! {
        <div
            class=class
            on:pointermove=on_move
            on:pointerdown=on_down
            on:pointerup=on_up
            on:pointerleave=on_leave
            on:dblclick=move |_| {
                if let Some(clear) = overlay.on_clear {
                    clear.run(());
                }
            }
        >
            <div class="picture-svg" inner_html=svg></div>
            <div
                class="chart-overlay"
                tabindex="0"
                role="group"
                aria-label=label
                on:keydown=on_key
                on:blur=move |_| overlay.active.set(None)
            >
                {reading}
            </div>
        </div>
    }
    .into_any()
}

fn crosshair(drawn: &Picture, point: usize, overlay: Overlay) -> Option<AnyView> {
    let x = *drawn.xs.get(point)?;
    let [_, top, _, bottom] = drawn.plot;
    let dots = drawn.ys.iter().enumerate().filter_map(|(i, ys)| {
        let y = ys.get(point).copied().flatten()?;
        Some(
            view! { <circle class=format!("chart-dot series-{}", i + 1) cx=x cy=y r="4"></circle> },
        )
    });
    let brush = overlay.dragged.get().and_then(|(from, to)| {
        let (from, to) = (*drawn.xs.get(from.min(to))?, *drawn.xs.get(from.max(to))?);
        Some(view! { <rect class="chart-brush" x=from y=top width=to - from height=bottom - top></rect> })
    });
    Some(
        view! {
            <svg class="chart-crosshair" viewBox=format!("0 0 {} {}", drawn.width, drawn.height) aria-hidden="true">
                {brush}
                <line x1=x x2=x y1=top y2=bottom></line>
                {dots.collect_view()}
            </svg>
        }
        .into_any(),
    )
}

fn tooltip(drawn: &Picture, point: usize, overlay: Overlay) -> Option<AnyView> {
    let x = *drawn.xs.get(point)?;
    let reading = overlay
        .readings
        .with_value(|readings| readings.get(point).cloned())?;
    let names = overlay.series.get_value();
    let lines = reading.values.into_iter().enumerate().map(|(i, value)| {
        view! {
            <div class="tooltip-line">
                <dt>
                    <span class=format!("tooltip-key series-{}", i + 1) aria-hidden="true"></span>
                    {names.get(i).cloned().unwrap_or_default()}
                </dt>
                <dd class="num">{value}</dd>
            </div>
        }
    });
    let across = x / drawn.width;
    let is_left = across > 0.5;
    // Set through the style object, which the content policy allows; this never runs on the server.
    let left = format!("{:.2}%", across * 100.0);
    Some(
        view! {
            <div class="chart-tooltip" class:is-left=is_left style:left=left>
                <p class="tooltip-title">{reading.label}</p>
                <dl>{lines.collect_view()}</dl>
            </div>
        }
        .into_any(),
    )
}

/// A reading as a sentence.
fn said(reading: &Reading, names: &[String]) -> String {
    let values: Vec<String> = reading
        .values
        .iter()
        .enumerate()
        .map(|(i, value)| {
            names
                .get(i)
                .map_or_else(|| value.clone(), |name| format!("{name} {value}"))
        })
        .collect();
    format!("{}: {}", reading.label, values.join(", "))
}

/// The point whose x is closest; the earlier of two that are equally close. `None` where there is no point or
/// no pointer position.
#[must_use]
pub fn nearest(xs: &[f64], x: f64) -> Option<usize> {
    if x.is_nan() {
        return None;
    }
    xs.iter()
        .enumerate()
        .min_by(|(_, a), (_, b)| (**a - x).abs().total_cmp(&(**b - x).abs()))
        .map(|(i, _)| i)
}

/// Where a key leads from the point being read: `None` for a key that is not for the chart.
#[must_use]
pub fn step(active: Option<usize>, key: &str, last: usize) -> Option<Option<usize>> {
    match (key, active) {
        ("ArrowRight", Some(point)) => Some(Some((point + 1).min(last))),
        ("ArrowLeft", Some(point)) => Some(Some(point.saturating_sub(1))),
        ("ArrowRight" | "Home", _) => Some(Some(0)),
        ("ArrowLeft" | "End", _) => Some(Some(last)),
        ("Escape", Some(_)) => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_is_read() {
        let xs = [10.0, 20.0, 40.0];
        assert_eq!(nearest(&xs, -5.0), Some(0));
        assert_eq!(nearest(&xs, 15.0), Some(0));
        assert_eq!(nearest(&xs, 15.1), Some(1));
        assert_eq!(nearest(&xs, 31.0), Some(2));
        assert_eq!(nearest(&xs, 999.0), Some(2));
        assert_eq!(nearest(&[], 3.0), None);
        assert_eq!(nearest(&xs, f64::NAN), None);
    }

    #[test]
    fn arrow_keys_stay_on_the_chart() {
        assert_eq!(step(None, "ArrowRight", 9), Some(Some(0)));
        assert_eq!(step(None, "ArrowLeft", 9), Some(Some(9)));
        assert_eq!(step(Some(9), "ArrowRight", 9), Some(Some(9)));
        assert_eq!(step(Some(0), "ArrowLeft", 9), Some(Some(0)));
        assert_eq!(step(Some(4), "Home", 9), Some(Some(0)));
        assert_eq!(step(Some(4), "End", 9), Some(Some(9)));
        assert_eq!(step(Some(4), "Escape", 9), Some(None));
        assert_eq!(step(Some(4), "a", 9), None);
        assert_eq!(step(None, "Escape", 9), None);
    }

    #[test]
    fn a_reading_is_spoken_with_its_series() {
        let reading = Reading {
            label: "Jan 2026".into(),
            values: vec!["$5.00".into(), "$4.00".into()],
        };
        let names = ["Retail spend".to_owned(), "Prior period".to_owned()];
        assert_eq!(
            said(&reading, &names),
            "Jan 2026: Retail spend $5.00, Prior period $4.00"
        );
    }
}
