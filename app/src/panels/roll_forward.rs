//! What stood at the beginning, what changed it and what stands at the end: as a waterfall with a statement month by
//! month, or a row for each value of a dimension. What a page says adds up is added up here once more.

use jiff::civil::Date;
use leptos::prelude::*;
use marts::panel_drill::{FIRST_DAY, ever};
use marts::roll_forward::{Line, Shape};
use marts::{Column, ColumnRole, DateRange, Drill, Frame, Grain, Level, PanelView, Value, format};
use rust_decimal::Decimal;

use super::drill_link::DrillLink;
use super::standing::{Standing, State};
use crate::state::PageState;

/// As many months as a sheet has room for beside their sum, as the style sheet has it.
const MOST_ON_PAPER: usize = 12;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let (Ok(shape), Some(first)) = (Shape::read(&view.panel.metrics), view.answers.first()) else {
        return ().into_any();
    };
    let statement = Statement {
        view,
        shape,
        page,
        frame: &first.frame,
    };
    match view.panel.dimensions.first() {
        Some(dimension) => statement.by(dimension),
        None => statement.in_all(),
    }
}

struct Statement<'a> {
    view: &'a PanelView,
    shape: Shape,
    page: Option<PageState>,
    /// By month, or by the dimension.
    frame: &'a Frame,
}

/// One column of a statement: a row of an answer, and the days it is of.
struct Of<'a> {
    frame: &'a Frame,
    row: usize,
    label: String,
    days: DateRange,
}

