#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::{FilterControl, Order, Panel, PanelKind, ReleaseId};

fn dashboard() -> Dashboard {
    let control = |param: &str, dimension: &str, label: &str| FilterControl {
        param: param.into(),
        dimension: dimension.into(),
        label: label.into(),
        options: Vec::new(),
    };
    Dashboard {
        name: "purchases".into(),
        title: "Purchases".into(),
        description: String::new(),
        filters: vec![
            control("state", "user__state", "State"),
            control("department", "product__department", "Department"),
        ],
        rows: Vec::new(),
        panels: vec![Panel {
            key: "products".into(),
            title: "Products".into(),
            description: String::new(),
            kind: PanelKind::Table,
            metrics: vec!["retail_spend".into(), "receipts".into()],
            dimensions: vec!["product__brand".into()],
            limit: Some(20),
            ..Panel::default()
        }],
    }
}

fn release() -> ReleaseInfo {
    ReleaseInfo {
        id: ReleaseId("r1".into()),
        business_date: date(2026, 3, 31),
        observed: Some((date(2024, 4, 2), date(2026, 3, 30))),
        zone: "America/New_York".into(),
    }
}

fn parse(query: &str) -> Filters {
    Filters::parse(query, &dashboard())
}

fn days(from: Date, to: Date) -> DateRange {
    DateRange { from, to }
}

#[test]
fn an_empty_query_is_the_default() {
    assert_eq!(parse(""), Filters::default());
    assert_eq!(Filters::default().to_query(), "");
    assert_eq!(
        Filters::default().range(&release()),
        days(date(2026, 1, 1), date(2026, 3, 31))
    );
}

#[test]
fn everything_understood_is_read() {
    let filters = parse("range=last_90_days&grain=week&compare=prior_year&state=OH,PA");
    assert_eq!(filters.range, RangeChoice::Preset(Preset::Last90Days));
    assert_eq!(filters.grain, Some(Grain::Week));
    assert_eq!(filters.compare, Some(Comparison::PriorYear));
    assert_eq!(filters.chosen["state"], ["OH", "PA"]);
    assert!(filters.ignored.is_empty());
    assert_eq!(parse("compare=none").compare, None);
}

#[test]
fn dates_win_over_a_preset_and_empty_form_fields_say_nothing() {
    let filters = parse("range=last_year&from=2026-01-01&to=2026-03-31&state=&grain=&view=print");
    assert_eq!(
        filters.range,
        RangeChoice::Between {
            from: date(2026, 1, 1),
            to: date(2026, 3, 31)
        }
    );
    assert!(filters.ignored.is_empty() && filters.chosen.is_empty());
    assert_eq!(
        parse("range=last_year&from=&to=").range,
        RangeChoice::Preset(Preset::LastYear)
    );
    assert_eq!(filters.to_query(), "from=2026-01-01&to=2026-03-31");
}

#[test]
fn what_is_not_understood_is_noted_and_falls_back() {
    let ignored = |query: &str| {
        let filters = parse(query);
        assert_eq!(
            Filters {
                ignored: Vec::new(),
                ..filters.clone()
            },
            Filters::default(),
            "{query}"
        );
        filters.ignored
    };
    assert_eq!(ignored("grain=fortnight"), ["grain=fortnight"]);
    assert_eq!(
        ignored("range=tomorrow&compare=rival"),
        ["range=tomorrow", "compare=rival"]
    );
    assert_eq!(ignored("utm_source=mail"), ["utm_source=mail"]);
    assert_eq!(
        ignored("from=2026-01-01"),
        ["from=2026-01-01 (to is missing)"]
    );
    assert_eq!(
        ignored("from=2026-02-30&to=2026-03-01"),
        ["from=2026-02-30"]
    );
    assert_eq!(
        ignored("from=20260101&to=+2026-1-1"),
        ["from=20260101", "to= 2026-1-1"]
    );
    assert_eq!(
        ignored("from=1899-12-31&to=1900-01-01"),
        ["from=1899-12-31"]
    );
    assert_eq!(
        ignored("from=2026-03-31&to=2026-01-01"),
        ["from=2026-03-31&to=2026-01-01 (from is after to)"]
    );
    assert_eq!(
        ignored("from=1901-01-01&to=2026-01-01"),
        ["from=1901-01-01&to=2026-01-01 (longer than 50 years)"]
    );
}

