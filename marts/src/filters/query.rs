//! Filters to and from a query string.
//!
//! A bare comma separates values and `%2C` is a comma inside one: `state=OH,PA` and a form's
//! `state=OH&state=PA` are the same, and `department=BEER%2C+WINE` is one department.

use jiff::civil::Date;

use super::{Drill, Filters, Preset, RangeChoice, TableView, readable};
use crate::explore::{EXPLORE, Exploration, PARAMETERS};
use crate::{Comparison, Dashboard, Grain, PanelKind, ReleaseId, day_number};

/// Names that are not a dashboard's to give to its filters. `view` belongs to the page; `not=state` is how a plain
/// form says `state=!…`.
pub(crate) const RESERVED: [&str; 10] = [
    "range", "from", "to", "grain", "compare", "release", "lines", "view", "not", "drill",
];

/// Longer addresses are cut by browsers and proxies as well.
const LONGEST_QUERY: usize = 16 * 1024;
const MOST_VALUES: usize = 100;
const LONGEST_VALUE: usize = 200;
const LONGEST_PARAMETER: usize = 500;
const MOST_NOTES: usize = 20;
const LONGEST_NOTE: usize = 80;
const EARLIEST_YEAR: i16 = 1900;
const LATEST_YEAR: i16 = 2199;
const LONGEST_RANGE_DAYS: i32 = 50 * 366;

impl Filters {
    /// Reads a query string (without `?`), percent-decoded as forms do. Of a parameter that can hold
    /// one value the last one counts.
    #[must_use]
    pub fn parse(query: &str, dashboard: &Dashboard) -> Self {
        let shaped = (dashboard.name == EXPLORE).then(|| shaped(query, dashboard));
        let dashboard = shaped.as_ref().unwrap_or(dashboard);
        let mut reading = Reading::default();
        let mut read = 0;
        for pair in query.split('&') {
            read += pair.len() + 1;
            if read > LONGEST_QUERY {
                reading.note("the end of a very long address");
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            reading.pair(&decode(name), value, dashboard);
        }
        reading.finish()
    }

    /// The canonical query string; `parse` of it gives the same filters, without `ignored`.
    /// What is the default is left out.
    #[must_use]
    pub fn to_query(&self) -> String {
        let default = Self::default();
        let mut pairs = Vec::new();
        if self.range != default.range {
            match self.range {
                RangeChoice::Preset(preset) => pairs.push(format!("range={}", preset.slug())),
                RangeChoice::Between { from, to } => {
                    pairs.push(format!("from={from}"));
                    pairs.push(format!("to={to}"));
                }
            }
        }
        if let Some(grain) = self.grain {
            pairs.push(format!("grain={}", grain.slug()));
        }
        if self.compare != default.compare {
            pairs.push(format!(
                "compare={}",
                self.compare.map_or("none".to_owned(), Comparison::slug)
            ));
        }
        for (param, values) in &self.chosen {
            let values: Vec<String> = values.iter().map(|value| encode(value)).collect();
            let not = if self.excluded.contains(param) {
                "!"
            } else {
                ""
            };
            pairs.push(format!("{}={not}{}", encode(param), values.join(",")));
        }
        if let Some(release) = &self.release {
            pairs.push(format!("release={}", encode(&release.0)));
        }
        if let Some(param) = &self.lines {
            pairs.push(format!("lines={}", encode(param)));
        }
        for (name, value) in &self.parameters {
            let parts: Vec<String> = value.split(',').map(encode).collect();
            pairs.push(format!("{name}={}", parts.join(",")));
        }
        for (panel, view) in &self.tables {
            pairs.extend(view.pairs(panel));
        }
        if let Some(drill) = &self.drill {
            pairs.push(format!("drill={}", encode(&drill.spelled())));
        }
        pairs.join("&")
    }
}

/// The page with the panels that its address asks for, whose tables can then be sorted by what they show.
fn shaped(query: &str, page: &Dashboard) -> Dashboard {
    let mut filters = Filters::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if PARAMETERS.contains(&name) {
            filters.parameters.insert(name.to_owned(), decode(value));
        }
    }
    Exploration::of(&filters).shaped(page)
}

