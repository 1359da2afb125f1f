//! The colours of `style/tokens.css` can be read and told apart, in both themes.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../../../style/tokens.css");

/// Red, green, blue, in light's own proportion (linear, 0 to 1).
type Colour = [f64; 3];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

fn read(hex: &str) -> Colour {
    assert_eq!(hex.len(), 7, "an opaque colour: {hex}");
    let channel = |at: usize| {
        let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    [channel(1), channel(3), channel(5)]
}

/// The opaque colours of the block that starts with `head`, by name.
fn colours(head: &str, theme: Theme) -> BTreeMap<String, Colour> {
    let block = TOKENS.split_once(head).expect(head).1;
    let block = &block[..block.find('}').unwrap()];
    block
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            let hex = if theme == Theme::Light { light } else { dark };
            (hex.len() == 7).then(|| (name.to_owned(), read(hex)))
        })
        .collect()
}

/// All themes: light and dark, each also with more contrast.
fn themes() -> Vec<(String, BTreeMap<String, Colour>)> {
    let mut all = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        let normal = colours("\n:root {", theme);
        let more = colours("prefers-contrast: more) {\n  :root {", theme);
        let mut merged = normal.clone();
        merged.extend(more);
        all.push((format!("{theme:?}"), normal));
        all.push((format!("{theme:?}, more contrast"), merged));
    }
    all
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let light = |c: Colour| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2] + 0.05;
    let (a, b) = (light(a), light(b));
    a.max(b) / a.min(b)
}

fn assert_contrast(fronts: &[&str], backs: &[&str], least: f64) {
    for (theme, colours) in themes() {
        for front in fronts {
            for back in backs {
                let ratio = contrast(colours[*front], colours[*back]);
                assert!(
                    ratio >= least,
                    "{theme}: {front} on {back} has {ratio:.2}, needs {least}"
                );
            }
        }
    }
}

const SURFACES: [&str; 4] = [
    "--surface-page",
    "--surface-panel",
    "--surface-sunken",
    "--surface-overlay",
];

#[test]
fn text_can_be_read_on_every_surface() {
    assert_contrast(
        &["--text", "--text-muted", "--accent", "--accent-strong"],
        &SURFACES,
        4.5,
    );
    assert_contrast(&["--good", "--bad"], &SURFACES, 4.5);
    // A chosen row, and a name at the end of its line.
    assert_contrast(&["--good", "--bad"], &["--accent-surface"], 4.5);
    assert_contrast(&["--series-1"], &["--surface-panel"], 4.5);
    assert_contrast(
        &["--text", "--text-muted", "--accent-strong"],
        &["--accent-surface"],
        4.5,
    );
    assert_contrast(&["--text-on-accent"], &["--accent"], 4.5);
    assert_contrast(&["--warn-text", "--text"], &["--warn-surface"], 4.5);
    assert_contrast(&["--text", "--bad"], &["--bad-surface"], 4.5);
}

#[test]
fn marks_and_edges_stand_out_from_what_they_stand_on() {
    let series: Vec<String> = (1..=8).map(|n| format!("--series-{n}")).collect();
    let series: Vec<&str> = series.iter().map(String::as_str).collect();
    assert_contrast(&series, &["--surface-panel"], 3.0);
    assert_contrast(&["--edge"], &["--surface-page", "--surface-panel"], 3.0);
    assert_contrast(&["--warn-edge"], &["--warn-surface"], 3.0);
}

/// How a colour looks without one kind of cone (Machado, Oliveira and Fernandes 2009), per row.
const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("full", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

fn times(matrix: &[[f64; 3]; 3], v: Colour) -> Colour {
    std::array::from_fn(|row| (0..3).map(|i| matrix[row][i] * v[i]).sum())
}

/// Oklab, where equal distances look about equally far apart.
fn oklab(colour: Colour) -> Colour {
    let lms = times(
        &[
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ],
        colour.map(|c| c.clamp(0.0, 1.0)),
    );
    times(
        &[
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ],
        lms.map(f64::cbrt),
    )
}

#[test]
fn categories_stay_apart_for_every_kind_of_colour_vision() {
    for (theme, colours) in themes() {
        for (vision, matrix) in &VISIONS {
            let seen: Vec<Colour> = (1..=8)
                .map(|n| oklab(times(matrix, colours[&format!("--series-{n}")])))
                .collect();
            for a in 0..8 {
                for b in 0..a {
                    let apart: f64 = (0..3)
                        .map(|i| (seen[a][i] - seen[b][i]).powi(2))
                        .sum::<f64>()
                        .sqrt();
                    assert!(
                        apart > 0.085,
                        "{theme}, {vision}: series {} and {}: {apart:.3}",
                        b + 1,
                        a + 1
                    );
                }
            }
        }
    }
}

/// What a style sheet writes of its own, without comments and without the conditions of media and
/// container queries, which cannot name custom properties.
fn rules(css: &str) -> String {
    let mut rest = css;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines()
        .filter(|l| !l.trim_start().starts_with('@'))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn only_the_tokens_write_colours_fonts_and_sizes() {
    let sheets = [
        ("main", include_str!("../../../../style/main.css")),
        ("base", include_str!("../../../../style/base.css")),
        ("layout", include_str!("../../../../style/layout.css")),
        (
            "components",
            include_str!("../../../../style/components.css"),
        ),
        ("panels", include_str!("../../../../style/panels.css")),
        ("figure", include_str!("../../../../style/figure.css")),
        ("network", include_str!("../../../../style/network.css")),
        ("why", include_str!("../../../../style/why.css")),
        ("print", include_str!("../../../../style/print.css")),
    ];
    for (name, css) in sheets {
        let rules = rules(css);
        for colour in [
            "#",
            "rgb(",
            "rgba(",
            "hsl(",
            "oklch(",
            "light-dark(",
            "color-mix(",
            " white;",
            " black;",
        ] {
            assert!(
                !rules.contains(colour),
                "{name}.css writes a colour: {colour}"
            );
        }
        for line in rules
            .lines()
            .filter(|l| l.contains("font-family:") || l.contains("font-size:"))
        {
            assert!(line.contains("var(--"), "{name}.css: {line}");
        }
        for unit in ["px", "rem", "pt", "mm"] {
            for (at, _) in rules.match_indices(unit) {
                let before = rules[..at].chars().next_back();
                assert!(
                    !before.is_some_and(|c| c.is_ascii_digit()),
                    "{name}.css writes a size: …{}",
                    &rules[at.saturating_sub(30)..at + unit.len()]
                );
            }
        }
    }
}

/// A custom property that nothing defines is silently nothing.
#[test]
fn every_token_that_is_used_is_defined() {
    let sheets = concat!(
        include_str!("../../../../style/tokens.css"),
        include_str!("../../../../style/base.css"),
        include_str!("../../../../style/layout.css"),
        include_str!("../../../../style/components.css"),
        include_str!("../../../../style/panels.css"),
        include_str!("../../../../style/figure.css"),
        include_str!("../../../../style/network.css"),
        include_str!("../../../../style/why.css"),
        include_str!("../../../../style/print.css")
    );
    let mut used = 0;
    for (_, rest) in sheets
        .match_indices("var(--")
        .map(|(at, _)| sheets.split_at(at + 4))
    {
        let name = &rest[..rest.find([')', ',']).unwrap()];
        assert!(
            sheets.contains(&format!("{name}: ")),
            "{name} is used and nowhere defined"
        );
        used += 1;
    }
    assert!(used > 100);
}
