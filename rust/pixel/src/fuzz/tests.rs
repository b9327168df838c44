//! The targets on damaged files: an enhanced MR of several frames and echoes, a dose grid, a sparse slide.

use radiogram_core::fuzz::mutator::{Random, mutate, rounds};
use radiogram_core::{Tag, Vr};

use super::{fuzz_parts, fuzz_slide, fuzz_volume, opened};
use crate::slide::{SlideHeader, levels};
use crate::volume::{self, Options, SliceHeader, arrange};

fn element(tag: u32, vr: Vr, value: &[u8]) -> Vec<u8> {
    let tag = Tag(tag);
    let mut out = [tag.group().to_le_bytes(), tag.element().to_le_bytes()].concat();
    out.extend_from_slice(vr.as_str().as_bytes());
    let padded = value.len().next_multiple_of(2);
    if vr.has_long_length() {
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&u32::try_from(padded).unwrap().to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(padded).unwrap().to_le_bytes());
    }
    out.extend_from_slice(value);
    out.resize(out.len() + padded - value.len(), b' ');
    out
}

fn sequence(tag: u32, items: &[Vec<u8>]) -> Vec<u8> {
    let mut value = Vec::new();
    for item in items {
        value.extend_from_slice(&[0xFE, 0xFF, 0x00, 0xE0]);
        value.extend_from_slice(&u32::try_from(item.len()).unwrap().to_le_bytes());
        value.extend_from_slice(item);
    }
    element(tag, Vr::SQ, &value)
}

fn text(tag: u32, vr: Vr, value: &str) -> Vec<u8> {
    element(tag, vr, value.as_bytes())
}

fn short(tag: u32, value: u16) -> Vec<u8> {
    element(tag, Vr::US, &value.to_le_bytes())
}

/// What describes grey pixels of 4 x 3, and those of so many frames.
fn grey(frames: u16) -> (Vec<u8>, Vec<u8>) {
    let number = text(0x0028_0008, Vr::IS, &frames.to_string());
    let header = [
        short(0x0028_0002, 1),
        text(0x0028_0004, Vr::CS, "MONOCHROME2"),
        number,
        short(0x0028_0010, 4),
        short(0x0028_0011, 3),
    ];
    let depth =
        [short(0x0028_0100, 16), short(0x0028_0101, 12), short(0x0028_0102, 11), short(0x0028_0103, 0)];
    let pixels: Vec<u8> = (0..frames * 12).flat_map(|value| (value % 4096).to_le_bytes()).collect();
    let spacing = text(0x0028_0030, Vr::DS, "0.5\\0.5");
    ([header.concat(), spacing, depth.concat()].concat(), element(0x7FE0_0010, Vr::OW, &pixels))
}

fn enhanced() -> Vec<u8> {
    let (header, pixels) = grey(6);
    let frame = |number: u32| {
        let place = format!("1\\2\\{}", number / 2 * 3);
        let echo = f64::from(number % 2 + 1).to_le_bytes();
        [
            sequence(0x0018_9114, &[element(0x0018_9082, Vr::FD, &echo)]),
            sequence(0x0020_9113, &[text(0x0020_0032, Vr::DS, &place)]),
        ]
        .concat()
    };
    let shared = [
        sequence(0x0020_9116, &[text(0x0020_0037, Vr::DS, "1\\0\\0\\0\\1\\0")]),
        sequence(0x0028_9110, &[text(0x0028_0030, Vr::DS, "0.5\\0.5")]),
        sequence(0x0028_9145, &[[text(0x0028_1052, Vr::DS, "-7"), text(0x0028_1053, Vr::DS, "2")].concat()]),
    ];
    [
        text(0x0008_0016, Vr::UI, "1.2.840.10008.5.1.4.1.1.4.1"),
        text(0x0008_0060, Vr::CS, "MR"),
        header,
        sequence(0x5200_9229, &[shared.concat()]),
        sequence(0x5200_9230, &(0..6).map(frame).collect::<Vec<_>>()),
        pixels,
    ]
    .concat()
}