#[derive(Default)]
struct Reading {
    filters: Filters,
    from: Option<String>,
    to: Option<String>,
    notes_left_out: usize,
}

impl Reading {
    fn pair(&mut self, name: &str, raw: &str, dashboard: &Dashboard) {
        if raw.is_empty() && (name.is_empty() || is_known(name, dashboard)) {
            // An empty field of a form says nothing.
            return;
        }
        let value = decode(raw);
        match name {
            "range" if value == "custom" => {}
            "range" => match Preset::from_slug(&value) {
                Some(preset) => self.filters.range = RangeChoice::Preset(preset),
                None => self.ignore(name, &value),
            },
            "from" => self.from = Some(value),
            "to" => self.to = Some(value),
            "grain" if value == "auto" => self.filters.grain = None,
            "grain" => match Grain::from_slug(&value) {
                Some(grain) => self.filters.grain = Some(grain),
                None => self.ignore(name, &value),
            },
            "compare" if value == "none" => self.filters.compare = None,
            "compare" => match Comparison::from_slug(&value) {
                Some(compare) => self.filters.compare = Some(compare),
                None => self.ignore(name, &value),
            },
            "view" => {}
            _ if dashboard.name == EXPLORE && PARAMETERS.contains(&name) => {
                let value: String = value.chars().take(LONGEST_PARAMETER).collect();
                self.filters.parameters.insert(name.to_owned(), value);
            }
            // Of a filter with nothing chosen it says nothing, and is dropped at the end.
            "not" => {
                self.filters.excluded.insert(value);
            }
            "drill" => match Drill::parse(&value) {
                Some(drill) => self.filters.drill = Some(drill),
                None => self.ignore(name, &value),
            },
            "release" if is_release(&value) => self.filters.release = Some(ReleaseId(value)),
            "release" => self.ignore(name, &value),
            "lines"
                if dashboard
                    .filters
                    .iter()
                    .any(|control| control.param == value && control.options.is_empty()) =>
            {
                self.filters.lines = Some(value);
            }
            "lines" => self.ignore(name, &value),
            _ if dashboard
                .filters
                .iter()
                .any(|control| control.param == name && !control.options.is_empty()) =>
            {
                let options = dashboard
                    .filters
                    .iter()
                    .filter(|control| control.param == name)
                    .flat_map(|control| &control.options);
                match options
                    .map(|option| &option.value)
                    .position(|option| *option == value)
                {
                    // What is chosen anyway is not said.
                    Some(0) => drop(self.filters.chosen.remove(name)),
                    Some(_) => drop(self.filters.chosen.insert(name.to_owned(), vec![value])),
                    None => self.ignore(name, &value),
                }
            }
            _ if dashboard
                .filters
                .iter()
                .any(|control| control.param == name) =>
            {
                let listed = raw.strip_prefix('!');
                if listed.is_some() {
                    self.filters.excluded.insert(name.to_owned());
                }
                listed
                    .unwrap_or(raw)
                    .split(',')
                    .map(decode)
                    .for_each(|value| self.choose(name, value));
            }
            _ => match name.split_once('.') {
                Some((panel, aspect)) => self.table(panel, aspect, &value, dashboard),
                None => self.ignore(name, &value),
            },
        }
    }