#[test]
fn commas_separate_values_and_escaped_ones_belong_to_them() {
    let expected = ["BEER, WINE", "GROCERY"];
    assert_eq!(
        parse("department=GROCERY,BEER%2C+WINE").chosen["department"],
        expected
    );
    assert_eq!(
        parse("department=GROCERY&department=BEER%2C%20WINE").chosen["department"],
        expected
    );
    assert_eq!(
        parse("department=GROCERY&department=BEER%2C%20WINE").to_query(),
        "department=BEER%2C+WINE,GROCERY"
    );
}

#[test]
fn a_huge_address_is_cut_with_a_note() {
    let many = (0..3000)
        .map(|i| format!("v{i}"))
        .collect::<Vec<_>>()
        .join(",");
    let filters = parse(&format!("state={many}"));
    assert!(filters.chosen.is_empty() && filters.ignored == ["the end of a very long address"]);

    let some = (0..500)
        .map(|i| format!("v{i}"))
        .collect::<Vec<_>>()
        .join(",");
    let filters = parse(&format!("state={some}"));
    assert_eq!(filters.chosen["state"].len(), 100);
    assert_eq!(filters.ignored.len(), 21);
    assert_eq!(filters.ignored[20], "and 380 more");

    let long = parse(&format!("grain={}", "x".repeat(8000)));
    assert_eq!(long.ignored[0].chars().count(), 80);
}

#[test]
fn the_grain_follows_the_length_of_the_range() {
    let grain = |n: i32| {
        let from = date(2020, 1, 1);
        let to = from.saturating_add((n - 1).days());
        Filters::default()
            .with_range(RangeChoice::Between { from, to })
            .grain(&release())
    };
    assert_eq!(
        [1, 45, 46, 400, 401, 1200, 1201].map(grain),
        [
            Grain::Day,
            Grain::Day,
            Grain::Week,
            Grain::Week,
            Grain::Month,
            Grain::Month,
            Grain::Quarter
        ]
    );
}

#[test]
fn a_grain_with_thousands_of_points_gives_way() {
    let filters = parse("from=1990-01-01&to=2025-12-31&grain=day");
    assert_eq!(filters.grain, None);
    assert_eq!(
        filters.ignored,
        ["grain=day (too many points for this range)"]
    );
    let mut release = release();
    release.observed = Some((date(1990, 1, 1), date(2026, 3, 31)));
    assert_eq!(
        parse("range=all_time&grain=day").grain(&release),
        Grain::Quarter
    );
}

#[test]
fn presets_count_back_from_the_business_date() {
    let range = |preset| {
        Filters::default()
            .with_range(RangeChoice::Preset(preset))
            .range(&release())
    };
    assert_eq!(
        range(Preset::Last7Days),
        days(date(2026, 3, 25), date(2026, 3, 31))
    );
    assert_eq!(
        range(Preset::Last12Months),
        days(date(2025, 4, 1), date(2026, 3, 31))
    );
    assert_eq!(
        range(Preset::LastMonth),
        days(date(2026, 2, 1), date(2026, 2, 28))
    );
    assert_eq!(
        range(Preset::LastYear),
        days(date(2025, 1, 1), date(2025, 12, 31))
    );
    assert_eq!(
        range(Preset::MonthToDate),
        days(date(2026, 3, 1), date(2026, 3, 31))
    );
    assert_eq!(
        range(Preset::YearToDate),
        days(date(2026, 1, 1), date(2026, 3, 31))
    );
    assert_eq!(
        range(Preset::AllTime),
        days(date(2024, 4, 2), date(2026, 3, 30))
    );
}

