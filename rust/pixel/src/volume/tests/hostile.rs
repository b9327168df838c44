//! Numbers that no scanner writes: no panic, and no volume in silence.

use super::*;

#[test]
fn slices_without_geometry_are_refused() {
    type Change = fn(&mut SliceHeader);
    let changes: [Change; 6] = [
        |slice| slice.position = None,
        |slice| slice.orientation = None,
        |slice| slice.pixel_spacing = None,
        |slice| slice.pixel_spacing = Some([0.0, 0.7]),
        |slice| slice.pixel_spacing = Some([-0.7, 0.7]),
        |slice| slice.orientation = Some([0.0; 6]),
    ];
    for change in changes {
        let all = with(regular(3), |_, slice| change(slice));
        assert_eq!(refused(&all).kind, ErrorKind::Geometry);
        let one = with(regular(3), |n, slice| {
            if n == 1 {
                change(slice);
            }
        });
        assert_eq!((refused(&one).kind, refused(&one).slices), (ErrorKind::Geometry, vec![1]));
    }
}

#[test]
fn what_is_no_uid_is_not_repeated_in_a_message() {
    let slices = with(regular(4), |n, slice| {
        slice.series_instance_uid = Some(if n < 2 { "DOE^JANE" } else { "1.2.3" }.into());
        slice.modality = Some("Doe, Jane".into());
    });
    let refusal = refused(&slices);
    assert!(!refusal.message.to_lowercase().contains("doe"), "{refusal}");
}

#[test]
fn a_volume_larger_than_the_limit_is_refused() {
    let slices = with(regular(3), |_, slice| (slice.rows, slice.columns) = (Some(u32::MAX), Some(u32::MAX)));
    assert_eq!(refused(&slices).kind, ErrorKind::Limit);
}

#[test]
fn a_thousand_planes_are_not_compared_a_million_times() {
    let slices = with(regular(20_000), |n, slice| slice.rows = u32::try_from(n + 1).ok());
    assert_eq!(refused(&slices).kind, ErrorKind::Geometry);
    let copies = with(regular(20_000), |_, slice| slice.sop_instance_uid = Some("1.2".into()));
    assert_eq!(good(&copies).slots.len(), 20_000);
}

/// Every numeric field takes every hostile number, in one slice and in all: what is accepted is finite and
/// true.
#[test]
fn hostile_numbers_never_become_a_volume_in_silence() {
    type Put = fn(&mut SliceHeader, f64);
    let fields: [Put; 13] = [
        |s, v| s.position = Some([v, 0.0, 0.0]),
        |s, v| s.position = Some([0.0, 0.0, v]),
        |s, v| s.position = Some([v; 3]),
        |s, v| s.orientation = Some([v, 0.0, 0.0, 0.0, 1.0, 0.0]),
        |s, v| s.orientation = Some([v; 6]),
        |s, v| s.pixel_spacing = Some([v, 1.0]),
        |s, v| s.pixel_spacing = Some([v, v]),
        |s, v| s.slice_thickness = Some(v),
        |s, v| s.spacing_between_slices = Some(v),
        |s, v| s.gantry_tilt = Some(v),
        |s, v| s.slope = Some(v),
        |s, v| s.intercept = Some(v),
        |s, v| s.echo_time = Some(v),
    ];
    let (least, most) = (f64::MIN_POSITIVE, f64::MAX);
    let numbers =
        [f64::NAN, f64::INFINITY, -f64::INFINITY, most, -most, 5e-324, least, -0.0, 0.0, 1e20, 9e5, 2.0];
    for count in [1, 2, 3, 7] {
        for (put, number) in fields.into_iter().flat_map(|put| numbers.map(|number| (put, number))) {
            for chosen in [Some(0), Some(count as usize - 1), None] {
                let slices = with(regular(count), |n, slice| {
                    if chosen.is_none_or(|chosen| n == chosen) {
                        put(slice, number);
                    }
                });
                assert_sound_or_refused(&slices);
            }
        }
    }
}

fn assert_sound_or_refused(slices: &[SliceHeader]) {
    let options = Options { missing: Missing::Fill, ..Options::default() };
    let Ok(volume) = arrange(slices, &options) else { return };
    assert!(volume.affine.iter().flatten().all(|value| value.is_finite()));
    assert!(volume.slots.len() <= 2 * slices.len());
    let axis = |number: usize| [0, 1, 2].map(|line| volume.affine[line][number]);
    assert!(geometry::dot(axis(0), geometry::cross(axis(2), axis(1))) > 0.0, "the grid has no extent");
    assert_true_to_the_patient(slices, &volume);
}

/// Random heights on and off a grid, from a fixed seed: what is accepted is true, and what stands on a grid
/// is accepted.
#[test]
fn random_series_are_true_or_refused() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).unwrap() % below
    };
    let mut accepted = 0;
    for round in 0..2000 {
        let step = f64::from(random(500) + 10) / 100.0;
        let jitter = if round % 2 == 0 { 0.0 } else { step };
        let mut heights = vec![0.0, step];
        for n in 2..2 + random(40) {
            if random(10) > 0 {
                heights.push(f64::from(n) * step + jitter * (f64::from(random(1000)) / 1000.0 - 0.5) / 4.0);
            }
        }
        let slices = axial(&heights);
        let options = Options { missing: Missing::Fill, ..Options::default() };
        match arrange(&slices, &options) {
            Ok(volume) => {
                accepted += 1;
                assert_true_to_the_patient(&slices, &volume);
            }
            Err(refusal) => assert!(jitter > 0.0, "{refusal} for {heights:?}"),
        }
    }
    assert!((1000..2000).contains(&accepted), "{accepted}");
}
