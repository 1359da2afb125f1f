#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::civil::date as day;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{DateRange, Grain};

fn amount(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

#[test]
fn money_has_exactly_two_decimals() {
    let usd = |text: &str| exact(&amount(text), Unit::Usd);
    assert_eq!(usd("4596039.58"), "$4,596,039.58");
    assert_eq!(usd("0"), "$0.00");
    assert_eq!(usd("-1234"), "−$1,234.00");
    assert_eq!(usd("29.4905"), "$29.49");
    assert_eq!(usd("0.005"), "$0.01");
    assert_eq!(usd("-0.005"), "−$0.01");
    assert_eq!(usd("-0.004"), "$0.00");
    assert_eq!(usd("999999.995"), "$1,000,000.00");
    assert_eq!(
        usd("79228162514264337593543950335"),
        "$79,228,162,514,264,337,593,543,950,335.00"
    );
    assert_eq!(exact(&Value::Int(1234), Unit::Usd), "$1,234.00");
}

#[test]
fn counts_shares_and_other_numbers() {
    assert_eq!(exact(&Value::Int(155_848), Unit::Count), "155,848");
    assert_eq!(exact(&Value::Int(-999), Unit::Count), "−999");
    assert_eq!(
        exact(&Value::Int(i64::MIN), Unit::Count),
        "−9,223,372,036,854,775,808"
    );
    assert_eq!(exact(&amount("0.1234"), Unit::Ratio), "12.3%");
    assert_eq!(exact(&amount("0.1235"), Unit::Ratio), "12.4%");
    assert_eq!(exact(&amount("-0.0001"), Unit::Ratio), "0.0%");
    assert_eq!(exact(&amount("12.5"), Unit::Ratio), "1,250.0%");
    assert_eq!(
        exact(&amount("3.4285714285714285714"), Unit::Number),
        "3.4286"
    );
    assert_eq!(exact(&amount("12.5000"), Unit::Number), "12.5");
    assert_eq!(exact(&Value::Float(0.1), Unit::Number), "0.1");
    assert_eq!(exact(&Value::Float(f64::NAN), Unit::Number), "–");
}

#[test]
fn no_data_is_not_zero() {
    for unit in [Unit::Usd, Unit::Count, Unit::Ratio, Unit::Number] {
        assert_eq!(exact(&Value::Null, unit), "–");
        assert_eq!(compact(&Value::Null, unit), "–");
    }
    assert_eq!(dimension(&Value::Null), "Unknown");
    assert_eq!(dimension(&Value::Text("OH".into())), "OH");
}

#[test]
fn compact_has_three_significant_digits() {
    let usd = |text: &str| compact(&amount(text), Unit::Usd);
    assert_eq!(usd("4596039.58"), "$4.60M");
    assert_eq!(usd("999.5"), "$1.00K");
    assert_eq!(usd("999.49"), "$999");
    assert_eq!(usd("99.995"), "$100");
    assert_eq!(usd("29.4905"), "$29.49");
    assert_eq!(usd("0"), "$0.00");
    assert_eq!(usd("-12345"), "−$12.3K");
    assert_eq!(usd("-0.001"), "$0.00");
    assert_eq!(usd("999950"), "$1.00M");
    assert_eq!(usd("9996"), "$10.0K");
    assert_eq!(usd("1234567890123456"), "$1,235T");
    assert_eq!(compact(&Value::Int(155_848), Unit::Count), "156K");
    assert_eq!(compact(&Value::Int(999), Unit::Count), "999");
    assert_eq!(compact(&Value::Int(7), Unit::Count), "7");
    assert_eq!(compact(&Value::Int(1000), Unit::Count), "1.00K");
    assert_eq!(compact(&amount("0.1234"), Unit::Ratio), "12.3%");
    assert_eq!(compact(&amount("3.42857"), Unit::Number), "3.43");
}

#[test]
fn ticks_leave_out_zeros_that_say_nothing() {
    assert_eq!(tick(&Value::Int(0), Unit::Usd), "$0");
    assert_eq!(tick(&Value::Int(500), Unit::Usd), "$500");
    assert_eq!(tick(&Value::Int(1_500_000), Unit::Usd), "$1.5M");
    assert_eq!(tick(&Value::Int(20_000), Unit::Count), "20K");
    assert_eq!(tick(&amount("0.25"), Unit::Ratio), "25%");
    assert_eq!(tick(&amount("0.5"), Unit::Usd), "$0.50");
}

#[test]
fn changes_are_signed() {
    let percent = |current: &str, prior: &str| change_percent(&amount(current), &amount(prior));
    assert_eq!(percent("104.2", "100"), "+4.2%");
    assert_eq!(percent("96.9", "100"), "−3.1%");
    assert_eq!(percent("100.01", "100"), "0.0%");
    assert_eq!(percent("5", "0"), "–");
    assert_eq!(percent("-50", "-100"), "+50.0%");
    assert_eq!(change_percent(&Value::Null, &Value::Int(1)), "–");
    assert_eq!(change_percent(&Value::Int(1), &Value::Null), "–");
    assert_eq!(
        change_absolute(&Value::Int(2234), &Value::Int(1000), Unit::Usd),
        "+$1,234.00"
    );
    assert_eq!(
        change_absolute(&Value::Int(1000), &Value::Int(2234), Unit::Count),
        "−1,234"
    );
    assert_eq!(
        change_absolute(&Value::Int(5), &Value::Int(5), Unit::Count),
        "0"
    );
    assert_eq!(
        change_absolute(&amount("0.134"), &amount("0.122"), Unit::Ratio),
        "+1.2 pp"
    );
    assert_eq!(
        change_absolute(&Value::Null, &Value::Int(5), Unit::Count),
        "–"
    );
}

#[test]
fn dates_and_periods() {
    let first = day(2026, 1, 5);
    assert_eq!(date(first), "Jan 5, 2026");
    assert_eq!(period(first, Grain::Day), "Jan 5, 2026");
    assert_eq!(period(first, Grain::Week), "Week of Jan 5, 2026");
    assert_eq!(period(first, Grain::Month), "Jan 2026");
    assert_eq!(period(day(2026, 10, 1), Grain::Quarter), "Q4 2026");
    assert_eq!(period(first, Grain::Year), "2026");
    let range = |from, to| date_range(DateRange { from, to });
    assert_eq!(range(first, day(2026, 3, 31)), "Jan 5 – Mar 31, 2026");
    assert_eq!(
        range(day(2025, 12, 29), first),
        "Dec 29, 2025 – Jan 5, 2026"
    );
    assert_eq!(range(first, first), "Jan 5, 2026");
}

/// What a person would type back into a calculator.
fn read_back(text: &str) -> Decimal {
    text.replace(['$', ','], "")
        .replace('−', "-")
        .parse()
        .unwrap()
}

proptest! {
    #[test]
    fn exact_loses_nothing(mantissa in any::<i64>(), cents in 0..=2_u32, scale in 0..=4_u32) {
        let usd = Decimal::new(mantissa, cents);
        prop_assert_eq!(read_back(&exact(&Value::Decimal(usd), Unit::Usd)), usd);
        let number = Decimal::new(mantissa, scale);
        prop_assert_eq!(read_back(&exact(&Value::Decimal(number), Unit::Number)), number);
        prop_assert_eq!(read_back(&exact(&Value::Int(mantissa), Unit::Count)), Decimal::from(mantissa));
    }

    #[test]
    fn every_number_has_a_text_in_every_unit(mantissa in any::<i128>(), scale in 0..=28_u32, f in any::<f64>()) {
        let value = Decimal::try_from_i128_with_scale(mantissa >> 32, scale).unwrap();
        for value in [Value::Decimal(value), Value::Float(f)] {
            for unit in [Unit::Usd, Unit::Count, Unit::Ratio, Unit::Number, Unit::None] {
                for text in [exact(&value, unit), compact(&value, unit), tick(&value, unit)] {
                    prop_assert!(!text.is_empty() && !text.contains('-'));
                }
            }
            prop_assert!(!change_percent(&value, &Value::Int(3)).is_empty());
            prop_assert!(!change_absolute(&value, &Value::Int(3), Unit::Usd).is_empty());
        }
    }

    #[test]
    fn compact_stays_within_half_a_percent(n in 1000..i64::MAX / 1_000_000) {
        let text = compact(&Value::Int(n), Unit::Count);
        let (digits, factor) = match text.char_indices().last().unwrap() {
            (at, 'K') => (&text[..at], 1_000_i64),
            (at, 'M') => (&text[..at], 1_000_000),
            (at, 'B') => (&text[..at], 1_000_000_000),
            (at, _) => (&text[..at], 1_000_000_000_000),
        };
        prop_assert!(digits.len() <= 4, "{}", text);
        let said = read_back(digits) * Decimal::from(factor);
        prop_assert!((said - Decimal::from(n)).abs() * Decimal::from(200) <= Decimal::from(n), "{} {}", n, text);
    }
}

#[test]
fn estimates_stand_below_each_other() {
    let of = |text: &str| estimate(&amount(text), Unit::Number);
    assert_eq!(of("0.31"), "0.310");
    assert_eq!(of("-0.3585"), "−0.359");
    assert_eq!(of("11.035763"), "11.04");
    assert_eq!(estimate(&amount("0.1234"), Unit::Ratio), "12.3%");
    assert_eq!(estimate(&Value::Null, Unit::Number), "–");
}
