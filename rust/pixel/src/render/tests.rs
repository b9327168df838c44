//! Tests of plans, checked against plain arithmetic.

use radiogram_core::Vr;

use super::*;
use crate::tags;
use crate::testing::{Made, Random};

fn plan(made: &Made, units: Units, options: Options) -> Result<Plan> {
    Plan::new(&PixelLayout::from_attributes(made)?, made, units, options)
}

fn rendered(made: &Made, units: Units, options: Options, stored: &[u8], frame: u64) -> Result<Vec<u8>> {
    let plan = plan(made, units, options)?;
    let mut out = vec![0; plan.frame_len()?];
    plan.frame_into(stored, frame, &mut out)?;
    Ok(out)
}

fn words(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()[..2].to_vec()).collect()
}

fn ct() -> Made {
    Made::grey(16, 12, 0).ds(tags::RESCALE_SLOPE, &[1.0]).ds(tags::RESCALE_INTERCEPT, &[-1024.0])
}

#[test]
fn modality_values_have_the_smallest_type() {
    let made = ct();
    let plan = plan(&made, Units::Modality, Options::default()).unwrap();
    assert_eq!((plan.dtype(), plan.view(), plan.shape(1)), (Dtype::I16, View::Never, vec![2, 2]));
    assert_eq!(plan.reason(), "int16: whole numbers from -1024 to 3071");
    let out =
        rendered(&made, Units::Modality, Options::default(), &words(&[0, 1024, 0xF400, 4095]), 0).unwrap();
    assert_eq!(out, [-1024_i16, 0, 0, 3071].map(i16::to_ne_bytes).concat());
}

