//! The largest values of one or more dimensions, each on a board of its own. A name is a link that keeps only its
//! value, the sign behind it one that leaves it out, a figure one to its rows.

use leptos::prelude::*;
use marts::{Column, ColumnRole, FailedBoard, Frame, Level, PanelView, format};
use rust_decimal::Decimal;

use super::drill_link::DrillLink;
use super::leader_row::{Figures, LeaderRow, share_of};
use super::states::ErrorState;
use crate::AppError;
use crate::pages::cells::sentence;
use crate::state::PageState;
use crate::value_search::ValueSearch;

/// One dimension's answers: the largest values, and those that are chosen.
struct Board<'a> {
    dimension: &'a Column,
    metric: &'a Column,
    largest: &'a Frame,
    chosen: Option<&'a Frame>,
}

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let is_alone = view.panel.dimensions.len() < 2;
    let found = boards(view);
    let boards: Vec<AnyView> = view
        .panel
        .dimensions
        .iter()
        .filter_map(|name| {
            let failed = view.failed.iter().find(|board| board.dimension == *name);
            let board = found.iter().find(|board| board.dimension.name == *name);
            match (board, failed) {
                (_, Some(failed)) => Some(failed_board(view, failed, page)),
                (Some(board), None) => Some(board_view(view, board, page, is_alone)),
                (None, None) => None,
            }
        })
        .collect();
    let class = if is_alone {
        "boards is-alone"
    } else {
        "boards"
    };
    view! { <div class=class>{boards}</div> }.into_any()
}

fn boards(view: &PanelView) -> Vec<Board<'_>> {
    let mut boards: Vec<Board<'_>> = Vec::new();
    for answered in &view.answers {
        let frame = &answered.frame;
        let of_role = |role| frame.columns.iter().find(|column| column.role == role);
        let (Some(dimension), Some(metric)) =
            (of_role(ColumnRole::Dimension), of_role(ColumnRole::Metric))
        else {
            continue;
        };
        match boards.last_mut() {
            Some(last) if last.dimension.name == dimension.name => last.chosen = Some(frame),
            _ => boards.push(Board {
                dimension,
                metric,
                largest: frame,
                chosen: None,
            }),
        }
    }
    boards
}

fn board_view(
    view: &PanelView,
    board: &Board<'_>,
    page: Option<PageState>,
    is_alone: bool,
) -> AnyView {
    let Board {
        dimension,
        metric,
        largest,
        chosen,
    } = board;
    let compares = view.prior.is_some();
    let rows_of =
        |level: Level| (0..largest.rows.len()).filter(move |row| largest.level(*row) == level);
    let total = rows_of(Level::Total)
        .next()
        .and_then(|row| largest.value(row, &metric.name).decimal());
    let longest = rows_of(Level::Group)
        .filter_map(|row| largest.value(row, &metric.name).decimal())
        .max()
        .unwrap_or_default();
    let figures =
        |frame: &Frame, row: usize| Figures::read(frame, row, metric, compares, longest, total);
    let filter = page.and_then(|page| Some((page, page.param_of(&dimension.name)?)));

    // Chosen values that are not among the largest stand below them; one without rows says so.
    let shown: Vec<String> = rows_of(Level::Group)
        .map(|row| name_of(largest, row, dimension))
        .collect();
    let mut rows: Vec<AnyView> = Vec::new();
    for (row, name) in rows_of(Level::Group).zip(&shown) {
        let drill = drill(dimension, metric, name);
        let (name, figures, filter) = (name.clone(), figures(largest, row), filter.clone());
        rows.push(view! { <LeaderRow name figures filter page drill/> }.into_any());
    }
    let others = match (&filter, chosen) {
        (Some((page, param)), Some(frame)) => page.filters.with_untracked(|filters| {
            let chosen = filters.chosen.get(param).cloned().unwrap_or_default();
            let others = chosen.into_iter().filter(|name| !shown.contains(name));
            others
                .map(|name| {
                    let row =
                        (0..frame.rows.len()).find(|row| name_of(frame, *row, dimension) == name);
                    (name, row)
                })
                .collect::<Vec<_>>()
        }),
        _ => Vec::new(),
    };
    for (name, row) in others {
        let figures = match (row, chosen) {
            (Some(row), Some(frame)) => figures(frame, row),
            _ => Figures::none(),
        };
        let drill = drill(dimension, metric, &name);
        let filter = filter.clone();
        rows.push(view! { <LeaderRow name figures filter page drill/> }.into_any());
    }
    let is_cut = rows_of(Level::Group).count() >= view.panel.rows() as usize;
    let ends: Vec<AnyView> = [(Level::Other, "All others"), (Level::Total, "Total")]
        .into_iter()
        // A total of one row says it twice.
        .filter(|(level, _)| *level != Level::Total || shown.len() > 1)
        .filter_map(|(level, name)| {
            let row = rows_of(level).next()?;
            let left_out = if level == Level::Other {
                &shown[..]
            } else {
                &[]
            };
            let drill = marts::Drill::into(&metric.name).all_but(&dimension.name, left_out);
            let of = format!("{name}, {}", dimension.label);
            let value = figures(largest, row);
            Some(end_row(name, value, level, page, drill, of))
        })
        .collect();
    let id = format!("board-{}-{}", view.panel.key, dimension.name);
    let title = (!is_alone).then(|| {
        view! { <h3 class="board-title" id=id.clone()>{dimension.label.clone()}</h3> }
    });
    let label = dimension.label.clone();
    let head = filter.clone().map(|(page, param)| board_state(page, param));
    let search = filter
        .filter(|(page, _)| is_cut && !page.is_static)
        .map(|(page, param)| {
            let dashboard = page.dashboard.with_value(|d| d.name.clone());
            view! { <ValueSearch dashboard param label is_board=true/> }
        });
    let list = if rows.is_empty() {
        view! { <p class="board-empty">"Nothing was recorded under the other filters."</p> }
            .into_any()
    } else {
        view! { <ol class="leaderboard" role="list">{rows}{ends}</ol> }.into_any()
    };
    view! {
        <section class="board" aria-labelledby=(!is_alone).then(|| id.clone())>
            <header class="board-head">{title}{head}</header>
            {list}
            {search}
        </section>
    }
    .into_any()
}

