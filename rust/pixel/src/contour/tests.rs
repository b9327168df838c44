//! Where contours lie, and what becomes of them; which centres they enclose is held to a rule in whole numbers by `fuzz/contours.rs`.

use radiogram_core::ErrorKind;

use super::*;

const AFFINE: [[f64; 4]; 4] =
    [[0.0, 0.0, 0.5, -10.0], [0.0, 0.5, 0.0, -20.0], [3.0, 0.0, 0.0, 40.0], [0.0, 0.0, 0.0, 1.0]];
const OPTIONS: Options = Options {
    combine: Combine::Xor,
    tolerance: None,
    off_plane: OffPlane::Error,
    skip_open: false,
    interpolate: 0,
};

fn here(count: usize, each: &(dyn Fn(usize) + Sync)) {
    (0..count).for_each(each);
}

/// A square from corner to corner, in rows and columns, at a height.
fn square(from: f64, to: f64, z: f64) -> Vec<f64> {
    let at = |row: f64, column: f64| [column * 0.5 - 10.0, row * 0.5 - 20.0, z];
    [at(from, from), at(from, to), at(to, to), at(to, from)].concat()
}

fn mask(contours: &[(Shape, Vec<f64>)], options: &Options) -> Result<(Vec<u8>, Report)> {
    let grid = Grid::new([4, 8, 8], AFFINE)?;
    let contours: Vec<Contour<'_>> = contours
        .iter()
        .enumerate()
        .map(|(at, (shape, values))| Contour { number: at + 1, shape: *shape, values })
        .collect();
    let mut out = vec![0; 256];
    let report = mask_into(&contours, &grid, options, &mut out, &here)?;
    Ok((out, report))
}

fn count(out: &[u8], slice: usize) -> usize {
    out[slice * 64..][..64].iter().map(|voxel| usize::from(*voxel)).sum()
}

#[test]
fn an_edge_on_centres_belongs_to_what_is_behind_it() {
    let (out, report) = mask(&[(Shape::Closed, square(1.0, 4.0, 43.0))], &OPTIONS).unwrap();
    let inside: Vec<usize> =
        out.iter().enumerate().filter(|(_, v)| **v == 1).map(|(at, _)| at - 64).collect();
    assert_eq!(inside, [9, 10, 11, 17, 18, 19, 25, 26, 27]);
    assert_eq!((report.slices, report.used), (1, 1));
}

#[test]
fn an_inner_contour_is_a_hole_or_part_of_the_union() {
    let both = [(Shape::Closed, square(0.0, 6.0, 40.0)), (Shape::Closed, square(1.0, 3.0, 40.0))];
    assert_eq!(count(&mask(&both, &OPTIONS).unwrap().0, 0), 36 - 4);
    let union = Options { combine: Combine::Union, ..OPTIONS };
    assert_eq!(count(&mask(&both, &union).unwrap().0, 0), 36);
}

#[test]
fn a_contour_that_is_there_twice_counts_once() {
    let both = [(Shape::Closed, square(0.0, 6.0, 40.0)), (Shape::Closed, square(0.0, 6.0, 40.0))];
    let (out, report) = mask(&both, &OPTIONS).unwrap();
    assert_eq!((count(&out, 0), report.repeated, report.used), (36, 1, 2));
}

#[test]
fn between_slices_there_is_nothing_unless_it_is_asked_for() {
    let one = [(Shape::Closed, square(0.0, 6.0, 41.0))];
    let error = mask(&one, &OPTIONS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Geometry);
    assert!(error.message().contains("1.0000 mm beside"), "{error}");
    let nearest = Options { off_plane: OffPlane::Nearest, ..OPTIONS };
    let (out, report) = mask(&one, &nearest).unwrap();
    assert_eq!((count(&out, 0), report.deviation), (36, 1.0));
    let skip = Options { off_plane: OffPlane::Skip, ..OPTIONS };
    assert_eq!(mask(&one, &skip).unwrap().1.off_plane, 1);
    let wide = Options { tolerance: Some(1.5), ..OPTIONS };
    assert_eq!(count(&mask(&one, &wide).unwrap().0, 0), 36);
}

#[test]
fn a_contour_across_slices_is_refused() {
    let mut across = square(0.0, 6.0, 40.0);
    across[2] = 46.0;
    for off_plane in [OffPlane::Error, OffPlane::Nearest, OffPlane::Skip] {
        let error = mask(&[(Shape::Closed, across.clone())], &Options { off_plane, ..OPTIONS }).unwrap_err();
        assert!(error.message().contains("no slice's plane"), "{error}");
    }
}

