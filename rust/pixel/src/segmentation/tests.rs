//! The grid that frames stand on: what is put on it, and what is refused.
#![expect(clippy::float_cmp, reason = "these numbers are exact")]

use super::grid::{on, own};
use super::*;

const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

fn common(between: Option<f64>) -> Common {
    let plane = Plane::new(AXIAL).unwrap();
    Common { plane, spacing: [0.5, 0.5], between, thickness: Some(3.0), size: [4, 5] }
}

fn at(heights: &[f64]) -> Vec<[f64; 3]> {
    heights.iter().map(|z| [1.0, 2.0, *z]).collect()
}

#[test]
fn frames_of_several_segments_stand_in_one_place() {
    let grid = own(&common(None), &at(&[5.0, 0.0, 2.5, 0.0, 5.0])).unwrap();
    assert_eq!((grid.shape, grid.places), ([3, 4, 5], vec![2, 0, 1, 0, 2]));
    assert_eq!(grid.affine[2], [2.5, 0.0, 0.0, 0.0]);
}

#[test]
fn sparse_frames_stand_on_the_spacing_that_is_stated_where_it_fits() {
    let heights = at(&[0.0, 5.0, 15.0]);
    let stated = own(&common(Some(2.5)), &heights).unwrap();
    assert_eq!((stated.shape[0], stated.spacing_source), (7, "spacing between slices"));
    let other = own(&common(Some(2.0)), &heights).unwrap();
    assert_eq!((other.shape[0], other.spacing_source, other.places), (4, "positions", vec![0, 1, 3]));
}

#[test]
fn one_place_takes_what_is_stated() {
    let one = |between, thickness| own(&Common { thickness, ..common(between) }, &at(&[7.0, 7.0])).unwrap();
    assert_eq!(one(Some(2.0), Some(3.0)).affine[2][0], 2.0);
    assert_eq!(one(None, Some(3.0)).affine[2][0], 3.0);
    assert_eq!(one(None, None).spacing_source, "nothing: one slice");
}

#[test]
fn what_stands_on_no_grid_is_refused() {
    for heights in [vec![0.0, 1.0, 2.4], vec![0.0, 1.0, 1.5, 1e5], vec![0.0, 1e-2, 9e5]] {
        assert_eq!(own(&common(None), &at(&heights)).unwrap_err().kind(), ErrorKind::Geometry, "{heights:?}");
    }
    let mut shifted = at(&[0.0, 1.0, 2.0]);
    shifted[1][0] += 0.3;
    assert!(own(&common(None), &shifted).unwrap_err().message().contains("shifted"));
    let beside: Vec<[f64; 3]> = (0..4).map(|n| [f64::from(n) * 5.0, 2.0, f64::from(n)]).collect();
    assert!(own(&common(None), &beside).unwrap_err().message().contains("beside each other"));
}

#[test]
fn a_tilted_gantry_is_a_sheared_matrix() {
    let leaning: Vec<[f64; 3]> = (0..4).map(|n| [1.0, 2.0 + 0.4 * f64::from(n), f64::from(n)]).collect();
    let grid = own(&common(None), &leaning).unwrap();
    assert_eq!([grid.affine[1][0], grid.affine[2][0]].map(|v| (v * 1e6).round()), [4e5, 1e6]);
    assert!(grid.deviation < 1e-9);
}

#[test]
fn what_stands_on_its_own_grid_stands_on_the_same_grid_of_a_volume() {
    let leaning = |aside: f64, up: f64| -> Vec<[f64; 3]> {
        [(0.0, 0.0), (2.0, 1.0), (4.0 + aside, 2.0 + up), (6.0, 3.0), (6.0, 3.0 + up / 200.0)]
            .map(|(y, z)| [1.0, y / 5.0, z])
            .to_vec()
    };
    // Beside their places by more than a tenth of a pixel and less than a tenth of a step; then as much as is borne.
    let ends =
        [(0.4, 0.0, false), (0.2, 0.0, true), (0.0, 0.09, true), (0.24, 0.099, true), (0.24, 0.3, false)];
    for (aside, up, stands) in ends {
        let frames = leaning(aside, up);
        let own = own(&common(None), &frames);
        assert_eq!(own.is_ok(), stands, "{aside} {up}: {own:?}");
        if let Ok(own) = own {
            let same = on(&common(None), &frames, own.shape, own.affine).unwrap();
            assert_eq!((same.places, same.deviation), (own.places, own.deviation), "{aside} {up}");
        }
    }
}

#[test]
fn rounded_positions_do_not_add_up() {
    let heights: Vec<f64> = (0..400).map(|n| (f64::from(n) * 0.333_333 * 100.0).round() / 100.0).collect();
    let grid = own(&common(None), &at(&heights)).unwrap();
    assert_eq!(grid.shape[0], 400);
    assert!(grid.deviation <= 0.01);
}

#[test]
fn a_volume_takes_the_frames_that_stand_on_it() {
    let matrix = |step: f64, z: f64| {
        [[0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 0.0, 2.0], [step, 0.0, 0.0, z], [0.0, 0.0, 0.0, 1.0]]
    };
    let frames = at(&[0.0, 2.0, 4.0]);
    let placed = |shape, matrix| on(&common(None), &frames, shape, matrix);
    assert_eq!(placed([5, 4, 5], matrix(2.0, -2.0)).unwrap().places, [1, 2, 3]);
    // Slices that run the other way are the same slices.
    assert_eq!(placed([5, 4, 5], matrix(-2.0, 4.0)).unwrap().places, [2, 1, 0]);
    let said = |shape, matrix| placed(shape, matrix).unwrap_err().message().to_owned();
    assert!(said([5, 4, 6], matrix(2.0, 0.0)).contains("4 rows and 5 columns"));
    assert!(said([2, 4, 5], matrix(2.0, 0.0)).contains("frame 3 would be slice 2 of a volume of 2"));
    assert!(said([5, 4, 5], matrix(3.0, 0.0)).contains("frame 2 lies 1.0000 mm beside"));
    assert!(said([5, 4, 5], matrix(2.0, 0.5)).contains("frame 1 lies 0.5000 mm beside"));
    let mut other = matrix(2.0, 0.0);
    other[0][3] = 3.0;
    assert!(said([5, 4, 5], other).contains("shifted in the volume's plane, by 2.0000 mm"));
    let mut other = matrix(2.0, 0.0);
    other[0][2] = 0.6;
    assert!(said([5, 4, 5], other).contains("columns of the segmentation are 0.500000 mm apart"));
    let mut other = matrix(2.0, 0.0);
    other[1][2] = 0.2;
    assert!(said([5, 4, 5], other).contains("turned"));
    assert!(placed([5, 4, 5], [[f64::NAN; 4]; 4]).is_err());
    assert!(placed([0, 4, 5], matrix(2.0, 0.0)).is_err());
}
