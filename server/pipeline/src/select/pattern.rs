//! File-name patterns: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`.

/// Whether all of `text` is what the pattern describes.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    is_match(&pattern, &text)
}

fn is_match(pattern: &[char], text: &[char]) -> bool {
    // Where the last star stood, and how much of the text it has taken: only the last one needs to be tried again.
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => in_set(&pattern[p..], text[t]),
            Some(c) => (*c == text[t]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(step), _) => {
                p += step;
                t += 1;
            }
            (None, Some((at, taken))) => {
                star = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a character is in the set that the pattern begins with, and how long that set is written.
fn in_set(pattern: &[char], c: char) -> Option<usize> {
    // A bracket that is not closed stands for itself, and so does one right behind the opening one.
    let not = pattern.get(1) == Some(&'!');
    let first = if not { 2 } else { 1 };
    let Some(length) = pattern.iter().skip(first + 1).position(|c| *c == ']') else {
        return (c == '[').then_some(1);
    };
    let end = first + 1 + length;
    let set = &pattern[first..end];
    let mut found = false;
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == '-' {
            found |= (set[at]..=set[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= set[at] == c;
            at += 1;
        }
    }
    (found != not).then_some(end + 1)
}
