//! The series: what is set aside, what is several volumes, what may differ between slices.

use super::*;

#[test]
fn duplicate_positions_without_a_cause_are_refused() {
    for heights in
        [&[0.0, 1.0, 1.0, 2.0][..], &[0.0, 1.0, 1.000_000_1, 2.0], &[0.0, 1.0, 1.04, 2.0], &[5.0, 5.0]]
    {
        let slices = with(axial(heights), |_, slice| slice.instance_number = None);
        let refusal = refused(&slices);
        assert_eq!(refusal.kind, ErrorKind::Geometry, "{heights:?}");
        assert!(refusal.message.contains("nothing tells them apart"), "{refusal}");
        assert_eq!(refusal.slices.len(), 2);
    }
}

/// Thin slices below, thick ones above, as heads are scanned.
#[test]
fn slabs_of_two_thicknesses_are_a_choice() {
    let slices = with(axial(&[0.0, 4.2, 8.4, 12.6, 16.8, 24.2, 31.6, 39.0, 46.4]), |n, slice| {
        slice.slice_thickness = Some(if n < 5 { 4.0 } else { 7.0 });
    });
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::AmbiguousSeries);
    assert!(refusal.message.contains("Slice Thickness varies; 2 parts of 5, 4"), "{refusal}");
    for choice in &refusal.choices {
        let one: Vec<_> = choice.slices.iter().map(|&index| slices[index].clone()).collect();
        assert_eq!(good(&one).slots.len(), one.len());
    }
}

#[test]
fn an_incomplete_time_point_is_a_gap() {
    let slices =
        with(axial(&[0.0, 1.0, 2.0, 0.0, 1.0]), |n, slice| slice.temporal_position = Some(n as i64 / 3));
    assert_eq!(refused(&slices).kind, ErrorKind::MissingSlice);
}

