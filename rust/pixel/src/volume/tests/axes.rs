//! Images that share positions: the axes that tell them apart, and what tells nothing.

use super::*;

/// `count` images at each of these heights, one position after the other.
fn stacked(heights: &[f64], count: usize) -> Vec<SliceHeader> {
    axial(&heights.iter().flat_map(|&height| vec![height; count]).collect::<Vec<_>>())
}

fn names(volume: &Arrangement) -> Vec<(&str, usize)> {
    volume.axes.iter().map(|axis| (axis.name.as_str(), axis.length)).collect()
}

fn numbers(volume: &Arrangement, name: &str) -> Vec<f64> {
    let all = volume.axes.iter().flat_map(|axis| &axis.coordinates);
    match all.into_iter().find(|told| told.name == name).map(|told| &told.values) {
        Some(Values::Numbers(numbers)) => numbers.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn echoes_are_an_axis_whatever_the_order_of_the_files() {
    let mut slices = with(stacked(&[0.0, 3.0, 6.0], 2), |n, slice| {
        slice.echo_time = Some(if n % 2 == 0 { 9.2 } else { 4.6 });
        slice.acquisition_number = Some(1);
    });
    for _ in 0..6 {
        let volume = good(&slices);
        assert_eq!(names(&volume), [("echo", 2)]);
        assert_eq!(volume.depth, 3);
        assert_eq!(numbers(&volume, "echo_time"), [4.6, 9.2]);
        assert_eq!(order(&volume), [1, 3, 5, 0, 2, 4].map(Some));
        slices.rotate_left(1);
    }
}

#[test]
fn time_points_are_an_axis_with_what_goes_with_them() {
    let slices = with(axial(&[0.0, 1.0, 2.0].repeat(5)), |n, slice| {
        slice.temporal_position = Some(n as i64 / 3 + 1);
        slice.acquisition_number = Some(n as i64 / 3 + 70);
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("time", 5)]);
    assert_eq!(numbers(&volume, "time"), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(numbers(&volume, "acquisition"), [70.0, 71.0, 72.0, 73.0, 74.0]);
    assert_eq!(order(&volume), (0..15).map(Some).collect::<Vec<_>>());
    assert_eq!(volume.report.missing, [0_usize; 0]);
}

#[test]
fn five_axes_are_time_outside_of_echoes() {
    let slices = with(stacked(&[0.0, 1.0], 6), |n, slice| {
        slice.temporal_position = Some((n % 3) as i64);
        slice.echo_number = Some((n / 3 % 2) as i64);
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("time", 3), ("echo", 2)]);
    assert_eq!(order(&volume)[..4], [0, 6, 3, 9].map(Some));
}

#[test]
fn b_values_come_with_directions_in_the_order_they_were_taken_in() {
    let shell = [(0.0, None), (1000.0, Some([1.0, 0.0, 0.0])), (0.0, None), (1000.0, Some([0.0, 1.0, 0.0]))];
    let slices = with(axial(&[0.0, 2.0].repeat(4)), |n, slice| {
        (slice.b_value, slice.gradient) = (Some(shell[n / 2].0), shell[n / 2].1);
        slice.temporal_position = Some(n as i64 / 2);
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("b_value", 4)]);
    assert_eq!(numbers(&volume, "b_value"), [0.0, 1000.0, 0.0, 1000.0]);
    let directions = &volume.axes[0].coordinates[1];
    let Values::Vectors(directions) = &directions.values else { panic!("{directions:?}") };
    assert!(directions[0][0].is_nan() && directions[2][0].is_nan());
    assert_eq!((directions[1], directions[3]), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]));
    assert_eq!(order(&volume), (0..8).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_place_of_the_grid_without_an_image_is_a_gap() {
    let whole = with(axial(&[0.0, 1.0, 2.0].repeat(3)), |n, slice| {
        slice.temporal_position = Some(n as i64 / 3 + 1);
    });
    let slices: Vec<_> = whole.into_iter().filter(|slice| slice.index != 4).collect();
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::MissingSlice);
    assert!(refusal.message.contains("1 of 9 slices are missing"), "{refusal}");
    let volume = filled(&slices);
    assert_eq!((volume.report.missing.as_slice(), volume.report.present), (&[4][..], 8));
    assert_eq!(names(&volume), [("time", 3)]);
}

#[test]
fn clocks_that_differ_between_positions_are_ranked_at_each() {
    let slices = with(axial(&[0.0, 1.0, 2.0].repeat(3)), |n, slice| {
        slice.acquisition_time = Some(format!("1200{:02}.{}", n * 3, n % 3));
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("time", 3)]);
    assert_eq!(numbers(&volume, "acquisition_time"), [0.0, 9.0, 18.0]);
    assert!(volume.report.notes.iter().any(|note| note.contains("acquisition_time differs")));
    // With two images of one position at one time nothing is certain any more.
    let slices = with(slices, |n, slice| {
        if n == 3 {
            slice.acquisition_time = Some("120000.0".to_owned());
        }
    });
    assert_eq!(refused(&slices).kind, ErrorKind::Geometry);
}

#[test]
fn a_key_that_has_no_field_is_an_axis_as_well() {
    let slices = with(stacked(&[0.0, 1.0], 2), |n, slice| {
        let value = Coordinate::Text(if n % 2 == 0 { "WATER" } else { "FAT" }.to_owned());
        slice.keys = vec![Key { name: "component".into(), unit: "", value }];
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("component", 2)]);
    assert_eq!(volume.axes[0].coordinates[0].values, Values::Texts(vec!["WATER".into(), "FAT".into()]));
}

#[test]
fn frames_of_one_file_are_slices() {
    let slices = with(axial(&[4.0, 2.0, 3.0, 1.0]), |n, slice| {
        (slice.index, slice.frame) = (0, u32::try_from(n).unwrap());
        slice.sop_instance_uid = Some("1.2.3.4".to_owned());
    });
    let volume = good(&slices);
    let frame = |slot: &Slot| match slot {
        Slot::Slice { frame, .. } => *frame,
        Slot::Missing => panic!("a gap"),
    };
    assert_eq!(volume.slots.iter().map(frame).collect::<Vec<_>>(), [3, 1, 2, 0]);
    assert!(volume.report.set_aside.is_empty());
}

#[test]
fn one_position_at_many_times_is_a_volume_of_one_slice() {
    let slices = with(axial(&[5.0; 4]), |n, slice| slice.trigger_time = Some(n as f64 * 40.0));
    let volume = good(&slices);
    assert_eq!((names(&volume), volume.depth), (vec![("phase", 4)], 1));
    assert_eq!(numbers(&volume, "trigger_time"), [0.0, 40.0, 80.0, 120.0]);
}

/// Ten volumes of three slices, told apart by Instance Number alone.
fn numbered(number: impl Fn(usize) -> usize, change: impl Fn(&mut SliceHeader)) -> Vec<SliceHeader> {
    with(axial(&[0.0, 1.0, 2.0].repeat(10)), |n, slice| {
        slice.instance_number = Some(number(n) as i64);
        change(slice);
    })
}

#[test]
fn instance_numbers_are_time_where_the_header_counts_the_volumes_too() {
    let planned = |slice: &mut SliceHeader| slice.temporal_positions = Some(10);
    // Volume after volume, and position after position.
    for number in [|n: usize| n, |n: usize| n % 3 * 10 + n / 3] {
        let volume = good(&numbered(number, planned));
        assert_eq!(names(&volume), [("time", 10)]);
        assert_eq!(order(&volume), (0..30).map(Some).collect::<Vec<_>>());
        assert!(volume.report.notes.iter().any(|note| note.contains("Instance Number")));
    }
    // A scan that was stopped: more were planned, and the images of one are counted.
    let stopped = |slice: &mut SliceHeader| {
        (slice.temporal_positions, slice.images_in_acquisition) = (Some(12), Some(3));
    };
    assert_eq!(names(&good(&numbered(|n| n, stopped))), [("time", 10)]);
}

#[test]
fn instance_numbers_alone_are_no_time() {
    let silent = |_: &mut SliceHeader| {};
    let other = |slice: &mut SliceHeader| slice.temporal_positions = Some(7);
    let planned = |slice: &mut SliceHeader| slice.temporal_positions = Some(10);
    // No count, another count, and numbers that run through two volumes at once.
    for slices in [
        numbered(|n| n, silent),
        numbered(|n| n, other),
        numbered(
            |n| {
                if n == 2 {
                    3
                } else if n == 3 {
                    2
                } else {
                    n
                }
            },
            planned,
        ),
    ] {
        assert_eq!(refused(&slices).kind, ErrorKind::Geometry);
    }
}

#[test]
fn acquisitions_that_follow_each_other_are_time() {
    let slices = with(axial(&[0.0, 1.0, 2.0].repeat(2)), |n, slice| {
        slice.acquisition_number = Some(n as i64 / 3);
        slice.acquisition_time = Some(format!("1200{:02}", n / 3 * 10 + n % 3));
    });
    let volume = good(&slices);
    assert_eq!(names(&volume), [("time", 2)]);
    assert_eq!(numbers(&volume, "acquisition"), [0.0, 1.0]);
    // Without times they are what they are called.
    let untimed = with(slices, |_, slice| slice.acquisition_time = None);
    assert_eq!(names(&good(&untimed)), [("acquisition", 2)]);
}

#[test]
fn trigger_times_are_time_where_no_heart_was_looked_at() {
    let of = |images| {
        let slices = with(axial(&[0.0, 1.0].repeat(3)), |n, slice| {
            slice.trigger_time = Some(100.0 * n as f64);
            slice.cardiac_images = images;
        });
        names(&good(&slices)).first().map(|(name, _)| (*name).to_owned()).unwrap()
    };
    assert_eq!([of(Some(0)), of(Some(3)), of(None)], ["time", "phase", "phase"]);
}

#[test]
fn a_fault_of_a_mosaic_is_the_refusal() {
    let slices = with(regular(2), |n, slice| slice.fault = (n == 1).then_some("a mosaic without its header"));
    let refusal = refused(&slices);
    assert_eq!(
        (refusal.kind, refusal.message.as_str()),
        (ErrorKind::Geometry, "a mosaic without its header")
    );
    assert_eq!(refusal.slices, [1]);
}
