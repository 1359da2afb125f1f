//! What lies over the charts of a page: the reading at the pointer or under the arrow keys, in all charts at the same
//! period, the selection of a range by dragging or with Shift, and the way to a point's rows by a click or with Enter.
//!
//! Charts are markup from the server. This listens to the document, knows the drawings' scales from the attributes beside
//! them, and nothing of how they were drawn.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::markup::escaped;
use crate::url::{with_dates, with_drill};

/// The exact figures at one point of the time axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The period: "Week of Jan 5, 2026".
    pub label: String,
    /// One per series, written out.
    pub values: Vec<String>,
    /// The first and the last day of the period as far as the range goes, as an address holds them.
    pub from: String,
    pub to: String,
    /// The rows of this point, as an address spells them (see [`marts::Drill`]), where its days do not say them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rows: String,
}

/// What a chart says, whatever its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legend {
    /// Names of the series.
    pub series: Vec<String>,
    /// One per point of the time axis, in its order.
    pub readings: Vec<Reading>,
    /// Whether dragging chooses a range.
    pub selects: bool,
    /// The metric whose rows a period leads to; empty where it leads to none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rows_of: String,
}

/// Where a drawing has its points, in viewBox units (see [`marts::Picture`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    pub size: [f64; 2],
    pub plot: [f64; 4],
    pub xs: Vec<f64>,
    pub ys: Vec<Vec<Option<f64>>>,
}

/// One drawing of one chart.
struct Surface {
    overlay: HtmlElement,
    legend: Legend,
    scales: Scales,
}

/// How long a click waits for a second one, which would mean the whole range, in milliseconds.
const SECOND_CLICK: u64 = 250;

#[derive(Default)]
struct Reader {
    /// Drawings that were read before, as long as they stand in the document.
    known: Vec<Rc<Surface>>,
    active: Option<(Rc<Surface>, usize)>,
    /// First and latest point of a selection.
    selected: Option<(usize, usize)>,
    is_dragging: bool,
    /// The button went down on another point than the pointer reached since.
    was_dragged: bool,
    /// The pointer that was last put down is a mouse's.
    is_mouse: bool,
    /// A click that waits whether a second one follows.
    clicked: Option<TimeoutHandle>,
}

/// Reads the charts of every page from now on. Runs in the browser only.
pub fn listen() {
    let navigate = use_navigate();
    Effect::new(move |_| {
        let reader = Rc::new(RefCell::new(Reader::default()));
        let navigate = navigate.clone();
        let go = move |changed: &dyn Fn(&str) -> String| {
            let location = window().location();
            let (Ok(path), Ok(search)) = (location.pathname(), location.search()) else {
                return;
            };
            let options = NavigateOptions {
                scroll: false,
                ..NavigateOptions::default()
            };
            let query = changed(search.trim_start_matches('?'));
            navigate(&format!("{path}?{query}"), options);
        };
        let show = go.clone();
        let show = move |rows: &str| show(&|query| with_drill(query, rows));
        let choose = move |dates: Option<(&str, &str)>| go(&|query| with_dates(query, dates));
        let moved = Rc::clone(&reader);
        window_event_listener(ev::pointermove, move |event| {
            let mut reader = moved.borrow_mut();
            let point = reader.under(&event);
            if let (true, Some((_, point)), Some((from, _))) =
                (reader.is_dragging, &point, reader.selected)
            {
                reader.selected = Some((from, *point));
                reader.was_dragged |= from != *point;
            } else if point.is_none() {
                reader.let_go();
                if is_read_by_keys() {
                    return;
                }
            }
            reader.read(point);
        });
        let down = Rc::clone(&reader);
        window_event_listener(ev::pointerdown, move |event| {
            let mut reader = down.borrow_mut();
            let point = reader.under(&event);
            reader.is_mouse = event.pointer_type() == "mouse";
            reader.was_dragged = false;
            if let Some((surface, point)) = &point
                && surface.legend.selects
                && reader.is_mouse
                && event.button() == 0
            {
                reader.selected = Some((*point, *point));
                reader.is_dragging = true;
            }
            reader.read(point);
        });
        let (up, chosen) = (Rc::clone(&reader), choose.clone());
        window_event_listener(ev::pointerup, move |_| {
            let dates = up.borrow_mut().dates();
            up.borrow_mut().let_go();
            if let Some((from, to)) = dates {
                chosen(Some((&from, &to)));
            }
        });
        let (click, shown) = (Rc::clone(&reader), show.clone());
        window_event_listener(ev::click, move |event| {
            let mut reader = click.borrow_mut();
            // A second click, the end of a drag, and a finger that only reads are none.
            let is_one = event.detail() == 1 && !reader.was_dragged && reader.is_mouse;
            let rows = reader
                .under(&event)
                .and_then(|(surface, point)| surface.rows(point));
            if let Some(rows) = rows.filter(|_| is_one) {
                let shown = shown.clone();
                let wait = Duration::from_millis(SECOND_CLICK);
                reader.clicked = set_timeout_with_handle(move || shown(&rows), wait).ok();
            }
        });
        let (twice, chosen) = (Rc::clone(&reader), choose.clone());
        window_event_listener(ev::dblclick, move |event| {
            if let Some(clicked) = twice.borrow_mut().clicked.take() {
                clicked.clear();
            }
            let surface = twice.borrow_mut().surface(&event);
            if surface.is_some_and(|surface| surface.legend.selects) {
                chosen(None);
            }
        });
        let keys = Rc::clone(&reader);
        window_event_listener(ev::keydown, move |event| {
            let Some(surface) = keys.borrow_mut().surface(&event) else {
                return;
            };
            let mut reader = keys.borrow_mut();
            let at = reader.at(&surface);
            if event.key() == "Enter" {
                let dates = reader.dates().filter(|_| surface.legend.selects);
                let rows = at.and_then(|at| surface.rows(at));
                reader.let_go();
                drop(reader);
                match (dates, rows) {
                    (Some((from, to)), _) => choose(Some((&from, &to))),
                    (None, Some(rows)) => show(&rows),
                    (None, None) => return,
                }
                event.prevent_default();
                return;
            }
            let last = surface.scales.xs.len().saturating_sub(1);
            let Some(next) = step(at, &event.key(), last) else {
                return;
            };
            event.prevent_default();
            reader.selected = match (event.shift_key(), next, at) {
                (true, Some(next), Some(at)) => {
                    let from = reader.selected.map_or(at, |(from, _)| from);
                    Some((from, next))
                }
                _ => None,
            };
            reader.read(next.map(|next| (surface, next)));
        });
        window_event_listener(ev::focusout, move |event| {
            let is_chart = closest(&event, ".chart-overlay").is_some();
            if is_chart {
                let mut reader = reader.borrow_mut();
                reader.let_go();
                reader.read(None);
            }
        });
    });
}

