//! Vectors, the plane of a slice, and the affine matrix of a grid of voxels.

/// A point or direction in the patient's coordinates: left, posterior, superior (PS3.3 C.7.6.2.1.1).
pub(crate) type Vector = [f64; 3];

/// The farthest a position may be from the origin, in millimetres: a kilometre. Below it f64 resolves 1e-10
/// mm.
pub(crate) const FARTHEST: f64 = 1e6;

/// How far a direction may be from unit length, or two from a right angle, before it is no orientation.
const CROOKED: f64 = 1e-2;

/// The scalar product.
pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The vector product.
pub(crate) fn cross(a: Vector, b: Vector) -> Vector {
    let ([ax, ay, az], [bx, by, bz]) = (a, b);
    [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
}

/// `a + factor * b`.
pub(crate) fn along(a: Vector, factor: f64, b: Vector) -> Vector {
    let mut sum = a;
    for (value, step) in sum.iter_mut().zip(b) {
        *value += factor * step;
    }
    sum
}

/// `a - b`.
pub(crate) fn between(a: Vector, b: Vector) -> Vector {
    along(a, -1.0, b)
}

/// `factor * a`.
pub(crate) fn scaled(a: Vector, factor: f64) -> Vector {
    a.map(|value| value * factor)
}

/// The length.
pub(crate) fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The directions of a slice's plane, each of unit length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plane {
    /// Where the column index grows: along a row.
    pub(crate) row: Vector,
    /// Where the row index grows: down a column.
    pub(crate) column: Vector,
    /// `row` x `column`.
    pub(crate) normal: Vector,
    /// How far the values of the header were from two unit vectors at a right angle.
    pub(crate) defect: f64,
}

impl Plane {
    /// The plane of Image Orientation (Patient), or `None` where its values are no two unit vectors at a
    /// right angle.
    pub(crate) fn new(values: [f64; 6]) -> Option<Self> {
        let row = *values.first_chunk()?;
        let column = *values.last_chunk()?;
        let (width, height) = (length(row), length(column));
        let skew = dot(row, column).abs();
        let defect = (width - 1.0).abs().max((height - 1.0).abs()).max(skew);
        // `max` forgets NaN, so the lengths are asked themselves.
        if !(width.is_finite() && height.is_finite() && skew.is_finite() && defect <= CROOKED) {
            return None;
        }
        let (row, column) = (scaled(row, width.recip()), scaled(column, height.recip()));
        let normal = cross(row, column);
        let normal = scaled(normal, length(normal).recip());
        Some(Self { row, column, normal, defect })
    }

    /// The largest turn of one of the two directions, in radians for small turns.
    pub(crate) fn turn(&self, other: &Self) -> f64 {
        length(between(self.row, other.row)).max(length(between(self.column, other.column)))
    }
}

/// The angle between two directions, whichever way they point, in degrees from 0 to 90.
pub(crate) fn angle(a: Vector, b: Vector) -> f64 {
    // atan2 keeps its digits at small angles, where acos loses half of them.
    length(cross(a, b)).atan2(dot(a, b).abs()).to_degrees()
}

/// A position that can be calculated with: finite and within a kilometre.
pub(crate) fn usable_position(position: Vector) -> bool {
    position.iter().all(|value| value.abs() <= FARTHEST)
}

/// A distance between rows, columns or slices that can be calculated with: from a picometre to ten metres.
pub(crate) fn usable_spacing(spacing: f64) -> bool {
    (1e-9..=1e4).contains(&spacing)
}

/// The matrix that takes (slice, row, column, 1) to patient millimetres, row by row.
pub(crate) fn affine(
    origin: Vector,
    step: Vector,
    plane: &Plane,
    [rows, columns]: [f64; 2],
) -> [[f64; 4]; 4] {
    let down = scaled(plane.column, rows);
    let across = scaled(plane.row, columns);
    let mut matrix = [[0.0, 0.0, 0.0, 1.0]; 4];
    let axes = step.into_iter().zip(down).zip(across).zip(origin);
    for (line, (((step, down), across), origin)) in matrix.iter_mut().zip(axes) {
        // + 0.0 turns -0.0 into 0.0.
        *line = [step + 0.0, down + 0.0, across + 0.0, origin + 0.0];
    }
    matrix
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_plane_of_an_axial_slice_looks_up() {
        let plane = Plane::new([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        assert_eq!(plane.normal, [0.0, 0.0, 1.0]);
    }

    #[test]
    fn what_is_no_orientation_is_none() {
        for values in [
            [0.0; 6],
            [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            [f64::NAN, 0.0, 0.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, f64::INFINITY, 0.0],
            [1e308, 1e308, 0.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 1.05, 0.0],
        ] {
            assert_eq!(Plane::new(values), None, "{values:?}");
        }
    }

    #[test]
    fn an_affine_maps_indices_to_millimetres() {
        let plane = Plane::new([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        let matrix = affine([-10.0, -20.0, -0.0], [0.0, 0.0, 3.0], &plane, [0.5, 0.25]);
        assert_eq!(matrix[0], [0.0, 0.0, 0.25, -10.0]);
        assert_eq!(matrix[1], [0.0, 0.5, 0.0, -20.0]);
        assert_eq!(matrix[2], [3.0, 0.0, 0.0, 0.0]);
        assert_eq!(matrix[3], [0.0, 0.0, 0.0, 1.0]);
        assert!(matrix.iter().flatten().all(|value| !(*value == 0.0 && value.is_sign_negative())));
    }
}