#[test]
fn a_type_that_cannot_hold_a_value_is_an_error() {
    let options = |dtype| Options { dtype: Some(dtype), ..Options::default() };
    let of = |dtype, stored: &[i32]| rendered(&ct(), Units::Modality, options(dtype), &words(stored), 0);
    assert_eq!(of(Dtype::U8, &[1024, 1024, 1279, 1030]).unwrap(), [0, 0, 255, 6]);
    assert_eq!(of(Dtype::U8, &[1024, 1024, 1280, 1030]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(of(Dtype::U16, &[0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::Argument);
    let halves = ct().ds(tags::RESCALE_SLOPE, &[0.5]);
    let error =
        rendered(&halves, Units::Modality, options(Dtype::I32), &words(&[2, 2, 2, 2]), 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn samples_that_are_their_own_values_are_viewed() {
    let of = |made: &Made, units| plan(made, units, Options::default()).unwrap().view();
    assert_eq!(of(&Made::grey(16, 16, 1), Units::Modality), View::Always);
    assert_eq!(of(&Made::grey(16, 12, 0), Units::Modality), View::IfClean);
    assert_eq!(of(&Made::grey(8, 8, 0), Units::Modality), View::Never);
    assert_eq!(of(&Made::grey(8, 8, 0), Units::Color), View::Always);
    assert_eq!(of(&Made::colour("RGB", 0), Units::Color), View::Always);
    assert_eq!(of(&Made::colour("YBR_FULL", 0), Units::Color), View::Never);
    assert_eq!(of(&Made::colour("YBR_FULL", 0), Units::Stored), View::Always);
    assert_eq!(of(&Made::grey(8, 8, 0), Units::Display), View::Never);
}

#[test]
fn colour_becomes_rgb() {
    let stored = [10, 20, 128, 128, 30, 40, 128, 128];
    let grey: Vec<u8> = [10, 20, 30, 40].iter().flat_map(|level| [*level; 3]).collect();
    let made = Made::colour("YBR_FULL_422", 0);
    assert_eq!(rendered(&made, Units::Color, Options::default(), &stored, 0).unwrap(), grey);
    assert_eq!(rendered(&made, Units::Display, Options::default(), &stored, 0).unwrap(), grey);
    let layout = PixelLayout::from_attributes(&made).unwrap();
    assert_eq!(Units::of_pixel_array(&layout), Units::Color);
    let wide = Made::colour("RGB", 1)
        .us(tags::BITS_ALLOCATED, &[16])
        .us(tags::BITS_STORED, &[12])
        .us(tags::HIGH_BIT, &[11]);
    let stored = words(&[0xFFF, 0, 0, 0, 0, 0x123, 0, 0, 0, 0, 0x800, 0]);
    let out = rendered(&wide, Units::Display, Options::default(), &stored, 0).unwrap();
    assert_eq!(out, [255, 0, 0, 0, 0x12, 0, 0, 0, 0x80, 0, 0, 0]);
}

fn palette() -> Made {
    Made::grey(8, 8, 0)
        .text(tags::PHOTOMETRIC, "PALETTE COLOR")
        .us(tags::RED_DESCRIPTOR, &[2, 1, 8])
        .bytes(tags::RED_DATA, Vr::OW, &[1, 2])
        .bytes(tags::GREEN_DATA, Vr::OW, &[3, 4])
        .bytes(tags::BLUE_DATA, Vr::OW, &[5, 6])
}

#[test]
fn palettes_colour_and_supplement() {
    let colours = rendered(&palette(), Units::Color, Options::default(), &[0, 1, 2, 9], 0).unwrap();
    assert_eq!(colours, [1, 3, 5, 1, 3, 5, 2, 4, 6, 2, 4, 6]);
    let supplemental = palette()
        .text(tags::PHOTOMETRIC, "MONOCHROME2")
        .text(tags::PIXEL_PRESENTATION, "COLOR")
        .us(tags::RED_DESCRIPTOR, &[2, 254, 8])
        .ds(tags::WINDOW_CENTER, &[128.0])
        .ds(tags::WINDOW_WIDTH, &[256.0]);
    let shown = rendered(&supplemental, Units::Display, Options::default(), &[0, 200, 254, 255], 0).unwrap();
    assert_eq!(shown, [0, 0, 0, 200, 200, 200, 1, 3, 5, 2, 4, 6]);
}

#[test]
fn frames_have_their_own_transformations() {
    let group = |slope: f64, center: f64| {
        let rescale = Made::default().ds(tags::RESCALE_SLOPE, &[slope]).ds(tags::RESCALE_INTERCEPT, &[0.0]);
        let window = Made::default().ds(tags::WINDOW_CENTER, &[center]).ds(tags::WINDOW_WIDTH, &[256.0]);
        Made::default().items(tags::VALUE_TRANSFORMATION, &[rescale]).items(tags::FRAME_VOI, &[window])
    };
    let made = Made::grey(16, 16, 0)
        .us(tags::FRAMES, &[3])
        .items(tags::FRAME_GROUPS, &[group(1.0, 128.0), group(2.0, 128.0), group(1.0, 128.0)]);
    let stored = words(&[5; 12]);
    let first = |units, frame| rendered(&made, units, Options::default(), &stored, frame).unwrap();
    assert_eq!([0, 1, 2].map(|frame| first(Units::Display, frame)[0]), [5, 10, 5]);
    assert_eq!([0, 1, 2].map(|frame| first(Units::Modality, frame)[0]), [5, 10, 5]);
    assert_eq!(plan(&made, Units::Modality, Options::default()).unwrap().dtype(), Dtype::I32);
}

#[test]
fn real_world_values_and_a_modality_table() {
    let map = Made::default()
        .us(tags::REAL_WORLD_FIRST, &[0])
        .us(tags::REAL_WORLD_LAST, &[2])
        .ds(tags::REAL_WORLD_SLOPE, &[0.5])
        .ds(tags::REAL_WORLD_INTERCEPT, &[1.0]);
    let lut =
        Made::default().us(tags::LUT_DESCRIPTOR, &[2, 0, 16]).bytes(tags::LUT_DATA, Vr::US, &[7, 0, 0, 0x90]);
    let made = Made::grey(8, 8, 0).items(tags::REAL_WORLD_MAPS, &[map]).items(tags::MODALITY_LUTS, &[lut]);
    let narrow = Options { dtype: Some(Dtype::F32), ..Options::default() };
    let out = rendered(&made, Units::RealWorld, narrow, &[0, 1, 2, 3], 0).unwrap();
    let values: Vec<f32> = out.as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
    assert_eq!(values[..3], [1.0, 1.5, 2.0]);
    assert!(values[3].is_nan());
    let out = rendered(&made, Units::Modality, Options::default(), &[0, 1, 2, 3], 0).unwrap();
    assert_eq!(out, [7_u16, 0x9000, 0x9000, 0x9000].map(u16::to_ne_bytes).concat());
    let none = Made::grey(8, 8, 0);
    assert_eq!(plan(&none, Units::RealWorld, Options::default()).err().unwrap().kind(), ErrorKind::Pixel);
}

#[test]
fn a_grey_without_a_view_spans_its_frame() {
    let made = Made::grey(16, 12, 0).text(tags::PHOTOMETRIC, "MONOCHROME1");
    let out = rendered(&made, Units::Display, Options::default(), &words(&[100, 200, 300, 100]), 0).unwrap();
    assert_eq!(out, [255, 128, 0, 255]);
    let bytes = rendered(&Made::grey(8, 8, 0), Units::Display, Options::default(), &[1, 2, 3, 4], 0).unwrap();
    assert_eq!(bytes, [1, 2, 3, 4]);
}

#[test]
fn frames_are_rendered_by_an_executor_and_the_first_error_wins() {
    let made = ct().us(tags::FRAMES, &[5]);
    let plan = plan(&made, Units::Modality, Options::default()).unwrap();
    let stored = Random::new(10).bytes(40);
    let backwards = |count: usize, task: &(dyn Fn(usize) + Sync)| (0..count).rev().for_each(task);
    let mut out = vec![0; 4 * plan.frame_len().unwrap()];
    plan.frames_into(&stored, &[4, 0, 1, 3], &mut out, &backwards).unwrap();
    for (part, frame) in out.chunks(plan.frame_len().unwrap()).zip([4, 0, 1, 3]) {
        let mut alone = vec![0; part.len()];
        plan.frame_into(&stored, frame, &mut alone).unwrap();
        assert_eq!(part, alone);
        let cells = &stored[frame as usize * 8..][..8];
        plan.decoded_into(cells, frame, &mut alone).unwrap();
        assert_eq!(part, alone);
    }
    let error = plan.frames_into(&stored, &[0, 7, 9, 1], &mut out, &backwards).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Pixel, "the pixel data end before frame 8"));
    assert_eq!(
        plan.frames_into(&stored, &[0], &mut out, &backwards).unwrap_err().kind(),
        ErrorKind::Argument
    );
}

#[test]
fn every_layout_renders_in_every_unit_or_says_why_not() {
    let mut random = Random::new(11);
    let (mut drawn, mut refused) = (0, 0);
    for _ in 0..4000 {
        let allocated = [1, 8, 16, 32, 64][random.below(5)];
        let stored_bits = 1 + random.below(allocated) as i64;
        let signed = random.below(2) as i64;
        let mut made = if allocated > 1 && random.below(3) == 0 {
            let name =
                ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_RCT", "CMYK"][random.below(6)];
            Made::colour(name, random.below(2) as i64)
        } else {
            palette()
                .text(tags::PHOTOMETRIC, ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"][random.below(3)])
        };
        made = made
            .us(tags::BITS_ALLOCATED, &[allocated as i64])
            .us(tags::BITS_STORED, &[stored_bits])
            .us(tags::HIGH_BIT, &[stored_bits - 1 + random.below(2) as i64])
            .us(tags::REPRESENTATION, &[signed])
            .us(tags::FRAMES, &[3]);
        made.big_endian = random.below(2) == 1;
        let layout = PixelLayout::from_attributes(&made).unwrap();
        let stored = random.bytes(layout.stored_len().unwrap().next_multiple_of(2) as usize);
        let units =
            [Units::Stored, Units::Color, Units::Modality, Units::RealWorld, Units::Display][random.below(5)];
        let dtype = (random.below(3) == 0).then(|| Dtype::ALL[random.below(10)]);
        match rendered(&made, units, Options { dtype, ..Options::default() }, &stored, 2) {
            Ok(_) => drawn += 1,
            Err(error) => {
                assert!(
                    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Argument)
                        || (units == Units::RealWorld && error.kind() == ErrorKind::Pixel),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    assert!(drawn > 1500 && refused > 500, "{drawn} {refused}");
}

#[test]
fn a_plan_is_shared_by_threads_and_asks_for_its_bytes_first() {
    fn shared<T: Send + Sync>(_: &T) {}
    let made = ct().us(tags::ROWS, &[65_535]).us(tags::COLUMNS, &[65_535]);
    let options = Options { dtype: Some(Dtype::F64), ..Options::default() };
    let plan = plan(&made, Units::Display, options).unwrap();
    shared(&plan);
    assert_eq!(plan.frame_into(&[0; 8], 0, &mut [0; 8]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(native::frame_vec(&plan.layout, &[0; 8], 0).unwrap_err().kind(), ErrorKind::Pixel);
}
