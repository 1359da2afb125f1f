//! Lengths of time and sizes of files.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::number::{rounded, significant};

/// `0.4 s`, `42.1 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`; less than nothing is nothing.
#[must_use]
pub fn duration(seconds: Decimal) -> String {
    let seconds = seconds.max(Decimal::ZERO);
    if rounded(seconds, 1) < Decimal::from(60) {
        return format!("{} s", rounded(seconds, 1).normalize());
    }
    let whole = rounded(seconds, 0).to_u64().unwrap_or(u64::MAX);
    let (large, small, names) = match whole {
        0..3_600 => (whole / 60, whole % 60, ("min", "s")),
        3_600..86_400 => (whole / 3_600, whole / 60 % 60, ("h", "min")),
        _ => (whole / 86_400, whole / 3_600 % 24, ("d", "h")),
    };
    if small == 0 {
        format!("{large} {}", names.0)
    } else {
        format!("{large} {} {small} {}", names.0, names.1)
    }
}

/// `512 B`, `12.3 kB`, `4.60 MB`: of a thousand bytes, of a million.
#[must_use]
pub fn bytes(size: Decimal) -> String {
    let (digits, suffix) = significant(size.max(Decimal::ZERO));
    let unit = match suffix {
        "" => return format!("{} B", rounded(size.max(Decimal::ZERO), 0).normalize()),
        "K" => "kB",
        "M" => "MB",
        "B" => "GB",
        _ => "TB",
    };
    format!("{digits} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_their_two_largest_units() {
        let written = |tenths: i64| duration(Decimal::new(tenths, 1));
        for (tenths, expected) in [
            (4, "0.4 s"),
            (420, "42 s"),
            (599, "59.9 s"),
            (600, "1 min"),
            (1_920, "3 min 12 s"),
            (75_000, "2 h 5 min"),
            (2_736_000, "3 d 4 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(written(tenths), expected);
        }
    }

    #[test]
    fn sizes_are_written_in_three_digits() {
        for (size, expected) in [
            (0, "0 B"),
            (512, "512 B"),
            (12_345, "12.3 kB"),
            (4_600_000, "4.60 MB"),
            (7_000_000_000_i64, "7.00 GB"),
        ] {
            assert_eq!(bytes(Decimal::from(size)), expected);
        }
    }
}
