//! Tests of layouts: what headers are refused, and what is assumed.

use super::*;
use crate::testing::{Made, Random, Value};

fn path(error: &Error) -> String {
    error.path().to_string()
}

#[test]
fn cells_have_the_types_of_numpy() {
    for (allocated, signed, dtype) in [
        (1, 0, Dtype::U8),
        (1, 1, Dtype::U8),
        (8, 0, Dtype::U8),
        (8, 1, Dtype::I8),
        (16, 0, Dtype::U16),
        (16, 1, Dtype::I16),
        (32, 0, Dtype::U32),
        (32, 1, Dtype::I32),
        (64, 0, Dtype::U64),
        (64, 1, Dtype::I64),
    ] {
        let layout = PixelLayout::from_attributes(&Made::grey(allocated, allocated, signed)).unwrap();
        assert_eq!(layout.dtype(), dtype);
        assert!(layout.findings.is_empty());
    }
}

#[test]
fn floating_samples_need_no_bits_stored() {
    let header = Made::grey(32, 32, 0)
        .without(tags::PIXELS)
        .without(tags::BITS_STORED)
        .without(tags::REPRESENTATION)
        .bytes(tags::FLOAT_PIXELS, Vr::OF, &[]);
    let layout = PixelLayout::from_attributes(&header).unwrap();
    assert_eq!((layout.kind, layout.dtype()), (Kind::Float, Dtype::F32));
    let wide = header.clone().us(tags::BITS_ALLOCATED, &[64]);
    assert_eq!(path(&PixelLayout::from_attributes(&wide).unwrap_err()), "(0028,0100)");
    let both = header.bytes(tags::PIXELS, Vr::OW, &[]);
    assert_eq!(PixelLayout::from_attributes(&both).unwrap_err().kind(), ErrorKind::Pixel);
}

#[test]
fn an_impossible_header_names_its_attribute() {
    let grey = || Made::grey(16, 12, 0);
    for (header, place) in [
        (grey().without(tags::ROWS), "(0028,0010)"),
        (grey().us(tags::ROWS, &[0]), "(0028,0010)"),
        (grey().us(tags::COLUMNS, &[65_536]), "(0028,0011)"),
        (grey().us(tags::COLUMNS, &[-1]), "(0028,0011)"),
        (grey().us(tags::BITS_ALLOCATED, &[0]), "(0028,0100)"),
        (grey().us(tags::BITS_ALLOCATED, &[3]), "(0028,0100)"),
        (grey().us(tags::BITS_ALLOCATED, &[63]), "(0028,0100)"),
        (grey().us(tags::BITS_ALLOCATED, &[65_535]), "(0028,0100)"),
        (grey().us(tags::BITS_STORED, &[0]), "(0028,0101)"),
        (grey().us(tags::BITS_STORED, &[17]), "(0028,0101)"),
        (grey().without(tags::BITS_STORED), "(0028,0101)"),
        (grey().us(tags::REPRESENTATION, &[2]), "(0028,0103)"),
        (grey().without(tags::REPRESENTATION), "(0028,0103)"),
        (grey().us(tags::SAMPLES_PER_PIXEL, &[2]), "(0028,0002)"),
        (grey().us(tags::SAMPLES_PER_PIXEL, &[4]), "(0028,0002)"),
        (grey().us(tags::FRAMES, &[-3]), "(0028,0008)"),
        (Made::colour("RGB", 2), "(0028,0006)"),
        (Made::colour("YBR_FULL_422", 0).us(tags::ROWS, &[3]).us(tags::COLUMNS, &[3]), "(0028,0011)"),
    ] {
        let error = PixelLayout::from_attributes(&header).unwrap_err();
        assert_eq!((error.kind(), path(&error)), (ErrorKind::Pixel, place.to_owned()));
    }
    let no_pixels = PixelLayout::from_attributes(&grey().without(tags::PIXELS)).unwrap_err();
    assert_eq!(no_pixels.kind(), ErrorKind::NoPixelData);
    let odd_cell = PixelLayout::from_attributes(&Made::grey(24, 24, 0)).unwrap_err();
    assert_eq!(odd_cell.kind(), ErrorKind::Unsupported);
}

#[test]
fn what_is_inconsistent_but_readable_is_found() {
    let found = |header: Made| {
        let layout = PixelLayout::from_attributes(&header).unwrap();
        let tags: Vec<_> = layout.findings.iter().map(|finding| finding.tag).collect();
        (layout, tags)
    };
    let (layout, tags) = found(Made::grey(16, 12, 0).us(tags::HIGH_BIT, &[200]));
    assert_eq!((layout.high_bit, tags), (11, vec![tags::HIGH_BIT]));
    let (layout, tags) = found(Made::grey(16, 12, 0).us(tags::HIGH_BIT, &[15]));
    assert_eq!((layout.sample().shift, tags), (4, vec![tags::HIGH_BIT]));
    let (layout, tags) = found(Made::grey(16, 12, 0).us(tags::FRAMES, &[0]));
    assert_eq!((layout.frames, tags), (1, vec![tags::FRAMES]));
    let (layout, tags) = found(Made::colour("RGB", 0).without(tags::PLANAR));
    assert_eq!((layout.planar, tags), (false, vec![tags::PLANAR]));
    let (layout, tags) = found(Made::grey(8, 8, 0).text(tags::PHOTOMETRIC, "CIELAB"));
    assert_eq!((layout.photometric, tags), (Photometric::Unknown, vec![tags::PHOTOMETRIC]));
    assert!(found(Made::grey(16, 12, 0).without(tags::HIGH_BIT)).1.is_empty());
}

