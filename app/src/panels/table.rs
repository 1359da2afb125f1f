//! Rows by one or more dimensions, sorted by a click on a column's head, a page at a time.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Drill, Frame, Order, PanelView, Value, format};

use super::drill_link::DrillLink;
use super::tone::Tone;
use crate::pages::cells::page_href;
use crate::state::PageState;
use crate::url::encoded;

/// One column of the table as people see it.
#[derive(Clone, Copy)]
struct Shown<'a> {
    column: &'a Column,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Name,
    Value,
    Change,
    Percent,
}

impl Shown<'_> {
    fn label(self) -> String {
        match self.what {
            What::Name | What::Value => self.column.label.clone(),
            What::Change => "Change".to_owned(),
            What::Percent => "Change %".to_owned(),
        }
    }

    /// For those who read one head without the one before it.
    fn full_label(self) -> String {
        match self.what {
            What::Name | What::Value => self.column.label.clone(),
            What::Change => format!("{}, change", self.column.label),
            What::Percent => format!("{}, change in percent", self.column.label),
        }
    }

    /// What the question is sorted by for this column.
    fn by(self) -> String {
        match self.what {
            What::Name | What::Value => self.column.name.clone(),
            What::Change => format!("{}__change", self.column.name),
            What::Percent => format!("{}__change_percent", self.column.name),
        }
    }
}

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let shown = columns(frame, view.prior.is_some());
    let sort = page.map_or_else(
        || usual(view),
        |page| {
            let sort = page
                .filters
                .with_untracked(|filters| filters.table(&view.panel.key).sort);
            sort.unwrap_or_else(|| usual(view))
        },
    );
    let head: Vec<AnyView> = shown
        .iter()
        .map(|column| head(view, *column, &sort, page))
        .collect();
    let rows: Vec<AnyView> = (0..frame.rows.len())
        .map(|row| {
            let cells: Vec<AnyView> = shown
                .iter()
                .enumerate()
                .map(|(at, column)| cell(view, frame, row, at, *column, page))
                .collect();
            view! { <tr>{cells}</tr> }.into_any()
        })
        .collect();
    let none = rows.is_empty().then(|| {
        view! { <p class="table-behind">"There are no more rows: the last one stands on the page before."</p> }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", view.panel.key)>
            <table class="data-table">
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {none}
        </div>
        {page.map(|page| pages(view, frame, page))}
    }
    .into_any()
}

/// Every metric with its change in percent, the first one with the difference too.
fn columns(frame: &Frame, compares: bool) -> Vec<Shown<'_>> {
    let mut shown = Vec::new();
    let mut is_first = true;
    for column in &frame.columns {
        match column.role {
            ColumnRole::Dimension | ColumnRole::Time => shown.push(Shown {
                column,
                what: What::Name,
            }),
            ColumnRole::Metric => {
                let whats: &[What] = match (compares, is_first) {
                    (false, _) => &[What::Value],
                    (true, true) => &[What::Value, What::Change, What::Percent],
                    (true, false) => &[What::Value, What::Percent],
                };
                is_first = false;
                shown.extend(whats.iter().map(|&what| Shown { column, what }));
            }
            _ => {}
        }
    }
    shown
}

/// The order of a table that nobody has sorted.
fn usual(view: &PanelView) -> Order {
    Order {
        by: view.panel.metrics.first().cloned().unwrap_or_default(),
        descending: true,
    }
}

fn head(view: &PanelView, shown: Shown<'_>, sort: &Order, page: Option<PageState>) -> AnyView {
    let class = match shown.what {
        What::Name => "",
        What::Value => "num",
        What::Change | What::Percent => "num is-change",
    };
    let (label, full) = (shown.label(), shown.full_label());
    let Some(page) = page else {
        return view! { <th scope="col" class=class>{label}</th> }.into_any();
    };
    let by = shown.by();
    let is_sorted = by == sort.by;
    // Figures begin with the largest, names with the first; another click turns it round.
    let descending = if is_sorted {
        !sort.descending
    } else {
        shown.what != What::Name
    };
    let aria_sort = is_sorted.then_some(if sort.descending {
        "descending"
    } else {
        "ascending"
    });
    let arrow = match (is_sorted, sort.descending) {
        (false, _) => "",
        (true, true) => "↓",
        (true, false) => "↑",
    };
    let wanted = Order { by, descending };
    let wanted = (wanted != usual(view)).then_some(wanted);
    let key = view.panel.key.clone();
    let href = move || {
        page.filters
            .with(|filters| page.href(&filters.sorted(&key, wanted.clone())))
    };
    view! {
        <th scope="col" class=class aria-sort=aria_sort>
            <a class="sort-link" href=href data-noscroll="" aria-label=format!("Sort by {full}")>
                <span>{label}</span>
                <span class="sort-arrow" aria-hidden="true">{arrow}</span>
            </a>
        </th>
    }
    .into_any()
}

