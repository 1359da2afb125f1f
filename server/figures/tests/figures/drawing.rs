//! What a reader sees in a chart.

use crate::support::{answered, ask, count, frame, ints, months, panel, release, texts, weeks};
use figures::draw;
use jiff::civil::date;
use marts::{Comparison, DateRange, Drawing, Frame, Grain, PanelKind, Value};

fn chart(frame: Frame) -> Drawing {
    let drawings = draw(
        &panel(PanelKind::TimeSeries),
        &[],
        &[answered(frame)],
        &release(),
    );
    assert_eq!(drawings.len(), 1);
    drawings.into_iter().next().unwrap()
}

/// Whole months up to February; March is not over on the release's last day.
fn year(values: &[i64]) -> Frame {
    frame(&months(date(2025, 1, 1), values.len()), &ints(values), None)
}

#[test]
fn a_larger_value_stands_higher() {
    let drawing = chart(year(&[10, 40, 25]));
    for picture in [&drawing.wide, drawing.narrow.as_ref().unwrap()] {
        let ys: Vec<f64> = picture.ys[0].iter().map(|y| y.unwrap()).collect();
        assert!(ys[1] < ys[2] && ys[2] < ys[0], "{ys:?}");
    }
}

#[test]
fn time_runs_from_left_to_right_across_the_whole_plot() {
    let picture = chart(year(&[10, 40, 25, 30])).wide;
    assert!(
        picture.xs.windows(2).all(|w| w[0] < w[1]),
        "{:?}",
        picture.xs
    );
    assert!((picture.xs[0] - picture.plot[0]).abs() < 0.2);
    assert!((picture.xs[3] - picture.plot[2]).abs() < 0.2);
}

#[test]
fn zero_is_on_the_axis_even_where_all_values_are_far_from_it() {
    let drawing = chart(year(&[1_000_000, 1_010_000, 1_020_000]));
    assert_eq!(count(&drawing.wide.svg, &["fig-baseline"], &[]), 1);
    assert_eq!(texts(&drawing.wide.svg, "fig-tick-label")[0], "0");
    let lowest = drawing.wide.ys[0][0].unwrap();
    assert!(
        lowest < drawing.wide.plot[3] / 2.0,
        "a million is far above zero: {lowest}"
    );
}

#[test]
fn a_comparison_is_dashed_and_there_only_when_asked() {
    let alone = chart(year(&[10, 40, 25]));
    assert_eq!(count(&alone.wide.svg, &["fig-prior"], &[]), 0);
    assert_eq!(alone.series, ["Retail spend"]);

    let days = months(date(2025, 1, 1), 3);
    let compared = chart(frame(
        &days,
        &ints(&[10, 40, 25]),
        Some(&ints(&[8, 30, 45])),
    ));
    assert_eq!(
        count(&compared.wide.svg, &["fig-line", "fig-prior"], &[]),
        1
    );
    assert_eq!(compared.series, ["Retail spend", "Prior period"]);
    assert_eq!(
        texts(&compared.wide.svg, "fig-name"),
        ["Retail spend", "Prior period"]
    );
    assert_eq!(compared.wide.ys.len(), 2);
    assert!(
        compared.wide.ys[1][2] < compared.wide.ys[0][2],
        "45 stands above 25"
    );
}

#[test]
fn a_comparison_goes_by_its_name_where_it_is_known() {
    let days = months(date(2025, 1, 1), 3);
    let frame = frame(&days, &ints(&[10, 40, 25]), Some(&ints(&[8, 30, 45])));
    let asks = [ask(
        DateRange {
            from: date(2025, 1, 1),
            to: date(2025, 3, 31),
        },
        Grain::Month,
        Some(Comparison::PriorYear),
    )];
    let drawings = draw(
        &panel(PanelKind::TimeSeries),
        &asks,
        &[answered(frame)],
        &release(),
    );
    assert_eq!(drawings[0].series, ["Retail spend", "Prior year"]);
}

#[test]
fn names_at_the_ends_of_close_lines_do_not_overlap() {
    let days = months(date(2025, 1, 1), 3);
    let drawing = chart(frame(
        &days,
        &ints(&[10, 40, 25]),
        Some(&ints(&[8, 30, 25])),
    ));
    let document = roxmltree::Document::parse(&drawing.wide.svg).unwrap();
    let ys: Vec<f64> = document
        .descendants()
        .filter(|n| n.attribute("class").is_some_and(|c| c.contains("fig-name")))
        .map(|n| n.attribute("y").unwrap().parse().unwrap())
        .collect();
    assert!((ys[0] - ys[1]).abs() >= 15.0, "{ys:?}");
}

