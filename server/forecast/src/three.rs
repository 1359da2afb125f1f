//! Matrices of three parameters.

pub(crate) type Vector = [f64; 3];
pub(crate) type Matrix = [[f64; 3]; 3];

/// The inverse; `None` of a matrix that has none that is of use.
pub(crate) fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |i: usize, j: usize| {
        let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant = (0..3).map(|j| m[0][j] * minor(0, j)).sum::<f64>();
    if !determinant.is_finite() || determinant.abs() < f64::MIN_POSITIVE {
        return None;
    }
    let mut found = [[0.0; 3]; 3];
    for (i, row) in found.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = minor(j, i) / determinant;
        }
    }
    Some(found)
}

pub(crate) fn times(m: &Matrix, v: &Vector) -> Vector {
    let mut found = [0.0; 3];
    for (row, sum) in m.iter().zip(&mut found) {
        *sum = row.iter().zip(v).map(|(a, b)| a * b).sum();
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_matrix_and_its_inverse_leave_a_vector_as_it_is() {
        let m = [[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 6.0]];
        let v = times(&inverse(&m).unwrap(), &times(&m, &[1.0, 2.0, 3.0]));
        for (found, was) in v.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - was).abs() < 1e-12);
        }
        assert_eq!(
            inverse(&[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]),
            None
        );
    }
}