#[test]
fn the_same_file_twice_is_set_aside() {
    let mut slices = regular(4);
    slices.push(SliceHeader { index: 4, ..slices[2].clone() });
    let volume = good(&slices);
    assert_eq!(order(&volume), [Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!(volume.report.set_aside, [(4, Reason::Copy)]);
    // The same UID with other attributes is no copy.
    slices[4].acquisition_number = Some(2);
    assert_eq!(refused(&slices).kind, ErrorKind::Geometry);
}

#[test]
fn reports_and_structures_are_set_aside() {
    let report = SliceHeader {
        series_instance_uid: Some("1.2.4".into()),
        pixels: PixelElement::Absent,
        ..SliceHeader::default()
    };
    let slices = both(regular(3), vec![report.clone()]);
    assert_eq!(good(&slices).report.set_aside, [(3, Reason::NoPixelData)]);
    let refusal = refused(&[report]);
    assert_eq!(refusal.kind, ErrorKind::NoPixelData);
    assert_eq!(refusal.set_aside, [(0, Reason::NoPixelData)]);
    assert_eq!(refused(&[]).kind, ErrorKind::Argument);
}

#[test]
fn localizers_are_set_aside_by_name_and_by_plane() {
    let mut scout =
        SliceHeader { orientation: Some(SAGITTAL), rows: Some(888), ..slice(0, [0.0, -200.0, 50.0]) };
    for at in 0..5 {
        let mut slices = regular(5);
        slices.insert(at, scout.clone());
        let slices = both(Vec::new(), slices);
        assert_eq!(good(&slices).report.set_aside, [(at, Reason::OtherPlane)]);
    }
    scout.image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"].map(str::to_owned).to_vec();
    scout.series_instance_uid = Some("1.2.4".into());
    let named = both(regular(2), vec![scout.clone()]);
    assert_eq!(good(&named).report.set_aside, [(2, Reason::Localizer)]);
    // Asked for, or alone, it is read.
    let options = Options { series_uid: Some("1.2.4".into()), ..Options::default() };
    assert_eq!(order(&arrange(&named, &options).unwrap()), [Some(2)]);
    assert_eq!(order(&good(&[scout])), [Some(0)]);
}

#[test]
fn a_slice_that_is_slightly_turned_is_no_localizer() {
    let slices = with(regular(6), |n, slice| {
        if n == 5 {
            slice.orientation = Some([1.0, 0.0, 0.0, 0.0, 0.999_7, 0.02]);
        }
    });
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::Geometry);
    assert!(refusal.message.contains("Image Orientation"), "{refusal}");
    assert_eq!(refusal.slices, [5]);
}

#[test]
fn three_planes_in_one_series_are_a_choice() {
    let sagittal = with(regular(3), |n, slice| {
        slice.orientation = Some(SAGITTAL);
        slice.position = Some([n as f64 * 4.0, 0.0, 0.0]);
    });
    let refusal = refused(&both(regular(4), sagittal));
    assert_eq!(refusal.kind, ErrorKind::AmbiguousSeries);
    assert_eq!(refusal.choices.iter().map(|choice| choice.slices.len()).collect::<Vec<_>>(), [4, 3]);
}

#[test]
fn mixed_makes_are_refused_and_named() {
    type Change = fn(&mut SliceHeader);
    let changes: [(&str, Change); 6] = [
        ("size", |slice| slice.rows = Some(256)),
        ("Samples", |slice| slice.samples = Some(3)),
        ("Photometric", |slice| slice.photometric = Some("MONOCHROME1".into())),
        ("Pixel Spacing", |slice| slice.pixel_spacing = Some([0.7, 0.71])),
        ("Frame of Reference", |slice| slice.frame_of_reference_uid = Some("1.8".into())),
        ("Modality", |slice| slice.modality = Some("PT".into())),
    ];
    for (name, change) in changes {
        for (from, kind) in [(5, ErrorKind::Geometry), (3, ErrorKind::AmbiguousSeries)] {
            let slices = with(regular(6), |n, slice| {
                if n >= from {
                    change(slice);
                }
            });
            let refusal = refused(&slices);
            assert_eq!(refusal.kind, kind, "{name}");
            assert!(refusal.message.contains(name), "{refusal}");
        }
    }
}

#[test]
fn pieces_of_several_pictures_are_no_volume_however_regular_they_stand() {
    type Change = fn(&mut SliceHeader, usize);
    let component =
        |word: &str| Key { name: "component".into(), unit: "", value: Coordinate::Text(word.to_owned()) };
    let changes: [(&str, Change); 3] = [
        ("Echo Time", |slice, of| slice.echo_time = Some([10.0, 90.0][of])),
        ("Diffusion b-value", |slice, of| slice.b_value = Some([0.0, 1000.0][of])),
        ("Complex Image Component", |slice, of| slice.contrast = Some(["MAGNITUDE", "PHASE"][of].into())),
    ];
    for (name, change) in changes {
        for one_of in [|n: usize| n % 2, |n: usize| usize::from(n > 2)] {
            let slices = with(regular(6), |n, slice| {
                change(slice, one_of(n));
                slice.keys.extend(slice.contrast.take().map(|word| component(&word)));
            });
            let refusal = refused(&slices);
            assert_eq!(refusal.kind, ErrorKind::AmbiguousSeries, "{name}");
            assert!(refusal.message.contains(name), "{refusal}");
            assert_eq!(refusal.choices.iter().map(|choice| choice.slices.len()).collect::<Vec<_>>(), [3, 3]);
        }
    }
    let slices = with(regular(6), |n, slice| slice.echo_time = [None, Some(10.0), Some(0.0)][n % 3]);
    assert!(good(&slices).report.notes.is_empty());
}

#[test]
fn what_differs_between_slices_of_a_volume_is_noted() {
    type Change = fn(&mut SliceHeader);
    let changes: [(&str, Change); 4] = [
        ("Temporal Position", |slice| slice.temporal_position = Some(2)),
        ("Image Type", |slice| slice.image_type.push("OTHER".into())),
        ("Slice Thickness", |slice| slice.slice_thickness = Some(2.0)),
        ("Contrast/Bolus Agent", |slice| slice.contrast = Some("agent".into())),
    ];
    for (name, change) in changes {
        let slices = with(regular(6), |n, slice| {
            if n > 3 {
                change(slice);
            }
        });
        assert_eq!(good(&slices).report.notes, [format!("{name} differs between slices of one volume")]);
    }
    let slices = with(regular(6), |n, slice| slice.sop_instance_uid = Some(format!("1.{}", n / 2)));
    assert_eq!(good(&slices).report.notes, ["3 of 6 files have the SOP Instance UID of another"]);
}

#[test]
fn an_absent_frame_of_reference_is_noted() {
    let slices = with(regular(3), |n, slice| {
        if n == 1 {
            slice.frame_of_reference_uid = None;
        }
    });
    assert_eq!(good(&slices).report.notes, ["1 of 3 slices name no frame of reference"]);
}

#[test]
fn two_series_are_a_choice_by_uid() {
    let second = with(regular(3), |_, slice| slice.series_instance_uid = Some("1.2.4".into()));
    let slices = both(regular(5), second);
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::AmbiguousSeries);
    assert!(refusal.message.contains("1.2.3: 5 x CT, 512 x 512; 1.2.4: 3 x CT"), "{refusal}");
    assert_eq!(refusal.choices[1].slices, [5, 6, 7]);
    for choice in &refusal.choices {
        let options = Options { series_uid: Some(choice.series_uid.clone()), ..Options::default() };
        let volume = arrange(&slices, &options).unwrap();
        assert_eq!(volume.slots.len(), choice.slices.len());
        assert_eq!(volume.report.set_aside.len(), 8 - choice.slices.len());
    }
    let options = Options { series_uid: Some("9.9".into()), ..Options::default() };
    let refusal = arrange(&slices, &options).unwrap_err();
    assert_eq!((refusal.kind, refusal.choices.len()), (ErrorKind::Argument, 2));
}

