//! What a chart shows, in a sentence, for people who cannot see it.

use marts::{Value, format};

use crate::series::{Point, Series};

/// The figure's name: "Retail spend by week".
#[must_use]
pub fn title(series: &Series) -> String {
    format!("{} by {}", series.label, series.grain.slug())
}

/// The range, the highest, the lowest and the latest figure of whole periods.
#[must_use]
pub fn summary(series: &Series) -> String {
    let (Some(first), Some(last)) = (series.points.first(), series.points.last()) else {
        return "No data.".to_owned();
    };
    let name = |p: &Point| format::period(p.day, series.grain);
    let range = if first.day == last.day {
        name(first)
    } else {
        format!("{} to {}", name(first), name(last))
    };
    let known: Vec<(&Point, f64)> = series
        .points
        .iter()
        .filter(|p| !p.partial)
        .filter_map(|p| Some((p, p.current?)))
        .collect();
    let say = |(p, v): &(&Point, f64)| {
        format!(
            "{} ({})",
            format::compact(&Value::Float(*v), series.unit),
            name(p)
        )
    };
    let highest = known.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let lowest = known.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let (Some(highest), Some(lowest), Some(latest)) = (highest, lowest, known.last()) else {
        return format!("{range}. No whole period with data.");
    };
    let unfinished = if last.partial {
        " The last period is not whole."
    } else {
        ""
    };
    format!(
        "{range}. Highest {}, lowest {}, latest whole period {}.{unfinished}",
        say(highest),
        say(lowest),
        say(latest)
    )
}
