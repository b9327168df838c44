//! Torture series: what each becomes, and that nothing hostile becomes a volume in silence. Here is what
//! they are made of.
#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "small counts, and numbers that are exact"
)]

mod axes;
mod grid;
mod hostile;
mod parts;
mod series;

use radiogram_core::ErrorKind;

use super::*;

const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const SAGITTAL: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];

/// An axial CT slice somewhere.
fn slice(number: usize, position: [f64; 3]) -> SliceHeader {
    let text = |text: &str| Some(text.to_owned());
    SliceHeader {
        index: number,
        sop_instance_uid: Some(format!("1.2.3.{number}")),
        sop_class_uid: text("1.2.840.10008.5.1.4.1.1.2"),
        series_instance_uid: text("1.2.3"),
        study_instance_uid: text("1.2"),
        frame_of_reference_uid: text("1.9"),
        transfer_syntax_uid: text("1.2.840.10008.1.2.1"),
        modality: text("CT"),
        image_type: ["ORIGINAL", "PRIMARY", "AXIAL"].map(str::to_owned).to_vec(),
        instance_number: Some(number as i64 + 1),
        position: Some(position),
        orientation: Some(AXIAL),
        pixel_spacing: Some([0.7, 0.7]),
        slice_thickness: Some(1.0),
        pixels: PixelElement::Integer,
        rows: Some(512),
        columns: Some(512),
        samples: Some(1),
        photometric: text("MONOCHROME2"),
        bits_allocated: Some(16),
        bits_stored: Some(12),
        high_bit: Some(11),
        slope: Some(1.0),
        intercept: Some(-1024.0),
        rescale_type: text("HU"),
        ..SliceHeader::default()
    }
}

/// Axial slices at these heights.
fn axial(heights: &[f64]) -> Vec<SliceHeader> {
    heights.iter().enumerate().map(|(number, &z)| slice(number, [-180.0, -170.0, z])).collect()
}

/// `count` axial slices, one millimetre apart.
fn regular(count: u32) -> Vec<SliceHeader> {
    axial(&(0..count).map(f64::from).collect::<Vec<_>>())
}

/// The same slices, changed one by one.
fn with(mut slices: Vec<SliceHeader>, mut change: impl FnMut(usize, &mut SliceHeader)) -> Vec<SliceHeader> {
    for (number, slice) in slices.iter_mut().enumerate() {
        change(number, slice);
    }
    slices
}

/// Both, numbered on.
fn both(mut first: Vec<SliceHeader>, second: Vec<SliceHeader>) -> Vec<SliceHeader> {
    for mut slice in second {
        slice.index = first.len();
        slice.sop_instance_uid = Some(format!("1.2.3.{}", slice.index));
        first.push(slice);
    }
    first
}

fn good(slices: &[SliceHeader]) -> Arrangement {
    arrange(slices, &Options::default()).unwrap_or_else(|refusal| panic!("refused: {refusal}"))
}

fn refused(slices: &[SliceHeader]) -> Refusal {
    arrange(slices, &Options::default()).expect_err("a series that is no volume was accepted")
}

fn filled(slices: &[SliceHeader]) -> Arrangement {
    let options = Options { missing: Missing::Fill, ..Options::default() };
    arrange(slices, &options).unwrap_or_else(|refusal| panic!("refused: {refusal}"))
}

fn order(arrangement: &Arrangement) -> Vec<Option<usize>> {
    let index = |slot: &Slot| match slot {
        Slot::Slice { index, .. } => Some(*index),
        Slot::Missing => None,
    };
    arrangement.slots.iter().map(index).collect()
}

fn map(matrix: &[[f64; 4]; 4], at: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|line| (0..3).map(|axis| matrix[line][axis] * at[axis]).sum::<f64>() + matrix[line][3])
}

/// Whatever the series: every slice's position is where the affine matrix puts it.
fn assert_true_to_the_patient(slices: &[SliceHeader], volume: &Arrangement) {
    for (place, index) in order(volume).into_iter().enumerate() {
        let Some(index) = index else { continue };
        let position = slices.iter().find(|slice| slice.index == index).unwrap().position.unwrap();
        let mapped = map(&volume.affine, [place as f64, 0.0, 0.0]);
        let off = (0..3).map(|axis| (mapped[axis] - position[axis]).powi(2)).sum::<f64>().sqrt();
        // Along the normal and in the plane a slice may be 0.1 mm off each.
        assert!(off <= 0.15, "slice {index} is {off} mm off");
        assert!(off <= volume.report.deviation + 1e-9, "slice {index} is {off} mm off, which is not said");
    }
}
