//! The grid: order, steps, gaps, tilt, tolerance.

use super::*;

#[test]
fn a_regular_series_is_itself() {
    let slices = regular(200);
    let volume = good(&slices);
    assert_eq!(order(&volume), (0..200).map(Some).collect::<Vec<_>>());
    assert_eq!(volume.report.spacing, [1.0, 0.7, 0.7]);
    assert_eq!(volume.report.spacing_source, SpacingSource::Positions);
    assert_eq!((volume.report.tilt_degrees, volume.report.deviation), (0.0, 0.0));
    assert_eq!(volume.report.dtype, Dtype::I16);
    assert_eq!(volume.report.rescale, Rescale::Uniform { slope: 1.0, intercept: -1024.0 });
    assert!(volume.report.notes.is_empty() && volume.report.set_aside.is_empty());
    assert_eq!(volume.affine[0], [0.0, 0.0, 0.7, -180.0]);
    assert_eq!(volume.affine[1], [0.0, 0.7, 0.0, -170.0]);
    assert_eq!(volume.affine[2], [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn pixel_spacing_is_between_rows_first() {
    let slices = with(regular(2), |_, slice| slice.pixel_spacing = Some([0.5, 0.25]));
    let volume = good(&slices);
    assert_eq!(volume.report.spacing, [1.0, 0.5, 0.25]);
    assert_eq!(map(&volume.affine, [0.0, 10.0, 4.0]), [-179.0, -165.0, 0.0]);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let straight = good(&regular(9));
    let mut slices = regular(9);
    slices.reverse();
    assert_eq!(good(&slices), straight);
    slices.swap(1, 6);
    assert_eq!(good(&slices), straight);
}

#[test]
fn heights_ascend_whatever_the_instance_numbers_say() {
    let slices = axial(&[30.0, 27.0, 24.0, 21.0]);
    let volume = good(&slices);
    assert_eq!(order(&volume), [Some(3), Some(2), Some(1), Some(0)]);
    assert_eq!(volume.affine[2], [3.0, 0.0, 0.0, 21.0]);
}

#[test]
fn feet_first_columns_look_the_other_way() {
    let slices = with(regular(4), |_, slice| slice.orientation = Some([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    let volume = good(&slices);
    assert_eq!(order(&volume), [Some(3), Some(2), Some(1), Some(0)]);
    assert_eq!(volume.affine[2], [-1.0, 0.0, 0.0, 3.0]);
    assert_true_to_the_patient(&slices, &volume);
}

/// Twice oblique, with the digits of a decimal string.
#[test]
fn oblique_series_step_along_their_normal() {
    let (a, b) = (0.3_f64, 0.2_f64);
    let row = [a.cos(), a.sin(), 0.0];
    let column = [-a.sin() * b.cos(), a.cos() * b.cos(), b.sin()];
    let normal = geometry::cross(row, column);
    let round = |value: f64| (value * 1e6).round() / 1e6;
    let slices: Vec<_> = (0..60)
        .map(|n| {
            let at = [0, 1, 2].map(|axis| round(-100.0 + 2.5 * n as f64 * normal[axis]));
            let orientation = [row[0], row[1], row[2], column[0], column[1], column[2]].map(round);
            SliceHeader { orientation: Some(orientation), ..slice(n, at) }
        })
        .collect();
    let volume = good(&slices);
    assert!((volume.report.spacing[0] - 2.5).abs() < 1e-6);
    assert_eq!(volume.report.tilt_degrees, 0.0);
    assert!(volume.report.deviation < 1e-3, "{}", volume.report.deviation);
    assert_true_to_the_patient(&slices, &volume);
}

#[test]
fn a_tilted_gantry_is_a_sheared_matrix() {
    let tilt = 12.5_f64.to_radians();
    // The plane leans, the table moves along the patient's axis.
    let orientation = [1.0, 0.0, 0.0, 0.0, tilt.cos(), -tilt.sin()];
    let slices = with(axial(&(0..40).map(|n| 5.0 * f64::from(n)).collect::<Vec<_>>()), |_, slice| {
        slice.orientation = Some(orientation);
        slice.gantry_tilt = Some(12.5);
        slice.slice_thickness = Some(5.0);
    });
    let volume = good(&slices);
    assert!((volume.report.tilt_degrees - 12.5).abs() < 1e-9);
    assert!((volume.report.spacing[0] - 5.0).abs() < 1e-12);
    assert!((volume.report.plane_distance - 5.0 * tilt.cos()).abs() < 1e-12);
    assert!(volume.report.notes.is_empty(), "{:?}", volume.report.notes);
    assert_eq!(map(&volume.affine, [39.0, 0.0, 0.0]), [-180.0, -170.0, 195.0]);
    assert_true_to_the_patient(&slices, &volume);
}

#[test]
fn a_gap_in_a_tilted_series_keeps_the_shear() {
    let tilt = 20.0_f64.to_radians();
    let slices = with(axial(&[0.0, 3.0, 9.0, 12.0]), |_, slice| {
        slice.orientation = Some([1.0, 0.0, 0.0, 0.0, tilt.cos(), -tilt.sin()]);
    });
    let volume = filled(&slices);
    assert_eq!(volume.report.missing, [2]);
    assert!((volume.report.tilt_degrees - 20.0).abs() < 1e-9);
    assert_true_to_the_patient(&slices, &volume);
}

#[test]
fn a_tilt_that_the_positions_do_not_show_is_noted() {
    let slices = with(regular(5), |_, slice| slice.gantry_tilt = Some(-15.0));
    let volume = good(&slices);
    assert_eq!(volume.report.tilt_degrees, 0.0);
    assert!(volume.report.notes[0].contains("Gantry"));
}

#[test]
fn a_gap_is_refused_or_filled_and_never_closed() {
    let slices = axial(&[0.0, 1.0, 2.0, 4.0, 5.0]);
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::MissingSlice);
    assert!(refusal.message.contains("1 of 6"), "{refusal}");
    for missing in [Missing::Warn, Missing::Fill] {
        let volume = arrange(&slices, &Options { missing, ..Options::default() }).unwrap();
        assert_eq!(order(&volume), [Some(0), Some(1), Some(2), None, Some(3), Some(4)]);
        assert_eq!(volume.report.missing, [3]);
        assert_eq!(volume.report.spacing[0], 1.0);
        assert_eq!(volume.report.fill, Fill::Smallest);
        assert_true_to_the_patient(&slices, &volume);
    }
}

#[test]
fn several_gaps_of_several_slices() {
    let slices = axial(&[0.0, 2.5, 5.0, 12.5, 15.0, 17.5, 22.5, 25.0]);
    assert_eq!(filled(&slices).report.missing, [3, 4, 8]);
}

#[test]
fn where_most_steps_are_gaps_the_smallest_is_the_step() {
    assert_eq!(filled(&axial(&[0.0, 1.0, 3.0, 5.0, 7.0])).report.missing, [2, 4, 6]);
}

#[test]
fn a_gap_is_found_where_positions_are_rounded() {
    let round = |n: i32| (0.625 * f64::from(n) * 100.0).round() / 100.0;
    let slices = axial(&(0..120).filter(|&n| n != 77).map(round).collect::<Vec<_>>());
    let volume = filled(&slices);
    assert_eq!(volume.report.missing, [77]);
    assert!((volume.report.spacing[0] - 0.625).abs() < 1e-4);
    assert!(volume.report.deviation <= 0.01);
    assert_true_to_the_patient(&slices, &volume);
}

#[test]
fn more_gaps_than_slices_are_no_series() {
    for heights in [&[0.0, 1.0, 6.0][..], &[0.0, 1.0, 1e5], &[0.0, 0.002, 900_000.0]] {
        assert_eq!(refused(&axial(heights)).kind, ErrorKind::Geometry, "{heights:?}");
    }
}

#[test]
fn uneven_steps_are_refused() {
    for heights in [&[0.0, 1.0, 2.0, 3.5, 4.5][..], &[0.0, 1.0, 2.5], &[0.0, 1.0, 2.0, 3.3, 5.0, 6.1]] {
        let refusal = refused(&axial(heights));
        assert_eq!(refusal.kind, ErrorKind::Geometry);
        assert!(refusal.message.starts_with("uneven"), "{refusal}");
    }
}

/// A slice may stand off by a tenth of a step and 0.1 mm, and no more.
#[test]
fn the_tolerance_is_what_it_is_said_to_be() {
    for (step, within, beyond) in [(0.5, 0.049, 0.051), (3.0, 0.099, 0.101)] {
        let off = |by: f64| axial(&[0.0, step, 2.0 * step + by, 3.0 * step, 4.0 * step]);
        let report = good(&off(within)).report;
        assert!((report.deviation - within).abs() < 1e-9 && report.tolerance >= within);
        assert_eq!(refused(&off(beyond)).kind, ErrorKind::Geometry);
    }
}

#[test]
fn noise_of_decimal_strings_is_no_unevenness() {
    let noise = [3e-16, -2e-15, 1e-12, 0.0, -4e-10, 7e-5];
    let height = |n: i32| -123.456_789_012_345_67 + 1.25 * f64::from(n) + noise[n as usize % 6];
    let slices = axial(&(0..60).map(height).collect::<Vec<_>>());
    let volume = good(&slices);
    assert!((volume.report.spacing[0] - 1.25).abs() < 1e-5);
    assert!(volume.report.deviation < 1e-4 && volume.report.tolerance == 0.1);
    assert_true_to_the_patient(&slices, &volume);
}

#[test]
fn one_slice_alone_takes_its_thickness_from_the_header() {
    let mut one = regular(1);
    let volume = good(&one);
    assert_eq!(
        (volume.report.spacing[0], volume.report.spacing_source),
        (1.0, SpacingSource::SliceThickness)
    );
    assert_eq!(volume.report.notes.len(), 1);
    one[0].spacing_between_slices = Some(-3.5);
    let volume = good(&one);
    assert_eq!(volume.report.spacing_source, SpacingSource::SpacingBetweenSlices);
    assert_eq!(volume.affine[2], [3.5, 0.0, 0.0, 0.0]);
    for nothing in [None, Some(0.0), Some(f64::NAN), Some(f64::INFINITY)] {
        (one[0].spacing_between_slices, one[0].slice_thickness) = (nothing, nothing);
        assert_eq!(refused(&one).kind, ErrorKind::Geometry);
    }
}

#[test]
fn two_slices_define_a_step_and_a_tilt() {
    let straight = good(&axial(&[7.0, 2.0]));
    assert_eq!((straight.report.spacing[0], order(&straight)), (5.0, vec![Some(1), Some(0)]));
    let leaning = [slice(0, [0.0, 0.0, 0.0]), slice(1, [0.0, 1.0, 5.0])];
    assert!((good(&leaning).report.tilt_degrees - 0.2_f64.atan().to_degrees()).abs() < 1e-9);
    let beside = [slice(0, [0.0, 0.0, 0.0]), slice(1, [0.0, 100.0, 5.0])];
    assert!(refused(&beside).message.contains("beside"));
}

#[test]
fn tiles_in_one_plane_are_refused() {
    let slices: Vec<_> = (0..4).map(|n| slice(n, [100.0 * n as f64, 0.0, 0.0])).collect();
    let refusal = refused(&slices);
    assert!(refusal.message.contains("beside each other in one plane"), "{refusal}");
}

#[test]
fn a_slice_shifted_in_its_plane_is_refused() {
    let slices = with(regular(9), |n, slice| {
        if n == 4 {
            slice.position = Some([-175.0, -170.0, 4.0]);
        }
    });
    let refusal = refused(&slices);
    assert_eq!((refusal.kind, refusal.slices.as_slice()), (ErrorKind::Geometry, [4].as_slice()));
}

#[test]
fn a_header_that_disagrees_with_the_positions_is_noted() {
    let slices = with(axial(&[0.0, 2.0, 4.0, 6.0]), |_, slice| slice.spacing_between_slices = Some(1.0));
    let report = good(&slices).report;
    assert_eq!(report.spacing[0], 2.0);
    assert!(report.notes[0].contains("Spacing Between Slices says 1.0000"));
}

#[test]
fn microscopes_are_not_below_the_noise() {
    let slices = with(axial(&[0.0, 5e-4, 1e-3, 1.5e-3]), |_, slice| slice.pixel_spacing = Some([1e-4, 1e-4]));
    let volume = good(&slices);
    assert_eq!(volume.slots.len(), 4);
    assert!((volume.report.spacing[0] - 5e-4).abs() < 1e-12);
}
