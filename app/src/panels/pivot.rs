//! One metric by what stands down and what stands across, with totals. A head sorts the rows, a figure leads to what it
//! is made of; a light ground says where the large ones are.

use leptos::prelude::*;
use marts::explore::SORT;
use marts::pivot::{PERIODS, Sort, SortBy, TOTAL, key_of, period_grain};
use marts::{Column, ColumnRole, DateRange, Drill, Frame, Grain, Level, PanelView, Value, format};
use rust_decimal::Decimal;

use super::drill_link::DrillLink;
use super::heat_map::{key, shade};
use super::time_series::{last_day, period_label};
use crate::state::PageState;

struct Pivot<'a> {
    view: &'a PanelView,
    frame: &'a Frame,
    page: Option<PageState>,
    sort: Sort,
    down: Vec<(usize, &'a Column)>,
    across: Vec<(usize, &'a Column)>,
    /// Of the members' own figures.
    largest: Decimal,
}

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let of_role = |role| {
        let columns = frame.columns.iter().enumerate();
        columns
            .filter(|(_, column)| column.role == role)
            .collect::<Vec<_>>()
    };
    let across = of_role(ColumnRole::Metric);
    let largest = (0..frame.rows.len())
        .filter(|row| frame.level(*row) == Level::Group)
        .flat_map(|row| {
            let members = across.iter().filter(|(_, column)| key_of(column).is_some());
            members.filter_map(move |(at, _)| frame.rows.get(row)?.get(*at)?.decimal())
        })
        .max()
        .unwrap_or_default();
    let sort = page
        .and_then(|page| {
            page.filters
                .with_untracked(|filters| filters.parameters.get(SORT).cloned())
        })
        .map_or_else(Sort::default, |sort| Sort::parse(&sort));
    Pivot {
        view,
        frame,
        page,
        sort,
        down: of_role(ColumnRole::Dimension),
        across,
        largest,
    }
    .table()
}