#[test]
fn the_prior_range_is_the_one_documented() {
    let march = days(date(2026, 3, 1), date(2026, 3, 31));
    assert_eq!(
        prior_range(march, Comparison::PriorPeriod, Grain::Month),
        days(date(2026, 1, 29), date(2026, 2, 28))
    );
    assert_eq!(
        prior_range(march, Comparison::PriorYear, Grain::Week),
        days(date(2025, 3, 2), date(2025, 4, 1))
    );
    assert_eq!(
        prior_range(march, Comparison::PriorYear, Grain::Month),
        days(date(2025, 3, 1), date(2025, 3, 31))
    );
    let february = days(date(2025, 2, 1), date(2025, 2, 28));
    assert_eq!(
        prior_range(february, Comparison::PriorYear, Grain::Month),
        days(date(2024, 2, 1), date(2024, 2, 29))
    );
}

#[test]
fn choosing_twice_is_not_choosing() {
    let filters = parse("state=PA&grain=fortnight");
    let more = filters.toggled("state", "OH");
    assert_eq!(more.chosen["state"], ["OH", "PA"]);
    assert!(more.ignored.is_empty());
    assert!(more.has("state", "OH"));
    assert_eq!(
        more.toggled("state", "OH").toggled("state", "PA"),
        Filters::default()
    );
}

#[test]
fn filters_become_dimension_filters_of_the_dashboard() {
    let filters = parse("department=GROCERY&state=OH");
    let dimensions: Vec<_> = filters
        .dimension_filters(&dashboard())
        .into_iter()
        .map(|f| (f.dimension, f.values))
        .collect();
    assert_eq!(
        dimensions,
        [
            ("user__state".to_owned(), vec!["OH".to_owned()]),
            ("product__department".to_owned(), vec!["GROCERY".to_owned()])
        ]
    );
}

#[test]
fn the_sentence_says_what_is_shown() {
    let sentence = |query: &str| parse(query).sentence(&dashboard(), &release());
    assert_eq!(sentence(""), "Last 90 days vs prior period, weekly");
    assert_eq!(
        sentence("compare=prior_year&state=PA,OH&grain=month"),
        "Last 90 days vs prior year, monthly, OH or PA"
    );
    assert_eq!(
        sentence("from=2025-12-30&to=2026-01-04&compare=none&department=a,b,c,d&state=(unknown)"),
        "Dec 30, 2025 – Jan 4, 2026, daily, unknown, 4 values of department"
    );
}

prop_compose! {
    fn any_day()(n in 0..100_000_i32) -> Date {
        date(1900, 1, 1).saturating_add(n.days())
    }
}

fn any_range() -> impl Strategy<Value = RangeChoice> {
    prop_oneof![
        proptest::sample::select(&Preset::ALL[..]).prop_map(RangeChoice::Preset),
        (any_day(), 0..1400_i32).prop_map(|(from, n)| RangeChoice::Between {
            from,
            to: from.saturating_add(n.days())
        }),
    ]
}

fn any_filters() -> impl Strategy<Value = Filters> {
    let values = || proptest::collection::btree_set("[^\0]{1,12}", 0..5);
    (
        any_range(),
        proptest::option::of(proptest::sample::select(&Grain::ALL[..])),
        proptest::option::of(prop_oneof![
            proptest::sample::select(&Comparison::ALL[..]),
            (any_day(), 0..400_i32).prop_map(|(from, n)| Comparison::Between(days(
                from,
                from.saturating_add(n.days())
            ))),
        ]),
        values(),
        values(),
        proptest::bool::ANY,
        proptest::option::of("[0-9a-z-]{1,30}"),
    )
        .prop_map(
            |(range, grain, compare, states, departments, without, release)| {
                let mut filters = Filters {
                    range,
                    grain,
                    compare,
                    release: release.map(ReleaseId),
                    ..Filters::default()
                };
                if without && !states.is_empty() {
                    filters.excluded.insert("state".into());
                }
                for (param, values) in [("state", states), ("department", departments)] {
                    if !values.is_empty() {
                        filters
                            .chosen
                            .insert(param.into(), values.into_iter().collect());
                    }
                }
                filters
            },
        )
}

