//! Numbers as text, appended without allocating.

pub fn padded(to: &mut Vec<u8>, prefix: &[u8], value: u64, width: usize) {
    to.extend_from_slice(prefix);
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    let mut left = value;
    while left > 0 {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    to.extend_from_slice(&digits[start.min(digits.len() - width)..]);
}

/// `12.30`
pub fn cents(to: &mut Vec<u8>, cents: u32) {
    padded(to, b"", u64::from(cents / 100), 1);
    padded(to, b".", u64::from(cents % 100), 2);
}