impl Statement<'_> {
    fn in_all(&self) -> AnyView {
        let months = self.months();
        let all = self.view.answers.get(1).map(|answered| Of {
            frame: &answered.frame,
            row: 0,
            label: "All months".to_owned(),
            days: self.view.range,
        });
        let drawing = self.view.drawings.first();
        let chart = drawing.map(crate::pages::why::chart);
        let several = months.len() > 1;
        let check = self.check(&months);
        let cut = (months.len() > MOST_ON_PAPER).then(|| {
            let said = format!(
                "On paper the latest {MOST_ON_PAPER} months stand; the download has all of them."
            );
            view! { <p class="statement-note on-paper">{said}</p> }
        });
        let columns: Vec<Of<'_>> = months.into_iter().chain(all.filter(|_| several)).collect();
        let heads = columns.iter().map(|of| {
            let until = self.until(of);
            view! { <th scope="col" class="num">{of.label.clone()}{until}</th> }
        });
        let label = |metric: &str| {
            self.column(metric)
                .map_or(String::new(), |c| c.label.clone())
        };
        let line = |metric: &str, class: &'static str| {
            let cells = columns.iter().map(|of| self.cell(of, metric));
            let cells: Vec<AnyView> = cells.collect();
            view! { <tr class=class><th scope="row">{label(metric)}</th>{cells}</tr> }.into_any()
        };
        let mut rows = vec![line(&self.shape.opening, "is-balance")];
        rows.extend(self.shape.lines.iter().map(|l| line(&l.metric, "is-line")));
        rows.extend(self.prior_rows(&columns, line));
        rows.push(line(&self.shape.closing, "is-balance is-closing"));
        view! {
            {chart}
            {check}
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, month by month", self.view.panel.title)>
                <table class="data-table statement is-by-month">
                    <thead><tr><td></td>{heads.collect_view()}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {cut}
        }
        .into_any()
    }

    /// One row for all of it where there is nothing; else one for each line with something.
    fn prior_rows(
        &self,
        columns: &[Of<'_>],
        line: impl Fn(&str, &'static str) -> AnyView,
    ) -> Vec<AnyView> {
        let priors: Vec<&String> = self.shape.priors().collect();
        if priors.is_empty() {
            return Vec::new();
        }
        let sums: Vec<Option<Decimal>> = columns.iter().map(|of| self.prior(of)).collect();
        let cells = columns.iter().zip(&sums).map(|(_, sum)| {
            let value = sum.map_or(Value::Null, Value::Decimal);
            view! { <td class=zero_class(&value)>{self.written(&value)}</td> }
        });
        let head = view! { <tr class="is-group"><th scope="row">"Prior periods"</th>{cells.collect_view()}</tr> };
        let something = |metric: &&&String| {
            columns
                .iter()
                .any(|of| !is_nothing(of.frame.value(of.row, metric)))
        };
        let lines = priors.iter().filter(something);
        let lines = lines.map(|metric| line(metric, "is-line is-prior"));
        std::iter::once(head.into_any()).chain(lines).collect()
    }

    fn by(&self, dimension: &str) -> AnyView {
        let frame = self.frame;
        let named = frame.column(dimension).and_then(|at| frame.columns.get(at));
        let rows = 0..frame.rows.len();
        // Lines that are nothing everywhere only take room.
        let (shown, left_out): (Vec<&Line>, Vec<&Line>) =
            self.shape.lines.iter().partition(|line| {
                rows.clone()
                    .any(|row| !is_nothing(frame.value(row, &line.metric)))
            });
        let has_priors = self.shape.priors().next().is_some();
        let label = |metric: &str| {
            self.column(metric)
                .map_or(String::new(), |c| c.label.clone())
        };
        let heads = std::iter::once(label(&self.shape.opening))
            .chain(shown.iter().map(|line| label(&line.metric)))
            .chain(has_priors.then(|| "Prior periods".to_owned()))
            .chain([label(&self.shape.closing)])
            .map(|text| view! { <th scope="col" class="num">{text}</th> });
        let members: Vec<String> = rows
            .clone()
            .filter(|row| frame.level(*row) == Level::Group)
            .map(|row| super::heat_map::key(frame.value(row, dimension)))
            .collect();
        let called = self.view.panel.called(dimension);
        let row = |row: usize| {
            let of = Of {
                frame,
                row,
                label: match frame.level(row) {
                    Level::Group => format::dimension(frame.value(row, dimension)),
                    Level::Other => "All others".to_owned(),
                    Level::Total => "In all".to_owned(),
                },
                days: self.view.range,
            };
            let narrowed = |drill: Drill| match frame.level(row) {
                Level::Group => {
                    drill.with(called, &super::heat_map::key(frame.value(row, dimension)))
                }
                Level::Other => drill.all_but(called, &members),
                Level::Total => drill,
            };
            let mut cells = vec![self.cell_of(&of, &self.shape.opening, &narrowed)];
            cells.extend(
                shown
                    .iter()
                    .map(|line| self.cell_of(&of, &line.metric, &narrowed)),
            );
            if has_priors {
                let value = self.prior(&of).map_or(Value::Null, Value::Decimal);
                cells.push(
                    view! { <td class=zero_class(&value)>{self.written(&value)}</td> }.into_any(),
                );
            }
            cells.push(self.cell_of(&of, &self.shape.closing, &narrowed));
            let class = match frame.level(row) {
                Level::Group => "",
                Level::Other => "is-other",
                Level::Total => "is-balance is-closing",
            };
            view! { <tr class=class><th scope="row"><bdi>{of.label.clone()}</bdi></th>{cells}</tr> }
                .into_any()
        };
        let all: Vec<Of<'_>> = rows
            .clone()
            .map(|row| Of {
                frame,
                row,
                label: format::dimension(frame.value(row, dimension)),
                days: self.view.range,
            })
            .collect();
        let check = self.check(&all);
        let note = (!left_out.is_empty()).then(|| {
            let names: Vec<String> = left_out.iter().map(|line| label(&line.metric)).collect();
            view! { <p class="statement-note">{format!("Nothing in any row: {}.", names.join(", ").to_lowercase())}</p> }
        });
        let rows: Vec<AnyView> = rows.map(row).collect();
        view! {
            {check}
            <div class="table-scroll" tabindex="0" role="region" aria-label=self.view.panel.title.clone()>
                <table class="data-table statement">
                    <thead>
                        <tr>
                            <th scope="col">{named.map(|column| column.label.clone())}</th>
                            {heads.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {note}
        }
        .into_any()
    }

    fn months(&self) -> Vec<Of<'_>> {
        let Some(time) = self
            .frame
            .columns
            .iter()
            .find(|column| column.role == ColumnRole::Time)
        else {
            return Vec::new();
        };
        let mut months: Vec<(Date, usize)> = (0..self.frame.rows.len())
            .filter_map(|row| match self.frame.value(row, &time.name) {
                Value::Date(first) => Some((*first, row)),
                _ => None,
            })
            .collect();
        months.sort_unstable();
        // Before the first balance there is nothing to tell, nor of a month that is not known yet.
        let has_figures = |(_, row): &(Date, usize)| {
            let balances = [&self.shape.opening, &self.shape.closing];
            balances
                .iter()
                .any(|metric| !is_nothing(self.frame.value(*row, metric)))
        };
        let is_known = |(_, row): &(Date, usize)| {
            let closing = self.frame.value(*row, &self.shape.closing);
            closing.decimal().is_some()
        };
        months
            .into_iter()
            .skip_while(|month| !has_figures(month))
            .filter(is_known)
            .map(|(first, row)| Of {
                frame: self.frame,
                row,
                label: format::period(first, Grain::Month),
                days: DateRange {
                    from: first,
                    to: super::time_series::last_day(first, self.view.range, Grain::Month),
                },
            })
            .collect()
    }

    /// How far a month that is not over has come.
    fn until(&self, of: &Of<'_>) -> Option<AnyView> {
        let over = Grain::Month.next(of.days.to).yesterday().ok()?;
        (of.days.to < over && of.frame.columns.iter().any(|c| c.role == ColumnRole::Time)).then(
            || {
                let text = format!("to {}", format::period_short(of.days.to, Grain::Day));
                view! { <span class="statement-until">{text}</span> }.into_any()
            },
        )
    }

    /// Whether opening and lines come to the closing in every column, and each opens where the one before closed.
    fn check(&self, columns: &[Of<'_>]) -> AnyView {
        let closing = |of: &Of<'_>| self.value(of, &self.shape.closing).decimal();
        let opening = |of: &Of<'_>| self.value(of, &self.shape.opening).decimal();
        let adds_up = |of: &&Of<'_>| {
            let reckoned = self.shape.reckoned(of.frame, of.row);
            reckoned.is_some() && reckoned == closing(of)
        };
        let by_month = self.view.panel.dimensions.is_empty();
        let follows = |pair: &&[Of<'_>]| matches!(pair, [a, b] if closing(a) == opening(b));
        let wrong = columns.iter().filter(|of| !adds_up(of)).count();
        let apart = match by_month {
            true => columns.windows(2).filter(|pair| !follows(pair)).count(),
            false => 0,
        };
        let what = if by_month { "months" } else { "rows" };
        let all = columns.len();
        let (standing, word) = match (wrong, apart) {
            _ if all == 0 => return ().into_any(),
            (0, 0) if all == 1 => (
                Standing::Good,
                "Opening and lines come to the closing".to_owned(),
            ),
            (0, 0) if by_month => (
                Standing::Good,
                format!(
                    "Opening and lines come to the closing in all {all} months, and each opens where the one before closed"
                ),
            ),
            (0, 0) => (
                Standing::Good,
                format!("Opening and lines come to the closing in all {all} rows"),
            ),
            (0, apart) => (
                Standing::Bad,
                format!("{apart} of {all} months do not open where the one before closed"),
            ),
            (wrong, _) => (
                Standing::Bad,
                format!("In {wrong} of {all} {what} opening and lines do not come to the closing"),
            ),
        };
        view! { <p class="statement-check"><State standing word/></p> }.into_any()
    }

    fn prior(&self, of: &Of<'_>) -> Option<Decimal> {
        self.shape.priors().try_fold(Decimal::ZERO, |sum, metric| {
            sum.checked_add(of.frame.value(of.row, metric).decimal()?)
        })
    }

    fn cell(&self, of: &Of<'_>, metric: &str) -> AnyView {
        self.cell_of(of, metric, &|drill| drill)
    }

    /// A figure, leading to the entries it is made of.
    fn cell_of(&self, of: &Of<'_>, metric: &str, narrowed: &dyn Fn(Drill) -> Drill) -> AnyView {
        let value = of.frame.value(of.row, metric);
        let text = self.written(value);
        let class = zero_class(value);
        let rows = self
            .view
            .panel
            .drill
            .as_ref()
            .filter(|_| !is_nothing(value));
        let Some((rows, by)) = rows.and_then(|rows| Some((rows, rows.by.as_ref()?))) else {
            return view! { <td class=class>{text}</td> }.into_any();
        };
        let label = self
            .column(metric)
            .map_or(String::new(), |c| c.label.clone());
        let whole = self.view.panel.laid_aside(Drill::into(&rows.metric));
        let balance = |to: Option<Date>| {
            // All there ever were, but for those that change nothing.
            let until = ever(to.unwrap_or(FIRST_DAY));
            let unknown = [marts::ask::UNKNOWN.to_owned()];
            whole.clone().all_but(by, &unknown).within(until)
        };
        let drill = if metric == self.shape.opening {
            balance(of.days.from.yesterday().ok())
        } else if metric == self.shape.closing {
            balance(Some(of.days.to))
        } else {
            let whole = whole.clone().within(of.days);
            match rows.cells.get(metric) {
                Some(kept) => kept.iter().fold(whole, |whole, (dimension, value)| {
                    whole.with(dimension, value)
                }),
                None => whole.with(by, &label),
            }
        };
        let named = format!("{label}, {}", of.label);
        view! { <td class=class><DrillLink page=self.page drill=narrowed(drill) text of=named/></td> }
            .into_any()
    }

    fn value(&self, of: &Of<'_>, metric: &str) -> Value {
        self.shape.value(of.frame, of.row, metric)
    }

    fn written(&self, value: &Value) -> String {
        let unit = self
            .column(&self.shape.closing)
            .map_or(marts::Unit::Number, |column| column.unit);
        format::exact(value, unit)
    }

    fn column(&self, metric: &str) -> Option<&Column> {
        self.frame.columns.get(self.frame.column(metric)?)
    }
}

fn is_nothing(value: &Value) -> bool {
    value.decimal().is_none_or(|amount| amount.is_zero())
}

/// What is nothing stands back behind what is something.
fn zero_class(value: &Value) -> &'static str {
    if is_nothing(value) {
        "num is-nothing"
    } else {
        "num"
    }
}