/// In a board's place, what became of it; the others stand as they are.
fn failed_board(view: &PanelView, board: &FailedBoard, page: Option<PageState>) -> AnyView {
    let id = format!("board-{}-{}", view.panel.key, board.dimension);
    let title = page
        .and_then(|page| {
            page.dashboard.with_value(|dashboard| {
                let mut controls = dashboard.filters.iter();
                let control = controls.find(|control| control.dimension == board.dimension)?;
                Some(control.label.clone())
            })
        })
        .unwrap_or_else(|| {
            let own = board.dimension.rsplit("__").next().unwrap_or_default();
            sentence(&own.replace('_', " "))
        });
    let again = page.map(|page| {
        // A page loaded anew asks anew.
        view! { <a href=move || page.href(&page.filters.get()) rel="external">"Load the page again"</a> }
    });
    let error = AppError(board.failure.clone());
    view! {
        <section class="board is-failed" aria-labelledby=id.clone()>
            <header class="board-head"><h3 class="board-title" id=id.clone()>{title}</h3></header>
            <ErrorState error/>
            {again}
        </section>
    }
    .into_any()
}

fn drill(dimension: &Column, metric: &Column, name: &str) -> marts::Drill {
    marts::Drill::into(&metric.name).with(&dimension.name, name)
}

/// How many values are chosen, in which way, and the ways out.
fn board_state(page: PageState, param: String) -> AnyView {
    let state = move || {
        let filters = page.filters.get();
        let count = filters.chosen.get(&param).map_or(0, Vec::len);
        (count > 0).then(|| {
            let (said, invert) = match filters.excluded.contains(&param) {
                true => ("left out", "Show only"),
                false => ("chosen", "Leave out"),
            };
            view! {
                <span class="board-state">
                    <span>{format!("{count} {said}")}</span>
                    <a href=page.href(&filters.inverted(&param)) data-noscroll="">{invert}</a>
                    <a href=page.href(&filters.without(&param)) data-noscroll="">"Clear"</a>
                </span>
            }
        })
    };
    view! { {state} }.into_any()
}

fn end_row(
    name: &'static str,
    figures: Figures,
    level: Level,
    page: Option<PageState>,
    drill: marts::Drill,
    of: String,
) -> AnyView {
    let class = if level == Level::Total {
        "leader-row leader-end is-total"
    } else {
        "leader-row leader-end"
    };
    view! {
        <li class=class>
            <span class="leader-name">{name}</span>
            <span class="leader-value num">
                <DrillLink page drill text=figures.value of/>
            </span>
            <span class="leader-share num">{figures.share}</span>
            {figures.change.map(|(class, text)| view! { <span class=format!("leader-change num {class}")>{text}</span> })}
        </li>
    }
    .into_any()
}

/// The value as filters name it.
fn name_of(frame: &Frame, row: usize, dimension: &Column) -> String {
    match frame.value(row, &dimension.name) {
        marts::Value::Null => marts::ask::UNKNOWN.to_owned(),
        marts::Value::Text(text) => text.clone(),
        other => format::dimension(other),
    }
}

impl Figures {
    fn read(
        frame: &Frame,
        row: usize,
        metric: &Column,
        compares: bool,
        longest: Decimal,
        total: Option<Decimal>,
    ) -> Self {
        let value = frame.value(row, &metric.name);
        let prior = frame.value(row, &format!("{}__prior", metric.name));
        Self {
            value: format::exact(value, metric.unit),
            bar: share_of(value, longest),
            share: total.map_or_else(String::new, |total| {
                let share = value.decimal().and_then(|value| value.checked_div(total));
                let share = share.map_or(marts::Value::Null, marts::Value::Decimal);
                format::exact(&share, marts::Unit::Ratio)
            }),
            change: compares.then(|| {
                let tone = super::tone::Tone::of_change(value, prior);
                (tone.class(), format::change_percent(value, prior))
            }),
        }
    }

    /// A value without a row.
    fn none() -> Self {
        Self {
            value: format::NO_DATA.to_owned(),
            bar: "0%".to_owned(),
            share: String::new(),
            change: None,
        }
    }
}
