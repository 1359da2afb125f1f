//! When in the day people shop, in their own local time.

/// The first second of shopping, local.
pub const OPENS: u32 = 6 * 3600;
/// The end of shopping, local. Before 23:00 Central is before midnight Eastern, so a shopper's day
/// and the reporting day are the same day.
pub const CLOSES: u32 = 23 * 3600;

/// Shares of the hours from 6 to 22.
const WORKDAY: [f64; 17] = [
    0.3, 0.9, 1.2, 1.6, 2.2, 2.9, 3.2, 2.6, 2.5, 3.2, 4.5, 6.0, 5.6, 4.4, 3.0, 1.8, 0.8,
];
const WEEKEND: [f64; 17] = [
    0.2, 0.8, 2.0, 3.6, 5.2, 5.8, 5.6, 5.2, 4.9, 4.6, 4.4, 3.9, 3.0, 2.2, 1.5, 0.9, 0.4,
];

/// The second of the local day at which the share `unit` of the day's shopping is done.
pub fn second_of_day(weekend: bool, unit: f64) -> u32 {
    let hours = if weekend { &WEEKEND } else { &WORKDAY };
    let total: f64 = hours.iter().sum();
    let mut left = unit * total;
    for (hour, &share) in (0u32..).zip(hours) {
        if left < share {
            return OPENS + hour * 3600 + ((left / share) * 3600.0) as u32;
        }
        left -= share;
    }
    CLOSES - 1
}
