//! Contours: whatever their numbers, a mask is what the rule says for each centre, or an error; and it is the same however points are
//! turned round.

use crate::contour::{Combine, Contour, Grid, OffPlane, Options, Shape, mask_into};

const SIDES: [u64; 3] = [3, 12, 9];

/// Takes any bytes as contours: each point two bytes for row and column, in eighths of a pixel; a byte of 255 begins the next contour.
///
/// # Panics
///
/// Where a mask is not what the rule says.
pub fn fuzz_contours(data: &[u8]) {
    let affine = [[0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    let grid = Grid::new(SIDES, affine).expect("a sound grid");
    let mut contours: Vec<Vec<f64>> = Vec::new();
    for part in data.split(|byte| *byte == 255).take(8) {
        let points = part.as_chunks::<2>().0.iter().take(64);
        contours.push(points.flat_map(|[row, column]| [eighths(*column), eighths(*row), 2.0]).collect());
    }
    let turned: Vec<Vec<f64>> = contours
        .iter()
        .map(|values| values.as_chunks::<3>().0.iter().rev().flatten().copied().collect())
        .collect();
    for combine in [Combine::Xor, Combine::Union] {
        let mask = filled(&contours, &grid, combine);
        assert_eq!(mask, filled(&turned, &grid, combine), "the way round makes no difference");
        let mut different = contours.clone();
        different
            .sort_by(|one, other| one.iter().map(|v| v.to_bits()).cmp(other.iter().map(|v| v.to_bits())));
        different.dedup();
        for (at, found) in mask.iter().enumerate() {
            let (slice, row, column) = (at / 108, at / 9 % 12, at % 9);
            let inside = different.iter().filter(|one| encloses(one, row, column)).count();
            let expected = if combine == Combine::Xor { inside % 2 == 1 } else { inside > 0 };
            assert_eq!(*found == 1, slice == 1 && expected, "row {row}, column {column}");
        }
    }
    anything(data, &grid);
}

/// Any numbers at all: an error, or a mask.
fn anything(data: &[u8], grid: &Grid) {
    let values: Vec<f64> = data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let options = Options {
        combine: Combine::Xor,
        tolerance: Some(1e9),
        off_plane: OffPlane::Nearest,
        skip_open: true,
        interpolate: 3,
    };
    for shape in [Shape::Closed, Shape::Point] {
        let contour = Contour { number: 1, shape, values: &values };
        let mut out = vec![0; 324];
        drop(mask_into(&[contour], grid, &options, &mut out, &here));
    }
}

fn here(count: usize, each: &(dyn Fn(usize) + Sync)) {
    (0..count).for_each(each);
}

fn eighths(byte: u8) -> f64 {
    (f64::from(byte) - 60.0) / 8.0
}

fn filled(contours: &[Vec<f64>], grid: &Grid, combine: Combine) -> Vec<u8> {
    let contours: Vec<Contour<'_>> = contours
        .iter()
        .enumerate()
        .map(|(at, values)| Contour { number: at + 1, shape: Shape::Closed, values })
        .collect();
    let options =
        Options { combine, tolerance: None, off_plane: OffPlane::Error, skip_open: false, interpolate: 0 };
    let mut out = vec![0; 324];
    mask_into(&contours, grid, &options, &mut out, &here).expect("plane contours make a mask");
    out
}

/// The rule in whole numbers: crossings of the row at or before the centre, in an odd number.
fn encloses(values: &[f64], row: usize, column: usize) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "whole eighths of small numbers")]
    let whole = |value: f64| (value * 8.0) as i64;
    let points: Vec<[i64; 2]> =
        values.as_chunks::<3>().0.iter().map(|[c, r, _]| [whole(*r), whole(*c)]).collect();
    let (row, column) = (8 * i64::try_from(row).expect("small"), 8 * i64::try_from(column).expect("small"));
    let next = points.iter().skip(1).chain(points.first());
    let crosses = |(one, other): &(&[i64; 2], &[i64; 2])| -> bool {
        let (from, to) = if one[0] <= other[0] { (*one, *other) } else { (*other, *one) };
        let [r0, c0] = *from;
        let [r1, c1] = *to;
        r0 <= row && row < r1 && (row - r0) * (c1 - c0) <= (column - c0) * (r1 - r0)
    };
    points.iter().zip(next).filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_contours;

    #[test]
    fn fuzz_polygons() {
        let square = [60, 60, 60, 100, 100, 100, 100, 60, 255, 70, 70, 70, 90, 90, 90, 90, 70];
        fuzz_contours(&square);
        let mut random = Random(20_261_129);
        for _ in rounds(8_000) {
            let mut data = square.to_vec();
            if random.below(2) == 0 {
                data = (0..random.below(80)).map(|_| 50 + random.byte() % 110).collect();
            }
            mutate(&mut random, &mut data, &[b"\xFF", b"<<<<", b"\0\0\0\0\0\0\xF0\x7F", b"DDLLDD"]);
            fuzz_contours(&data);
        }
    }
}
