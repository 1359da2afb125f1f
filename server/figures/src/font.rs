//! How wide text is in the bundled font, so that labels can be placed without a font library.

/// Font units in one em.
const UNITS_PER_EM: f64 = 2048.0;

/// Height of a capital letter, in ems.
pub const CAP_HEIGHT: f64 = 1490.0 / UNITS_PER_EM;

/// Advance widths of U+0020 to U+007E at weight 400 with tabular figures, in font units.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    550, 589, 954, 1297, 1314, 2011, 1319, 614, 800, 800, 1328, 1328, 550, 1328, 550, 738,
    1328, 1328, 1328, 1328, 1328, 1328, 1328, 1328, 1328, 1328, 550, 550, 1328, 1328, 1328, 1047,
    1978, 1413, 1340, 1496, 1478, 1231, 1209, 1528, 1522, 550, 1169, 1376, 1158, 1850, 1543, 1566,
    1308, 1566, 1318, 1314, 1322, 1524, 1413, 2018, 1397, 1390, 1288, 800, 738, 800, 965, 934,
    661, 1150, 1254, 1170, 1254, 1194, 758, 1256, 1211, 496, 496, 1124, 496, 1794, 1210, 1228,
    1254, 1254, 771, 1081, 670, 1211, 1151, 1676, 1118, 1151, 1131, 800, 681, 800, 1328,
];

/// The width of `text` set at `size` pixels, in pixels. Characters outside the table count as a
/// full em, so the estimate errs towards too wide.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    let units: f64 = text.chars().map(advance).sum();
    units * size / UNITS_PER_EM
}

/// `text`, cut with an ellipsis where it would be wider than `limit` pixels at `size` pixels.
#[must_use]
pub fn fit(text: &str, size: f64, limit: f64) -> String {
    if text_width(text, size) <= limit {
        return text.to_owned();
    }
    let room = limit - text_width("…", size);
    let mut kept = String::new();
    let mut width = 0.0;
    for c in text.chars() {
        width += advance(c) * size / UNITS_PER_EM;
        if width > room {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

fn advance(c: char) -> f64 {
    match c {
        ' '..='~' => f64::from(ASCII[c as usize - ' ' as usize]),
        '–' => 1024.0,
        '−' => 1328.0,
        '…' => 1770.0,
        '’' => 534.0,
        _ => UNITS_PER_EM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_wide_as_each_other() {
        let widths: Vec<f64> = ('0'..='9')
            .map(|c| text_width(&c.to_string(), 12.0))
            .collect();
        assert!(
            widths.iter().all(|w| (w - widths[0]).abs() < f64::EPSILON),
            "{widths:?}"
        );
    }

    #[test]
    fn width_grows_with_the_text_and_with_the_size() {
        assert!(text_width("$12K", 12.0) < text_width("$120K", 12.0));
        assert!(text_width("$12K", 12.0) < text_width("$12K", 13.0));
        assert!(text_width("iii", 12.0) < text_width("MMM", 12.0));
    }

    #[test]
    fn a_text_too_long_for_its_place_is_cut_to_fit() {
        let long = "Retail spend per redeemed receipt and household";
        let cut = fit(long, 12.0, 120.0);
        assert!(
            cut.ends_with('…') && cut.starts_with("Retail spend"),
            "{cut}"
        );
        assert!(text_width(&cut, 12.0) <= 120.0);
        assert_eq!(fit("Prior", 12.0, 120.0), "Prior");
    }
}
