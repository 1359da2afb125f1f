//! How a row is spoilt or changed, field by field.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::calendar::{Calendar, DAY};
use crate::encode;
use crate::format::Layout;
use crate::rows::Row;
use crate::source::Source;

/// Minutes that local clocks are ahead of UTC; all but the last two are American.
const OFFSETS: [i64; 7] = [-240, -300, -300, -360, -420, 120, 330];
const NO_MOMENTS: [&str; 4] = [
    "2025-02-30T10:00:00Z",
    "2025-13-01T08:30:00Z",
    "03/15/2025 14:07",
    "yesterday",
];
const NO_MONEY: [&str; 4] = ["N/A", "12.50 USD", "$4.99", "see receipt"];

/// Writes the row's moments as local time with an offset: the same moments.
pub fn with_offset(
    row: &mut Row,
    source: Source,
    at: u32,
    calendar: &Calendar,
    rng: &mut ChaCha8Rng,
) {
    let minutes = OFFSETS[rng.random_range(0..OFFSETS.len())];
    let sign = if minutes < 0 { '-' } else { '+' };
    let suffix = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let plain = calendar.text(i64::from(at), "Z");
    for column in [source.moment(), source.column("updated_at")]
        .into_iter()
        .flatten()
    {
        if row.fields[column] == plain {
            row.fields[column] = calendar.text(i64::from(at) + minutes * 60, &suffix);
        }
    }
}

/// Puts text where money or a moment belongs; says which.
pub fn bad_value(row: &mut Row, source: Source, rng: &mut ChaCha8Rng) -> &'static str {
    let money: &[&str] = match source {
        Source::Purchases => &["amount", "amount", "discount"],
        Source::Products => &["reward_per_unit"],
        _ => &[],
    };
    let moment = source.moment().or_else(|| source.column("updated_at"));
    if !money.is_empty() && rng.random_bool(0.6) {
        if let Some(column) = source.column(money[rng.random_range(0..money.len())]) {
            NO_MONEY[rng.random_range(0..NO_MONEY.len())].clone_into(&mut row.fields[column]);
        }
        return "money";
    }
    if let Some(column) = moment {
        NO_MOMENTS[rng.random_range(0..NO_MOMENTS.len())].clone_into(&mut row.fields[column]);
    }
    "moment"
}

/// Changes a field that nothing else depends on; never to what it was.
pub fn change(row: &mut Row, source: Source, at: u32, calendar: &Calendar, rng: &mut ChaCha8Rng) {
    match source {
        Source::Purchases => {
            let column = source.column("amount").unwrap_or_default();
            let cents: u64 = row.fields[column].replace('.', "").parse().unwrap_or(0);
            let cents = cents + rng.random_range(1..400u64);
            row.fields[column] = format!("{}.{:02}", cents / 100, cents % 100);
        }
        Source::Events => {
            // Within the same UTC day, so that it is not in the future of a file of that day.
            let seconds = rng.random_range(1..30u32);
            let shifted = if at % DAY + seconds < DAY {
                at + seconds
            } else {
                at - seconds
            };
            row.fields[3] = calendar.text(i64::from(shifted), "Z");
        }
        Source::Users => {
            row.fields[1] =
                row.fields[1].replacen('@', &format!(".{}@", rng.random_range(2..999)), 1);
        }
        Source::Referrals => {
            let other = ["sms", "email", "link", "qr", "print"];
            let now = other.iter().position(|c| *c == row.fields[3]).unwrap_or(4);
            other[(now + rng.random_range(1..5usize)) % 5].clone_into(&mut row.fields[3]);
        }
        Source::Schools => row.fields[1] += &format!(" {}", rng.random_range(2..99)),
        Source::Products => row.fields[7] += &format!(" x{}", rng.random_range(2..99)),
    }
}

/// Turns the row into a line that no reader can take apart.
pub fn malform(
    row: &mut Row,
    source: Source,
    layout: Layout,
    new_column: bool,
    rng: &mut ChaCha8Rng,
) {
    let line = encode::line(&row.fields, source, layout, new_column);
    let line = match layout {
        Layout::JsonLines => {
            let cut = line.len() * rng.random_range(3..9) / 10;
            line.get(..cut).unwrap_or("{").to_owned()
        }
        Layout::Csv | Layout::Parquet => match rng.random_range(0..3) {
            0 => format!("{line},surplus"),
            1 => {
                // Cut within the first columns, which hold ids only.
                let commas = rng.random_range(1..3);
                let end = line
                    .match_indices(',')
                    .nth(commas)
                    .map_or(line.len() / 2, |(at, _)| at);
                line[..end].to_owned()
            }
            _ => {
                let at = line.find(',').map_or(0, |at| at + 1);
                format!("{}\"{}", &line[..at], &line[at..])
            }
        },
    };
    row.fields = vec![line];
    row.raw = true;
}