#[test]
fn one_series_uid_in_two_studies_is_refused() {
    let slices = with(regular(6), |n, slice| {
        slice.study_instance_uid = Some(if n < 3 { "1.2" } else { "1.7" }.into());
    });
    assert_eq!(refused(&slices).kind, ErrorKind::AmbiguousSeries);
    let options = Options { series_uid: Some("1.2.3".into()), ..Options::default() };
    assert_eq!(arrange(&slices, &options).unwrap_err().kind, ErrorKind::AmbiguousSeries);
}

#[test]
fn a_screenshot_in_the_series_is_set_aside() {
    let picture = SliceHeader {
        sop_class_uid: Some("1.2.840.10008.5.1.4.1.1.7".into()),
        position: None,
        orientation: None,
        ..slice(0, [0.0; 3])
    };
    assert_eq!(good(&both(regular(3), vec![picture])).report.set_aside, [(3, Reason::OtherKind)]);
}

#[test]
fn tiles_of_a_slide_are_refused() {
    let slide = |_, slice: &mut SliceHeader| {
        slice.sop_class_uid = Some("1.2.840.10008.5.1.4.1.1.77.1.6".to_owned());
    };
    assert_eq!(refused(&with(regular(2), slide)).kind, ErrorKind::Unsupported);
}

#[test]
fn a_rescale_for_each_slice_is_kept_with_it() {
    let slices = with(regular(3), |n, slice| {
        slice.slope = Some(0.5 + n as f64);
        slice.intercept = None;
    });
    let volume = good(&slices);
    assert_eq!((volume.report.rescale, volume.report.dtype), (Rescale::PerSlice, Dtype::F32));
    let slopes = volume.slots.iter().map(|slot| match slot {
        Slot::Slice { slope, intercept, .. } => (*slope, *intercept),
        Slot::Missing => (0.0, 0.0),
    });
    assert_eq!(slopes.collect::<Vec<_>>(), [(0.5, 0.0), (1.5, 0.0), (2.5, 0.0)]);
}

#[test]
fn mixed_depth_and_syntax_are_allowed_and_said() {
    let slices = with(regular(2), |n, slice| {
        slice.signed = n == 0;
        slice.bits_stored = Some(if n == 0 { 16 } else { 12 });
        slice.transfer_syntax_uid =
            Some(if n == 0 { "1.2.840.10008.1.2.5" } else { "1.2.840.10008.1.2" }.into());
        slice.rescale_type = (n == 0).then(|| "HU".into());
    });
    let report = good(&slices).report;
    assert_eq!(report.dtype, Dtype::I32);
    assert_eq!(report.transfer_syntaxes, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.5"]);
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
}

#[test]
fn the_padding_value_fills_where_all_slices_share_it() {
    let gap = || axial(&[0.0, 1.0, 3.0, 4.0]);
    let padded = with(gap(), |_, slice| slice.padding = Some(-2000));
    assert_eq!(filled(&padded).report.fill, Fill::Value(-3024.0));
    let two = with(gap(), |n, slice| slice.padding = Some(if n == 0 { -2000 } else { 0 }));
    assert_eq!(filled(&two).report.fill, Fill::Smallest);
    // 63536 - 1024 is no int16.
    let wide = with(gap(), |_, slice| slice.padding = Some(63536));
    assert_eq!(filled(&wide).report.fill, Fill::Smallest);
    let rescaled = with(gap(), |n, slice| {
        slice.padding = Some(0);
        slice.slope = Some(1.0 + n as f64);
    });
    assert_eq!(filled(&rescaled).report.fill, Fill::Smallest);
}