#[test]
fn a_missing_figure_or_period_breaks_the_line() {
    let whole = chart(year(&[1, 2, 3, 4, 5, 6, 7]));
    let mut values = ints(&[1, 2, 3, 4, 5, 6, 7]);
    values[3] = Value::Null;
    let days = months(date(2025, 1, 1), 7);
    let null = chart(frame(&days, &values, None));

    let without = |skip: usize| -> Vec<_> {
        days.iter()
            .enumerate()
            .filter(|(i, _)| *i != skip)
            .map(|(_, d)| *d)
            .collect()
    };
    let absent = chart(frame(&without(3), &ints(&[1, 2, 3, 5, 6, 7]), None));

    let lines = |d: &Drawing| count(&d.wide.svg, &["fig-line"], &[]);
    assert_eq!([lines(&whole), lines(&null), lines(&absent)], [1, 2, 2]);
    assert_eq!(null.wide.ys[0][3], None);
    assert_eq!(null.wide.xs.len(), 7);
}

#[test]
fn a_figure_between_two_gaps_is_a_point() {
    let values = [
        Value::Int(1),
        Value::Int(2),
        Value::Null,
        Value::Int(4),
        Value::Null,
        Value::Int(6),
    ];
    let drawing = chart(frame(&months(date(2025, 1, 1), 6), &values, None));
    assert_eq!(count(&drawing.wide.svg, &["fig-point"], &[]), 2);
    assert_eq!(count(&drawing.wide.svg, &["fig-line"], &[]), 1);
}

#[test]
fn the_period_that_is_not_over_is_drawn_differently() {
    let finished = chart(frame(
        &months(date(2025, 12, 1), 3),
        &ints(&[5, 6, 7]),
        None,
    ));
    assert_eq!(count(&finished.wide.svg, &["fig-partial"], &[]), 0);

    let unfinished = chart(frame(&months(date(2026, 1, 1), 3), &ints(&[5, 6, 7]), None));
    assert_eq!(
        count(&unfinished.wide.svg, &["fig-line", "fig-partial"], &[]),
        1
    );
    assert_eq!(
        count(&unfinished.wide.svg, &["fig-point", "fig-partial"], &[]),
        1
    );
    assert!(
        unfinished
            .wide
            .svg
            .contains("The last period is not whole.")
    );
}

#[test]
fn periods_that_the_range_cuts_are_not_whole() {
    let frame = frame(&weeks(date(2026, 1, 5), 5), &ints(&[5, 6, 7, 6, 5]), None);
    let asks = [ask(
        DateRange {
            from: date(2026, 1, 7),
            to: date(2026, 2, 4),
        },
        Grain::Week,
        None,
    )];
    let cut = draw(
        &panel(PanelKind::TimeSeries),
        &asks,
        &[answered(frame)],
        &release(),
    );
    assert_eq!(
        count(&cut[0].wide.svg, &["fig-point", "fig-partial"], &[]),
        2
    );
    assert_eq!(count(&cut[0].wide.svg, &["fig-line"], &["fig-partial"]), 1);
}

#[test]
fn a_headline_gets_a_sparkline_per_metric_in_one_size() {
    let mut two = panel(PanelKind::Headline);
    two.metrics.push("nobody_knows".to_owned());
    let by_period = year(&[3, 2, 5]);
    let drawings = draw(
        &two,
        &[],
        &[answered(Frame::default()), answered(by_period)],
        &release(),
    );
    assert_eq!(drawings.len(), 1, "a metric that the answer lacks has none");
    assert_eq!(
        (drawings[0].key.as_str(), drawings[0].narrow.as_ref()),
        ("retail_spend", None)
    );
    assert_eq!(
        (drawings[0].wide.width, drawings[0].wide.height),
        (120.0, 32.0)
    );
    assert_eq!(count(&drawings[0].wide.svg, &["fig-line"], &[]), 1);
}

#[test]
fn a_sparkline_shows_whole_periods_from_edge_to_edge() {
    let cut = frame(&weeks(date(2026, 1, 5), 5), &ints(&[1, 6, 7, 6, 1]), None);
    let range = DateRange {
        from: date(2026, 1, 7),
        to: date(2026, 2, 4),
    };
    let asks = [ask(range, Grain::Week, None), ask(range, Grain::Week, None)];
    let answers = [answered(Frame::default()), answered(cut)];
    let drawings = draw(&panel(PanelKind::Headline), &asks, &answers, &release());
    let picture = &drawings[0].wide;
    assert_eq!(count(&picture.svg, &["fig-partial"], &[]), 0);
    assert_eq!((picture.ys[0][0], picture.ys[0][4]), (None, None));
    assert!(
        (picture.xs[1] - picture.plot[0]).abs() < 0.2
            && (picture.xs[3] - picture.plot[2]).abs() < 0.2
    );
}

