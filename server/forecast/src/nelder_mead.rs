//! Nelder and Mead's downhill simplex, for three parameters on a free scale.

type Point = [f64; 3];

const MOST_STEPS: usize = 600;

/// The point where `of` is smallest, from `start`; `None` where it does not settle. The same start gives the same end.
pub(crate) fn least(
    start: Point,
    step: f64,
    tolerance: f64,
    of: impl Fn(&Point) -> f64,
) -> Option<Point> {
    let value = |point: Point| {
        let found = of(&point);
        (point, if found.is_nan() { f64::INFINITY } else { found })
    };
    let mut simplex = vec![value(start)];
    for at in 0..3 {
        let mut corner = start;
        corner[at] += step;
        simplex.push(value(corner));
    }
    for _ in 0..MOST_STEPS {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, second, worst) = (simplex[0], simplex[2], simplex[3]);
        let size = simplex[1..]
            .iter()
            .flat_map(|(point, _)| (0..3).map(|at| (point[at] - best.0[at]).abs()))
            .fold(0.0, f64::max);
        if size < tolerance {
            return best.1.is_finite().then_some(best.0);
        }
        let mut middle = [0.0; 3];
        for (point, _) in &simplex[..3] {
            for (sum, part) in middle.iter_mut().zip(point) {
                *sum += part / 3.0;
            }
        }
        let towards = |share: f64| {
            let mut point = middle;
            for (at, part) in point.iter_mut().enumerate() {
                *part += share * (worst.0[at] - middle[at]);
            }
            value(point)
        };
        let reflected = towards(-1.0);
        let next = if reflected.1 < best.1 {
            let expanded = towards(-2.0);
            if expanded.1 < reflected.1 {
                expanded
            } else {
                reflected
            }
        } else if reflected.1 < second.1 {
            reflected
        } else {
            let contracted = towards(if reflected.1 < worst.1 { -0.5 } else { 0.5 });
            if contracted.1 >= worst.1.min(reflected.1) {
                for corner in &mut simplex[1..] {
                    let mut point = best.0;
                    for (at, part) in point.iter_mut().enumerate() {
                        *part += 0.5 * (corner.0[at] - best.0[at]);
                    }
                    *corner = value(point);
                }
                continue;
            }
            contracted
        };
        simplex[3] = next;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_finds_the_bottom_of_a_bent_valley() {
        // Rosenbrock's, with a bowl beside it.
        let valley = |p: &Point| {
            100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2) + (p[2] + 2.0).powi(2)
        };
        let found = least([-1.2, 1.0, 0.0], 0.5, 1e-9, valley).unwrap();
        for (found, true_) in found.iter().zip([1.0, 1.0, -2.0]) {
            assert!((found - true_).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn what_has_no_value_anywhere_has_no_least_one() {
        assert_eq!(least([0.0; 3], 0.5, 1e-9, |_| f64::NAN), None);
    }
}