impl Reader {
    /// The drawing an event is about.
    fn surface(&mut self, event: &web_sys::Event) -> Option<Rc<Surface>> {
        let picture = closest(event, ".picture[data-scales]")?;
        self.known(&picture)
    }

    fn known(&mut self, picture: &Element) -> Option<Rc<Surface>> {
        let overlay: HtmlElement = picture
            .query_selector(".chart-overlay")
            .ok()??
            .unchecked_into();
        self.known.retain(|surface| surface.overlay.is_connected());
        if let Some(known) = self.known.iter().find(|known| known.overlay == overlay) {
            return Some(Rc::clone(known));
        }
        let chart = picture.closest(".chart").ok()??;
        let surface = Rc::new(Surface {
            overlay,
            legend: serde_json::from_str(&chart.get_attribute("data-legend")?).ok()?,
            scales: serde_json::from_str(&picture.get_attribute("data-scales")?).ok()?,
        });
        self.known.push(Rc::clone(&surface));
        Some(surface)
    }

    /// The drawing under the pointer, and the point nearest to it.
    fn under(&mut self, event: &web_sys::MouseEvent) -> Option<(Rc<Surface>, usize)> {
        let surface = self.surface(event)?;
        let bounds = surface.overlay.get_bounding_client_rect();
        let across = (f64::from(event.client_x()) - bounds.left()) / bounds.width();
        let point = nearest(&surface.scales.xs, across * surface.scales.size[0])?;
        Some((surface, point))
    }

    fn at(&self, surface: &Rc<Surface>) -> Option<usize> {
        let (active, point) = self.active.as_ref()?;
        Rc::ptr_eq(active, surface).then_some(*point)
    }

    /// The days of the selection, where it is longer than one point.
    fn dates(&self) -> Option<(String, String)> {
        let ((surface, _), (from, to)) = (self.active.as_ref()?, self.selected?);
        if from == to {
            return None;
        }
        let readings = &surface.legend.readings;
        let (first, last) = (readings.get(from.min(to))?, readings.get(from.max(to))?);
        Some((first.from.clone(), last.to.clone()))
    }

    fn let_go(&mut self) {
        self.selected = None;
        self.is_dragging = false;
    }