impl Pivot<'_> {
    fn table(&self) -> AnyView {
        let rows: Vec<AnyView> = (0..self.frame.rows.len())
            .map(|row| self.row(row))
            .collect();
        let names: Vec<&str> = self.down.iter().map(|(_, c)| c.label.as_str()).collect();
        // The table itself has members for columns; what they are of stands in the answers it was made from.
        let label = |role: ColumnRole| {
            let columns = self
                .view
                .answers
                .last()
                .map(|answered| &answered.frame.columns);
            let column = columns.and_then(|columns| columns.iter().find(|c| c.role == role));
            column.map_or_else(String::new, |column| column.label.clone())
        };
        let metric = label(ColumnRole::Metric);
        let across = match self.is_by_period() {
            true => label(ColumnRole::Time),
            false => label(ColumnRole::Dimension),
        };
        let members = self
            .across
            .iter()
            .filter(|(_, column)| key_of(column).is_some())
            .count();
        let ends = self.across.len() - members;
        let down: Vec<AnyView> = self
            .down
            .iter()
            .enumerate()
            .map(|(at, (_, column))| {
                // The innermost one is what rows are sorted by.
                let sort = (at + 1 == self.down.len()).then_some(SortBy::Name);
                self.head(column.label.clone(), None, "pivot-name", sort)
            })
            .collect();
        let heads: Vec<AnyView> = self
            .across
            .iter()
            .map(|(_, column)| {
                let (label, about) = self.column_label(column);
                let class = match key_of(column) {
                    Some(_) => "num",
                    None => "num pivot-end",
                };
                let by = SortBy::Column(column.name.clone());
                self.head(label, about, class, Some(by))
            })
            .collect();
        view! {
            <div class="table-scroll pivot-scroll" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", self.view.panel.key)>
                <table class="data-table pivot">
                    <caption class="visually-hidden">
                        {format!("{metric} by {} down and {across} across, with totals", names.join(" and "))}
                    </caption>
                    <thead>
                        <tr class="pivot-axis">
                            <th scope="col" colspan=self.down.len().to_string() class="pivot-metric">{metric.clone()}</th>
                            <th scope="colgroup" colspan=members.to_string()>{across}</th>
                            <td colspan=ends.to_string()></td>
                        </tr>
                        <tr>{down}{heads}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }

    fn is_by_period(&self) -> bool {
        self.view
            .panel
            .dimensions
            .last()
            .is_some_and(|d| d == PERIODS)
    }

    fn grain(&self) -> Grain {
        period_grain(self.view.range, self.view.grain)
    }

    /// A column's head; of a period that is not whole, how much of it counts.
    fn column_label(&self, column: &Column) -> (String, Option<String>) {
        let first = key_of(column).filter(|_| self.is_by_period());
        let first = first.and_then(|day| day.parse().ok());
        let about = first.and_then(|first| {
            let business_date = self.view.release.business_date;
            let label = period_label(first, self.grain(), self.view.range, business_date);
            label.ends_with(')').then_some(label)
        });
        (column.label.clone(), about)
    }

    fn head(
        &self,
        label: String,
        about: Option<String>,
        class: &'static str,
        by: Option<SortBy>,
    ) -> AnyView {
        let part = about.as_deref().and_then(|about| about.rsplit_once('('));
        let part = part.map(|(_, part)| part.trim_end_matches(')').to_owned());
        let said = match &part {
            Some(part) => format!("{label} {part}"),
            None => label.clone(),
        };
        let partial = part.map(|part| view! { " " <small class="pivot-part">{part}</small> });
        let (Some(page), Some(by)) = (self.page, by) else {
            return view! {
                <th scope="col" class=class title=about><bdi>{label}</bdi>{partial}</th>
            }
            .into_any();
        };
        let is_sorted = by == self.sort.by;
        let descending = match is_sorted {
            true => !self.sort.descending,
            false => by != SortBy::Name,
        };
        let (aria_sort, arrow) = match (is_sorted, self.sort.descending) {
            (false, _) => (None, ""),
            (true, true) => (Some("descending"), "↓"),
            (true, false) => (Some("ascending"), "↑"),
        };
        let wanted = Sort { by, descending };
        let wanted = (wanted != Sort::default()).then(|| wanted.spelled());
        let href = move || {
            page.filters
                .with(|filters| page.href(&filters.with_parameter(SORT, wanted.clone())))
        };
        view! {
            <th scope="col" class=class aria-sort=aria_sort>
                <a class="sort-link" href=href data-noscroll="" aria-label=format!("Sort by {said}") title=about>
                    <span><bdi>{label}</bdi>{partial}</span>
                    <span class="sort-arrow" aria-hidden="true">{arrow}</span>
                </a>
            </th>
        }
        .into_any()
    }

    fn row(&self, row: usize) -> AnyView {
        let level = self.frame.level(row);
        let value = |at: usize| self.frame.rows.get(row).and_then(|cells| cells.get(at));
        let name = |at: usize| match (value(at), level) {
            // Below a total there is nothing more.
            (None | Some(Value::Null), Level::Total | Level::Other) => String::new(),
            (value, _) => format::dimension(value.unwrap_or(&Value::Null)),
        };
        let is_same = |at: usize| {
            let before = row
                .checked_sub(1)
                .and_then(|before| self.frame.rows.get(before));
            at == 0 && self.down.len() > 1 && before.and_then(|cells| cells.get(at)) == value(at)
        };
        let said: Vec<String> = self
            .down
            .iter()
            .map(|(at, _)| name(*at))
            .filter(|name| !name.is_empty())
            .collect();
        let names: Vec<AnyView> = self
            .down
            .iter()
            .enumerate()
            .map(|(order, (at, _))| {
                let text = name(*at);
                if order == 0 && is_same(*at) {
                    return view! {
                        <th scope="row" class="pivot-name"><span class="visually-hidden">{text}</span></th>
                    }
                    .into_any();
                }
                let full = text.clone();
                view! { <th scope="row" class="pivot-name" title=full><bdi>{text}</bdi></th> }
                    .into_any()
            })
            .collect();
        let of = said.join(", ");
        let cells: Vec<AnyView> = self
            .across
            .iter()
            .map(|(at, column)| {
                let value = value(*at).unwrap_or(&Value::Null);
                let text = format::exact(value, column.unit);
                let is_member = key_of(column).is_some() && level == Level::Group;
                let class = match (is_member, key_of(column)) {
                    (true, _) => format!("num heat-{}", shade(value, self.largest)),
                    (false, Some(_)) => "num".to_owned(),
                    (false, None) => "num pivot-end".to_owned(),
                };
                let content = match self.drill(row, column) {
                    Some(drill) => {
                        let of = format!("{of}, {}", column.label);
                        view! { <DrillLink page=self.page drill text of/> }.into_any()
                    }
                    None => text.into_any(),
                };
                view! { <td class=class>{content}</td> }.into_any()
            })
            .collect();
        let is_first = self.down.len() > 1 && !is_same(0);
        let class = match level {
            Level::Total => "pivot-total",
            Level::Other => "pivot-other",
            Level::Group => "",
        };
        let class = format!("{class}{}", if is_first { " is-first" } else { "" });
        view! { <tr class=class>{names}{cells}</tr> }.into_any()
    }

    /// The rows of one figure; none for what is not shown by itself, which no filter names.
    fn drill(&self, row: usize, column: &Column) -> Option<Drill> {
        let mut drill = Drill::into(self.view.panel.metrics.first()?);
        match self.frame.level(row) {
            Level::Other => return None,
            Level::Total => {}
            Level::Group => {
                for (at, dimension) in &self.down {
                    let value = self.frame.rows.get(row)?.get(*at)?;
                    drill = drill.with(&dimension.name, &key(value));
                }
            }
        }
        match key_of(column) {
            None if column.name == TOTAL => Some(drill),
            None => None,
            Some(first) if self.is_by_period() => {
                let first = first.parse().ok()?;
                let from = self.view.range.from.max(first);
                let to = last_day(first, self.view.range, self.grain()).max(from);
                Some(drill.within(DateRange { from, to }))
            }
            Some(member) => Some(drill.with(self.view.panel.dimensions.last()?, member)),
        }
    }
}