    /// `products.sort=-receipts`: of a table of this dashboard, by something it shows. A register has pages alone.
    fn table(&mut self, key: &str, aspect: &str, value: &str, dashboard: &Dashboard) {
        let panel = dashboard
            .panels
            .iter()
            .find(|panel| panel.key == key)
            .filter(|panel| match panel.kind {
                PanelKind::Table => true,
                PanelKind::Register => aspect == "page",
                _ => false,
            });
        let mut view = self.filters.table(key);
        let is_read = match (panel, aspect) {
            (Some(panel), "sort") => {
                view.sort = TableView::sort_from(value).filter(|sort| panel.sorts_by(&sort.by));
                view.sort.is_some()
            }
            (Some(_), "page") => TableView::page_from(value)
                .map(|page| view.page = page)
                .is_some(),
            _ => false,
        };
        if !is_read {
            self.ignore(&format!("{key}.{aspect}"), value);
        } else if view.is_usual() {
            self.filters.tables.remove(key);
        } else {
            self.filters.tables.insert(key.to_owned(), view);
        }
    }

    fn choose(&mut self, param: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if value.chars().count() > LONGEST_VALUE || value.contains('\0') {
            self.ignore(param, &value);
            return;
        }
        let chosen = self.filters.chosen.entry(param.to_owned()).or_default();
        match chosen.binary_search(&value) {
            Ok(_) => {}
            Err(at) if chosen.len() < MOST_VALUES => chosen.insert(at, value),
            Err(_) => self.ignore(param, &value),
        }
    }

    fn ignore(&mut self, name: &str, value: &str) {
        self.note(&format!("{name}={value}"));
    }

    fn note(&mut self, note: &str) {
        let ignored = &mut self.filters.ignored;
        let shown: String = note
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_NOTE)
            .collect();
        if ignored.contains(&shown) {
            return;
        }
        if ignored.len() < MOST_NOTES {
            ignored.push(shown);
        } else {
            self.notes_left_out += 1;
        }
    }

    fn finish(mut self) -> Filters {
        self.read_dates();
        let chosen = &self.filters.chosen;
        let is_filtered = |param: &String| chosen.contains_key(param);
        self.filters.excluded.retain(is_filtered);
        if let (RangeChoice::Between { from, to }, Some(grain)) =
            (self.filters.range, self.filters.grain)
            && !readable(grain, day_number::of(to) - day_number::of(from))
        {
            self.filters.grain = None;
            self.note(&format!(
                "grain={} (too many points for this range)",
                grain.slug()
            ));
        }
        if self.notes_left_out > 0 {
            let more = format!("and {} more", self.notes_left_out);
            self.filters.ignored.push(more);
        }
        self.filters
    }

    /// Dates count only as a pair, and win over a preset then.
    fn read_dates(&mut self) {
        let (from, to) = (self.from.take(), self.to.take());
        let (Some(from), Some(to)) = (&from, &to) else {
            if let Some(from) = from {
                self.note(&format!("from={from} (to is missing)"));
            }
            if let Some(to) = to {
                self.note(&format!("to={to} (from is missing)"));
            }
            return;
        };
        let (first, last) = match (day(from), day(to)) {
            (Some(first), Some(last)) => (first, last),
            (first, last) => {
                if first.is_none() {
                    self.ignore("from", from);
                }
                if last.is_none() {
                    self.ignore("to", to);
                }
                return;
            }
        };
        if first > last {
            self.note(&format!("from={from}&to={to} (from is after to)"));
        } else if day_number::of(last) - day_number::of(first) >= LONGEST_RANGE_DAYS {
            self.note(&format!("from={from}&to={to} (longer than 50 years)"));
        } else {
            self.filters.range = RangeChoice::Between {
                from: first,
                to: last,
            };
        }
    }
}

fn is_known(name: &str, dashboard: &Dashboard) -> bool {
    RESERVED.contains(&name)
        || dashboard
            .filters
            .iter()
            .any(|control| control.param == name)
}

/// The characters a release's name is made of; anything else names none.
fn is_release(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=80).contains(&name.len()) && name.chars().all(is_part)
}

/// `2026-01-05` and no other spelling.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<i16>().ok())?
    };
    if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    if !(EARLIEST_YEAR..=LATEST_YEAR).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn decode(text: &str) -> String {
    // The crate decodes pairs only; as a value of an empty name, `=` and `;` in the text are safe.
    form_urlencoded::parse(format!("={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

pub(super) fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