    /// Shows the reading at this point, and at the same period in every other chart; or none.
    fn read(&mut self, point: Option<(Rc<Surface>, usize)>) {
        if point.is_none() && self.active.is_none() {
            return;
        }
        let before = self.active.take();
        if let Some((surface, _)) = &before {
            say(surface, "");
        }
        self.active = point;
        let Some((active, point)) = self.active.clone() else {
            for surface in &self.known {
                surface.overlay.set_inner_html("");
            }
            return;
        };
        let Some(reading) = active.legend.readings.get(point) else {
            return;
        };
        let Ok(pictures) = document().query_selector_all(".picture[data-scales]") else {
            return;
        };
        for i in 0..pictures.length() {
            let Some(picture) = pictures.get(i) else {
                continue;
            };
            let Some(surface) = self.known(&picture.unchecked_into()) else {
                continue;
            };
            let same = if Rc::ptr_eq(&surface, &active) {
                Some(point)
            } else {
                let readings = &surface.legend.readings;
                readings.iter().position(|other| other.from == reading.from)
            };
            // Of a chart's two sizes one is in sight.
            let html = same
                .filter(|_| surface.overlay.offset_width() > 0)
                .map(|point| surface.html(point, self.selected))
                .unwrap_or_default();
            surface.overlay.set_inner_html(&html);
            if let (Some(point), Ok(Some(tooltip))) =
                (same, surface.overlay.query_selector(".chart-tooltip"))
            {
                // Through the style object, which the content policy allows.
                let style = tooltip.unchecked_into::<HtmlElement>().style();
                let across = surface.scales.xs.get(point).copied().unwrap_or_default()
                    / surface.scales.size[0];
                let _ = style.set_property("left", &format!("{:.2}%", across * 100.0));
            }
        }
        say(&active, &said(reading, &active.legend.series));
    }
}

impl Surface {
    /// The rows of a point, as an address spells them.
    fn rows(&self, point: usize) -> Option<String> {
        let reading = self.legend.readings.get(point)?;
        let metric = &self.legend.rows_of;
        match (reading.rows.is_empty(), metric.is_empty()) {
            (false, _) => Some(reading.rows.clone()),
            (true, false) => Some(format!("{metric}&days={}..{}", reading.from, reading.to)),
            (true, true) => None,
        }
    }

    /// Crosshair, dots, selection and the box of figures.
    fn html(&self, point: usize, selected: Option<(usize, usize)>) -> String {
        let Scales {
            size: [width, height],
            plot: [_, top, _, bottom],
            xs,
            ys,
        } = &self.scales;
        let (Some(x), Some(reading)) = (xs.get(point), self.legend.readings.get(point)) else {
            return String::new();
        };
        let mut html = format!(
            r#"<svg class="chart-crosshair" viewBox="0 0 {width} {height}" aria-hidden="true">"#
        );
        if let Some((from, to)) = selected
            && let (Some(from), Some(to)) = (xs.get(from.min(to)), xs.get(from.max(to)))
        {
            html += &format!(
                r#"<rect class="chart-brush" x="{from}" y="{top}" width="{}" height="{}"></rect>"#,
                to - from,
                bottom - top
            );
        }
        html += &format!(r#"<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"></line>"#);
        for (i, ys) in ys.iter().enumerate() {
            if let Some(Some(y)) = ys.get(point) {
                let series = i + 1;
                html += &format!(
                    r#"<circle class="chart-dot series-{series}" cx="{x}" cy="{y}" r="4"></circle>"#
                );
            }
        }
        let side = if x / width > 0.5 { " is-left" } else { "" };
        html += &format!(
            r#"</svg><div class="chart-tooltip{side}"><p class="tooltip-title">{}</p><dl>"#,
            escaped(&reading.label)
        );
        for (i, value) in reading.values.iter().enumerate() {
            let name = self.legend.series.get(i).map_or("", String::as_str);
            html += &format!(
                r#"<div class="tooltip-line"><dt><span class="tooltip-key series-{}" aria-hidden="true"></span>{}</dt><dd class="num">{}</dd></div>"#,
                i + 1,
                escaped(name),
                escaped(value)
            );
        }
        html + "</dl></div>"
    }
}

fn closest(event: &web_sys::Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok()?
}

/// Whether the focus is on a chart: then its reading stays when the pointer passes elsewhere.
fn is_read_by_keys() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|element| element.class_list().contains("chart-overlay"))
}

/// Tells those who do not see the chart.
fn say(surface: &Surface, text: &str) {
    let chart = surface.overlay.closest(".chart").ok().flatten();
    let status = chart.and_then(|chart| chart.query_selector("[role=status]").ok().flatten());
    if let Some(status) = status {
        status.set_text_content(Some(text));
    }
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
            from: "2026-01-01".into(),
            to: "2026-01-31".into(),
            rows: String::new(),
        };
        let names = ["Retail spend".to_owned(), "Prior period".to_owned()];
        assert_eq!(
            said(&reading, &names),
            "Jan 2026: Retail spend $5.00, Prior period $4.00"
        );
    }
}