fn dose() -> Vec<u8> {
    let (header, pixels) = grey(3);
    [
        text(0x0008_0016, Vr::UI, "1.2.840.10008.5.1.4.1.1.481.2"),
        text(0x0008_0060, Vr::CS, "RTDOSE"),
        text(0x0020_0032, Vr::DS, "1\\2\\3"),
        text(0x0020_0037, Vr::DS, "1\\0\\0\\0\\1\\0"),
        header,
        text(0x3004_000C, Vr::DS, "0\\2.5\\5"),
        text(0x3004_000E, Vr::DS, "0.125"),
        pixels,
    ]
    .concat()
}

/// Three slices of 2 x 3 in a picture of 4 x 6, counted against the normal.
fn mosaic() -> Vec<u8> {
    let mut csa = b"SV10\x04\x03\x02\x01\x02\0\0\0\x4D\0\0\0".to_vec();
    for (name, values) in [("NumberOfImagesInMosaic", &["3"][..]), ("SliceNormalVector", &["0", "0", "-1.0"])]
    {
        csa.extend(name.bytes().chain([0; 64]).take(64));
        let count = u32::try_from(values.len()).unwrap();
        csa.extend([count, 0x4446, 4, count, 77].into_iter().flat_map(u32::to_le_bytes));
        for value in values {
            let length = u32::try_from(value.len()).unwrap();
            csa.extend([length, length, 77, length].into_iter().flat_map(u32::to_le_bytes));
            csa.extend(value.bytes().chain([0; 3]).take(value.len().next_multiple_of(4)));
        }
    }
    [
        text(0x0008_0008, Vr::CS, "ORIGINAL\\PRIMARY\\M\\MOSAIC"),
        text(0x0008_0016, Vr::UI, "1.2.840.10008.5.1.4.1.1.4"),
        text(0x0008_0060, Vr::CS, "MR"),
        text(0x0018_0088, Vr::DS, "2.5"),
        text(0x0020_0032, Vr::DS, "1\\2\\3"),
        text(0x0020_0037, Vr::DS, "1\\0\\0\\0\\1\\0"),
        short(0x0028_0002, 1),
        text(0x0028_0004, Vr::CS, "MONOCHROME2"),
        short(0x0028_0010, 4),
        short(0x0028_0011, 6),
        text(0x0028_0030, Vr::DS, "0.5\\0.5"),
        short(0x0028_0100, 16),
        short(0x0028_0101, 12),
        short(0x0028_0102, 11),
        short(0x0028_0103, 0),
        text(0x0029_0010, Vr::LO, "SIEMENS CSA HEADER"),
        element(0x0029_1010, Vr::OB, &csa),
        element(0x7FE0_0010, Vr::OW, &(0..24_u16).flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
    ]
    .concat()
}

fn slide() -> Vec<u8> {
    let (header, pixels) = grey(4);
    let long = |tag, value: u32| element(tag, Vr::UL, &value.to_le_bytes());
    let signed = |tag, value: i32| element(tag, Vr::SL, &value.to_le_bytes());
    let frame = |number: i32| {
        let place = [signed(0x0048_021E, number % 2 * 3 + 1), signed(0x0048_021F, number / 2 * 4 + 1)];
        sequence(0x0048_021A, &[place.concat()])
    };
    [
        text(0x0008_0008, Vr::CS, "ORIGINAL\\PRIMARY\\VOLUME\\NONE"),
        text(0x0008_0016, Vr::UI, "1.2.840.10008.5.1.4.1.1.77.1.6"),
        text(0x0020_9311, Vr::CS, "TILED_SPARSE"),
        header,
        long(0x0048_0006, 5),
        long(0x0048_0007, 7),
        sequence(0x5200_9230, &(0..4).map(frame).collect::<Vec<_>>()),
        pixels,
    ]
    .concat()
}

/// A map of two places and two mappings, the first part of a concatenation that does not say how many there are.
fn map() -> Vec<u8> {
    let (header, pixels) = grey(4);
    let long = |tag, value: u32| element(tag, Vr::UL, &value.to_le_bytes());
    let signed = |tag, value: i32| element(tag, Vr::SL, &value.to_le_bytes());
    let frame = |number: i32| {
        let place = [signed(0x0048_021E, number % 2 * 3 + 1), signed(0x0048_021F, 1)];
        let indices: Vec<u8> =
            [1, number % 2 + 1, number / 2 + 1].into_iter().flat_map(i32::to_le_bytes).collect();
        [
            sequence(0x0020_9111, &[element(0x0020_9157, Vr::UL, &indices)]),
            sequence(0x0040_9096, &[text(0x0040_9210, Vr::SH, if number < 2 { "T1" } else { "T2" })]),
            sequence(0x0048_021A, &[place.concat()]),
        ]
        .concat()
    };
    let pointer = |tag: [u8; 4]| element(0x0020_9165, Vr::AT, &tag);
    [
        text(0x0008_0008, Vr::CS, "DERIVED\\PRIMARY\\VOLUME\\QUANTITY"),
        text(0x0008_0016, Vr::UI, "1.2.840.10008.5.1.4.1.1.30"),
        text(0x0020_9161, Vr::UI, "1.2.3"),
        short(0x0020_9162, 1),
        sequence(
            0x0020_9222,
            &[pointer([0x48, 0, 0x1F, 0x02]), pointer([0x48, 0, 0x1E, 0x02]), pointer([0x20, 0, 0x28, 0x91])],
        ),
        long(0x0020_9228, 0),
        text(0x0020_9311, Vr::CS, "TILED_SPARSE"),
        header,
        long(0x0048_0006, 5),
        long(0x0048_0007, 4),
        sequence(0x5200_9230, &(0..4).map(frame).collect::<Vec<_>>()),
        pixels,
    ]
    .concat()
}

#[test]
fn the_seeds_are_sound() {
    for (seed, axes, slots) in [(enhanced(), 1, 6), (dose(), 0, 3), (mosaic(), 0, 3)] {
        let document = opened(&seed, &volume::wanted()).unwrap();
        let headers = SliceHeader::all_of(&document, 0).unwrap();
        let volume = arrange(&headers, &Options::default()).unwrap();
        assert_eq!((volume.axes.len(), volume.slots.len()), (axes, slots));
        fuzz_volume(&seed);
    }
    let seed = slide();
    let document = opened(&seed, crate::slide::wanted()).unwrap();
    let header = SlideHeader::of(&document, 0).unwrap().unwrap();
    assert_eq!(levels(vec![header]).unwrap()[0].tiles.len(), 4);
    fuzz_slide(&seed);
    let seed = map();
    let document = opened(&seed, crate::slide::wanted()).unwrap();
    let header = SlideHeader::of(&document, 0).unwrap().unwrap();
    let level = levels(vec![header]).unwrap().remove(0);
    assert_eq!(level.paths, ["T1, TemporalPositionIndex 1", "T2, TemporalPositionIndex 2"]);
    fuzz_slide(&seed);
}

#[test]
fn fuzz_damaged_files() {
    let seeds = [enhanced(), dose(), slide(), mosaic(), map()];
    let pieces: [&[u8]; 8] = [
        b"0\\0\\0",
        b"1\\2\\9",
        b"\x00\x52\x30\x92SQ\0\0",
        b"\x28\x00\x08\x00IS\x02\x009 ",
        b"\xFF\xFF\xFF\xFF",
        b"-1",
        b"nan",
        b"1e300",
    ];
    let mut random = Random(0x5EED_0FF8_A3E5);
    for round in rounds(4_000) {
        let mut bytes = seeds[round % seeds.len()].clone();
        mutate(&mut random, &mut bytes, &pieces);
        fuzz_volume(&bytes);
        fuzz_slide(&bytes);
    }
}

#[test]
fn fuzz_what_parts_say_of_their_places() {
    let sound: Vec<u8> = [(1, 0, 4), (2, 4, 1), (3, 5, 7), (4, 12, 2)]
        .into_iter()
        .flat_map(|(number, first, frames)| [number, 4, first, 0, frames, 0, 0, 0])
        .collect();
    fuzz_parts(&sound);
    let mut random = Random(20_261_201);
    for _ in rounds(20_000) {
        let mut data = sound.clone();
        mutate(&mut random, &mut data, &[&[255], &[0], &[4, 4]]);
        fuzz_parts(&data);
    }
}