#[test]
fn a_table_is_sorted_and_paged_by_the_address() {
    let filters = parse("products.sort=-receipts__change&products.page=3&drill=retail_spend");
    let view = filters.table("products");
    assert_eq!(
        view.sort,
        Some(Order {
            by: "receipts__change".into(),
            descending: true
        })
    );
    assert_eq!(view.page, 2);
    assert_eq!(
        filters.to_query(),
        "products.sort=-receipts__change&products.page=3&drill=retail_spend"
    );
    // Sorting anew begins at the first page, other filters keep the order, and either closes what was opened.
    assert_eq!(
        filters.toggled("state", "OH").to_query(),
        "state=OH&products.sort=-receipts__change"
    );
    assert_eq!(filters.sorted("products", None).to_query(), "");
    assert_eq!(filters.of_panel("headline").to_query(), "");
    for wrong in [
        "products.sort=shoe",
        "products.page=0",
        "products.page=-1",
        "products.page=99999",
        "headline.sort=receipts",
        "products.colour=red",
        "drill=1+OR+1",
    ] {
        let filters = parse(wrong);
        assert_eq!(filters.ignored.len(), 1, "{wrong}");
        assert_eq!(filters.to_query(), "", "{wrong}");
    }
}

#[test]
fn values_are_kept_and_left_out() {
    let query = |filters: &Filters| filters.to_query();
    let kept = parse("state=OH");
    assert_eq!(query(&kept.including("state", "PA")), "state=OH,PA");
    assert_eq!(query(&kept.including("state", "OH")), "");
    assert_eq!(query(&kept.excluding("state", "PA")), "state=!PA");
    assert_eq!(query(&kept.excluding("state", "OH")), "state=!OH");
    let left_out = parse("state=!OH");
    assert_eq!(query(&left_out.excluding("state", "PA")), "state=!OH,PA");
    assert_eq!(query(&left_out.excluding("state", "OH")), "");
    assert_eq!(query(&left_out.including("state", "PA")), "state=PA");
    assert_eq!(query(&left_out.including("state", "OH")), "");
    assert_eq!(query(&left_out.without("state")), "");
    // As a plain form says it.
    assert_eq!(query(&parse("state=OH&state=PA&not=state")), "state=!OH,PA");
    assert_eq!(query(&parse("not=state&not=shoe")), "");
}

proptest! {
    #[test]
    fn a_query_round_trips(filters in any_filters()) {
        prop_assert_eq!(parse(&filters.to_query()), filters);
    }

    #[test]
    fn any_query_is_read_and_its_canonical_form_says_the_same(query in "(\\PC|[&=,%+]|range|from|to|grain|state|2026-01-0[1-9]){0,40}") {
        let filters = parse(&query);
        let range = filters.range(&release());
        prop_assert!(range.from <= range.to);
        let again = parse(&filters.to_query());
        prop_assert_eq!(Filters { ignored: Vec::new(), ..filters }, again);
    }

    #[test]
    fn prior_periods_end_where_the_range_begins(from in any_day(), n in 0..4000_i32) {
        let range = days(from, from.saturating_add(n.days()));
        let prior = prior_range(range, Comparison::PriorPeriod, Grain::Day);
        prop_assert_eq!(prior.days(), range.days());
        prop_assert_eq!(prior.to.saturating_add(1.day()), range.from);
    }

    #[test]
    fn periods_cover_the_range_without_gap(from in any_day(), n in 0..800_i32, grain in proptest::sample::select(&Grain::ALL[..])) {
        let range = days(from, from.saturating_add(n.days()));
        let periods: Vec<Date> = range.periods(grain).collect();
        prop_assert!(periods[0] <= range.from && grain.next(*periods.last().unwrap()) > range.to);
        for pair in periods.windows(2) {
            prop_assert_eq!(grain.next(pair[0]), pair[1]);
            prop_assert_eq!(grain.first_day(pair[1].saturating_sub(1.day())), pair[0]);
        }
    }
}