#[test]
fn lengths_count_bits_pairs_and_padding() {
    let bits = Made::grey(1, 1, 0).us(tags::ROWS, &[3]).us(tags::COLUMNS, &[3]).us(tags::FRAMES, &[3]);
    let layout = PixelLayout::from_attributes(&bits).unwrap();
    assert_eq!((layout.frame_bits(), layout.stored_len().unwrap()), (9, 4));
    let shared = PixelLayout::from_attributes(&Made::colour("YBR_FULL_422", 0)).unwrap();
    assert_eq!(shared.stored_len().unwrap(), 8);

    let odd = PixelLayout::from_attributes(&Made::grey(8, 8, 0).us(tags::ROWS, &[3]).us(tags::COLUMNS, &[3]))
        .unwrap();
    let fit = |length| {
        let mut layout = odd.clone();
        layout.fit(length).map(|()| (layout.frames, layout.findings.first().map(|finding| finding.kind)))
    };
    assert_eq!(fit(10).unwrap(), (1, None));
    assert_eq!(fit(9).unwrap(), (1, Some(FindingKind::ShortData)));
    assert_eq!(fit(12).unwrap(), (1, Some(FindingKind::LongData)));
    assert_eq!(fit(18).unwrap(), (2, Some(FindingKind::LongData)));
    assert_eq!(fit(8).unwrap_err().kind(), ErrorKind::Pixel);

    let mut shared = shared;
    assert_eq!(shared.fit(12).unwrap_err().kind(), ErrorKind::Pixel);
    shared.fit(10).unwrap();
    assert_eq!(shared.frames, 1);
}

#[test]
fn sizes_are_counted_without_overflow() {
    let huge = Made::grey(64, 64, 0)
        .us(tags::ROWS, &[65_535])
        .us(tags::COLUMNS, &[65_535])
        .us(tags::FRAMES, &[i64::from(i32::MAX)]);
    let error = PixelLayout::from_attributes(&huge).unwrap_err();
    assert_eq!(path(&error), "(0028,0008)");
    let large = PixelLayout::from_attributes(&huge.us(tags::FRAMES, &[1000])).unwrap();
    assert_eq!(large.returned_samples(1000, &Limits::DEFAULT).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(large.returned_samples(1, &Limits::DEFAULT).unwrap(), 65_535 * 65_535);
    assert!(large.returned_samples(u64::MAX, &Limits::DEFAULT).is_err());
}

#[test]
fn random_headers_give_a_layout_or_an_error() {
    let mut random = Random::new(3);
    let tags = [
        tags::ROWS,
        tags::COLUMNS,
        tags::FRAMES,
        tags::SAMPLES_PER_PIXEL,
        tags::BITS_ALLOCATED,
        tags::BITS_STORED,
        tags::HIGH_BIT,
        tags::REPRESENTATION,
        tags::PLANAR,
    ];
    let values = [0, 1, 2, 3, 7, 8, 12, 15, 16, 32, 63, 64, 65_535, 65_536, -1, i64::MAX, i64::MIN, 1 << 31];
    let (mut sound, mut refused) = (0, 0);
    for _ in 0..5000 {
        let mut header = Made::colour(["RGB", "YBR_FULL_422", "MONOCHROME2", "XYZ"][random.below(4)], 0);
        header.big_endian = random.below(2) == 1;
        for _ in 0..=random.below(2) {
            let value = values[random.below(values.len())];
            header.elements.insert(tags[random.below(tags.len())], Value::Integers(Vr::US, vec![value]));
        }
        match PixelLayout::from_attributes(&header) {
            Ok(mut layout) => {
                layout.validate().unwrap();
                let length = layout.stored_len().unwrap();
                layout.fit(length.saturating_add(random.next() % 100)).unwrap_or_else(|error| {
                    assert!(layout.subsampled, "{error}");
                });
                sound += 1;
            }
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Pixel | ErrorKind::Unsupported), "{error}");
                refused += 1;
            }
        }
    }
    assert!(sound > 500 && refused > 500, "{sound} {refused}");
}

#[test]
fn decoded_frames_are_by_pixel_in_the_hosts_order() {
    let mut header = Made::colour("YBR_RCT", 1);
    header.big_endian = true;
    let layout = PixelLayout::of_decoded(&header).unwrap();
    assert_eq!((layout.photometric, layout.planar, layout.word_swapped), (Photometric::Rgb, false, false));
    let shared = PixelLayout::of_decoded(&Made::colour("YBR_FULL_422", 0).without(tags::PLANAR)).unwrap();
    assert_eq!((shared.subsampled, shared.frame_bits(), shared.findings.len()), (false, 96, 0));
    let bits = PixelLayout::of_decoded(&Made::grey(1, 1, 0)).unwrap();
    assert_eq!((bits.bits_allocated, bits.dtype(), bits.sample().bits), (8, Dtype::U8, 1));
}

#[test]
fn an_icon_is_read_as_an_image_of_its_own() {
    let icon = Made::grey(8, 8, 0).us(tags::ROWS, &[64]);
    let sequence = Tag(0x0088_0200);
    let image = Made::grey(16, 12, 0).items(sequence, &[icon]);
    let items = Attributes::items(&image, sequence);
    let layout = PixelLayout::from_attributes(items[0].as_ref()).unwrap();
    assert_eq!((layout.rows, layout.dtype()), (64, Dtype::U8));
}