#[test]
fn what_is_outside_is_told_and_all_outside_refused() {
    let inside = (Shape::Closed, square(0.0, 6.0, 49.0));
    let outside = (Shape::Closed, square(0.0, 6.0, 52.0));
    let (out, report) = mask(&[inside, outside.clone()], &OPTIONS).unwrap();
    assert_eq!((count(&out, 3), report.outside), (36, 1));
    assert_eq!(mask(&[outside], &OPTIONS).unwrap_err().kind(), ErrorKind::Geometry);
}

#[test]
fn points_are_of_their_voxel_and_lines_enclose_nothing() {
    let point = (Shape::Point, vec![-10.0 + 0.5 * 2.4, -20.0 + 0.5 * 4.6, 44.4]);
    let (out, _) = mask(std::slice::from_ref(&point), &OPTIONS).unwrap();
    assert_eq!(out.iter().position(|voxel| *voxel == 1), Some(64 + 5 * 8 + 2));
    let line = (Shape::Open, square(0.0, 6.0, 40.0));
    assert_eq!(mask(std::slice::from_ref(&line), &OPTIONS).unwrap_err().kind(), ErrorKind::Argument);
    let skip = Options { skip_open: true, ..OPTIONS };
    assert_eq!(mask(&[point, line], &skip).unwrap().1.open, 1);
}

#[test]
fn numbers_that_are_no_points_are_refused() {
    for values in [vec![0.0; 4], vec![f64::NAN; 9], vec![1e7; 9]] {
        assert_eq!(mask(&[(Shape::Closed, values)], &OPTIONS).unwrap_err().kind(), ErrorKind::Geometry);
    }
}

#[test]
fn outlines_that_cross_rows_too_often_are_refused() {
    let grid = Grid::new(
        [1, 60_000, 2],
        [[0.0, 0.0, 1.0, 0.0], [0.0, 1e-3, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0; 4]],
    );
    let values: Vec<f64> =
        (0..3000).flat_map(|at| [0.5, if at % 2 == 0 { 0.0 } else { 60.0 }, 0.0]).collect();
    let contour = Contour { number: 1, shape: Shape::Closed, values: &values };
    let error = mask_into(&[contour], &grid.unwrap(), &OPTIONS, &mut vec![0; 120_000], &here).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn many_crossings_go_through_in_bands() {
    // A comb of 700 teeth over 2,000 rows: 2.8 million crossings.
    let points = |at: u32| [f64::from(at) / 2.0 + 0.25, if at.is_multiple_of(2) { -1.0 } else { 2000.5 }];
    let mut outline: Vec<[f64; 2]> = (0..1400)
        .map(|at| {
            let [c, r] = points(at);
            [r, c]
        })
        .collect();
    outline.push([-1.0, 700.25]);
    outline.push([-2.0, 700.25]);
    outline.push([-2.0, 0.25]);
    let mut bands = vec![0_u32; 2000];
    fill::fill(&[&outline], 2000, 700, &mut |row, span| bands[row] += u32::try_from(span.len()).unwrap())
        .unwrap();
    let mut alone = vec![0_u32; 2000];
    for (row, sum) in alone.iter_mut().enumerate() {
        let moved: Vec<[f64; 2]> =
            outline.iter().map(|[r, c]| [r - f64::from(u16::try_from(row).unwrap()), *c]).collect();
        if row % 97 == 0 {
            fill::fill(&[&moved], 1, 700, &mut |_, span| *sum += u32::try_from(span.len()).unwrap()).unwrap();
            assert_eq!(*sum, bands[row], "row {row}");
        }
    }
    assert!(bands.iter().filter(|sum| **sum > 100).count() > 900);
}

#[test]
fn gaps_are_filled_where_that_is_asked_for() {
    let both = [(Shape::Closed, square(1.0, 7.0, 40.0)), (Shape::Closed, square(2.0, 4.0, 49.0))];
    assert_eq!(mask(&both, &Options { interpolate: 1, ..OPTIONS }).unwrap().1.interpolated, 0);
    let (out, report) = mask(&both, &Options { interpolate: 2, ..OPTIONS }).unwrap();
    let counts = [0, 1, 2, 3].map(|slice| count(&out, slice));
    assert_eq!(report.interpolated, 2);
    assert!(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] >= counts[3], "{counts:?}");
    let same = [(Shape::Closed, square(1.0, 5.0, 40.0)), (Shape::Closed, square(1.0, 5.0, 49.0))];
    let (out, _) = mask(&same, &Options { interpolate: 9, ..OPTIONS }).unwrap();
    assert!((0..4).all(|slice| out[slice * 64..][..64] == out[..64]));
}