#[test]
fn nothing_to_show_draws_nothing() {
    let empty = year(&[]);
    assert!(
        draw(
            &panel(PanelKind::TimeSeries),
            &[],
            &[answered(empty.clone())],
            &release()
        )
        .is_empty()
    );
    assert!(draw(&panel(PanelKind::TimeSeries), &[], &[], &release()).is_empty());
    assert!(
        draw(
            &panel(PanelKind::Headline),
            &[],
            &[answered(year(&[1]))],
            &release()
        )
        .is_empty()
    );
    assert!(
        draw(
            &panel(PanelKind::Leaderboard),
            &[],
            &[answered(year(&[1, 2]))],
            &release()
        )
        .is_empty()
    );
    assert!(
        draw(
            &panel(PanelKind::Table),
            &[],
            &[answered(year(&[1, 2]))],
            &release()
        )
        .is_empty()
    );
}

#[test]
fn a_drawing_says_what_it_shows_and_cannot_be_broken_out_of() {
    let mut hostile = year(&[10, 40, 25]);
    hostile.columns[1].label = "</svg><script>alert(1)</script>\" onload=\"x".to_owned();
    let svg = chart(hostile).wide.svg;
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(
        document
            .descendants()
            .filter(|n| n.has_tag_name("script"))
            .count(),
        0
    );
    assert!(document.root_element().attribute("onload").is_none());

    let svg = chart(year(&[10, 40, 25])).wide.svg;
    let document = roxmltree::Document::parse(&svg).unwrap();
    let label = document.root_element().attribute("aria-label").unwrap();
    assert!(label.starts_with("Retail spend by month"), "{label}");
    assert!(
        label.contains("Highest $40.00 (Feb 2025), lowest $10.00 (Jan 2025)"),
        "{label}"
    );
}

#[test]
fn no_colour_or_font_is_written_into_a_drawing() {
    let days = months(date(2025, 10, 1), 6);
    let drawing = chart(frame(
        &days,
        &ints(&[1, 2, 3, 4, 5, 6]),
        Some(&ints(&[2, 2, 2, 3, 3, 3])),
    ));
    for svg in [&drawing.wide.svg, &drawing.narrow.as_ref().unwrap().svg] {
        for attribute in [
            "fill=",
            "stroke=",
            "style=",
            "font-family=",
            "font-size=",
            "rgb(",
            "#",
        ] {
            assert!(!svg.contains(attribute), "{attribute} in {svg}");
        }
    }
}

#[test]
fn the_same_answer_gives_the_same_bytes() {
    let draw_once = || {
        let days = weeks(date(2025, 6, 2), 40);
        let values: Vec<i64> = (0..40).map(|i| 100 + (i * 37) % 50).collect();
        chart(frame(&days, &ints(&values), Some(&ints(&values))))
    };
    assert_eq!(draw_once(), draw_once());
}

#[test]
fn labels_of_the_time_axis_keep_apart_and_inside_at_both_sizes() {
    for count in [1, 2, 5, 13, 40, 104, 300] {
        let days = weeks(date(2020, 1, 6), count);
        let values = ints(&vec![5; count]);
        let drawing = chart(frame(&days, &values, None));
        for picture in [&drawing.wide, drawing.narrow.as_ref().unwrap()] {
            let document = roxmltree::Document::parse(&picture.svg).unwrap();
            let mut labels: Vec<(f64, f64)> = document
                .descendants()
                .filter(|n| n.attribute("text-anchor") == Some("middle"))
                .filter(|n| n.text().is_some_and(|t| t.parse::<i32>().is_err()))
                .map(|n| {
                    let x: f64 = n.attribute("x").unwrap().parse().unwrap();
                    (x, n.text().unwrap().len() as f64 * 5.0)
                })
                .collect();
            labels.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(
                labels
                    .windows(2)
                    .all(|w| w[1].0 - w[0].0 > (w[0].1 + w[1].1) / 2.0),
                "{count}: {labels:?}"
            );
            assert!(
                labels
                    .iter()
                    .all(|(x, w)| x - w / 2.0 > 0.0 && x + w / 2.0 < picture.width),
                "{labels:?}"
            );
        }
    }
}