fn cell(
    view: &PanelView,
    frame: &Frame,
    row: usize,
    at: usize,
    shown: Shown<'_>,
    page: Option<PageState>,
) -> AnyView {
    let Shown { column, what } = shown;
    let value = frame.value(row, &column.name);
    let prior = || frame.value(row, &format!("{}__prior", column.name));
    match what {
        What::Name => {
            let text = format::exact(value, column.unit);
            let name = match (&*column.name, value) {
                // A pseudonym leads to what is known of it.
                ("user__user_id", Value::Text(id)) if page.is_some() => {
                    let href = page_href("lookup", &format!("user={}", encoded(id)));
                    view! { <a href=href>{text}</a> }.into_any()
                }
                _ => text.into_any(),
            };
            if at == 0 {
                view! { <th scope="row"><bdi>{name}</bdi></th> }.into_any()
            } else {
                view! { <td><bdi>{name}</bdi></td> }.into_any()
            }
        }
        What::Value => {
            let text = format::exact(value, column.unit);
            let of = format!("{}, {}", column.label, names(view, frame, row).join(", "));
            view! {
                <td class="num">
                    <DrillLink page drill=drill(view, frame, row, &column.name) text of/>
                </td>
            }
            .into_any()
        }
        What::Change => {
            let text = format::change_absolute(value, prior(), column.unit);
            view! { <td class="num is-change">{text}</td> }.into_any()
        }
        What::Percent => {
            let tone = Tone::of_change(value, prior());
            let class = format!("num is-change {}", tone.class());
            view! { <td class=class>{format::change_percent(value, prior())}</td> }.into_any()
        }
    }
}

fn names(view: &PanelView, frame: &Frame, row: usize) -> Vec<String> {
    view.panel
        .dimensions
        .iter()
        .map(|dimension| format::dimension(frame.value(row, dimension)))
        .collect()
}

/// The rows of one cell: all of its dimensions' values at once.
fn drill(view: &PanelView, frame: &Frame, row: usize, metric: &str) -> Option<Drill> {
    let whole = view.panel.rows_below(metric, view.release.business_date)?;
    let of_row = frame
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Dimension)
        .fold(whole, |drill, column| {
            let value = match frame.value(row, &column.name) {
                Value::Null => marts::ask::UNKNOWN.to_owned(),
                value => format::dimension(value),
            };
            drill.with(view.panel.called(&column.name), &value)
        });
    Some(of_row)
}

/// "Rows 21–40", with links to the pages beside this one. Whether a full page is the last one is known on the next.
fn pages(view: &PanelView, frame: &Frame, page: PageState) -> AnyView {
    let at = page
        .filters
        .with_untracked(|filters| filters.table(&view.panel.key).page);
    let (rows, per_page) = (frame.rows.len(), view.panel.rows());
    let is_full = rows >= per_page as usize;
    if at == 0 && !is_full {
        return ().into_any();
    }
    let first = u64::from(at) * u64::from(per_page) + 1;
    let said = match rows {
        0 => "No rows".to_owned(),
        _ => format!("Rows {first}–{}", first - 1 + rows as u64),
    };
    page_links(view, page, at, is_full, said)
}

/// What stands on the page `at` (from 0), with links to the pages beside it.
pub(super) fn page_links(
    view: &PanelView,
    page: PageState,
    at: u32,
    has_next: bool,
    said: String,
) -> AnyView {
    let link = |to: Option<u32>, text: &'static str, rel: &'static str| match to {
        Some(to) => {
            let key = view.panel.key.clone();
            let href = move || {
                page.filters
                    .with(|filters| page.href(&filters.paged(&key, to)))
            };
            view! { <a class="page-link" href=href rel=rel data-noscroll="">{text}</a> }.into_any()
        }
        None => {
            view! { <span class="page-link is-off" aria-hidden="true">{text}</span> }.into_any()
        }
    };
    view! {
        <nav class="table-pages" aria-label=format!("Pages of {}", view.panel.title)>
            <span class="num">{said}</span>
            {link(at.checked_sub(1), "Previous", "prev")}
            {link(has_next.then_some(at + 1), "Next", "next")}
        </nav>
    }
    .into_any()
}
