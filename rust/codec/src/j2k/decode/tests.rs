//! Laws of excerpts: they give the part that the whole codestream gives, and take little of it.

use crate::j2k::colour::along::{self, Along};
use crate::j2k::geometry::Area;
use crate::j2k::markers;
use crate::j2k::markers::coding::{Coding, CodingDefault};
use crate::j2k::markers::size::{Component, Size};
use crate::j2k::markers::tile_part::TilePart;
use crate::j2k::testing;
use crate::j2k::{Components, DecodeOptions, Executor, Jpeg2000, Jpeg2000Encoder, Layer, Order, Region};
use crate::{ErrorKind, Image};

/// A picture whose blocks have something in all planes.
fn encoded(encoder: &Jpeg2000Encoder, side: u32, components: u16) -> Vec<u8> {
    let image = Image { rows: side, columns: side, components, precision: 8, is_signed: false };
    let samples: Vec<u8> = (0..side * side * u32::from(components))
        .map(|at| u8::try_from((at.wrapping_mul(2_654_435_761) >> 27) + at / side % 200).unwrap())
        .collect();
    let mut out = Vec::new();
    encoder.encode_into(&image, &samples, Executor::HERE, &mut out).unwrap();
    out
}

fn decoded(data: &[u8], options: &DecodeOptions) -> (Image, Vec<u8>) {
    let image = Jpeg2000::describe_with(data, options).unwrap();
    let mut out = vec![0; image.len().unwrap()];
    let done = Jpeg2000::decode_with(data, options, Executor::HERE, &image, &mut out).unwrap();
    assert_eq!(done.fault, None);
    (image, out)
}

/// The excerpt, and how many bytes were read for it.
fn excerpt(data: &[u8], options: &DecodeOptions) -> (Option<Vec<u8>>, usize) {
    let mut sum = 0;
    let mut read = |at: usize, into: &mut [u8]| {
        sum += into.len();
        data.get(at..at + into.len()).is_some_and(|bytes| {
            into.copy_from_slice(bytes);
            true
        })
    };
    let made = Jpeg2000::excerpt(data.len(), options, &mut read).unwrap();
    (made, sum)
}

fn parts(side: u32) -> Vec<DecodeOptions> {
    let whole = DecodeOptions::default();
    let part = |x, y, columns, rows| Some(Region { x, y, columns, rows });
    vec![
        whole,
        DecodeOptions { reduce: 1, ..whole },
        DecodeOptions { reduce: 2, layers: Some(1), ..whole },
        DecodeOptions { layers: Some(1), ..whole },
        DecodeOptions { region: part(side / 2, side / 3, side / 4, side / 5), ..whole },
        DecodeOptions { region: part(0, 0, 1, 1), reduce: 1, ..whole },
    ]
}

#[test]
fn an_excerpt_gives_the_part_that_the_whole_gives() {
    let layers = vec![Layer::Ratio(6.0), Layer::Ratio(3.0), Layer::Everything];
    let base = Jpeg2000Encoder { levels: Some(3), block: (4, 4), layers, ..Jpeg2000Encoder::default() };
    for order in [Order::Lrcp, Order::Rlcp, Order::Rpcl, Order::Pcrl, Order::Cprl] {
        for (plt, tlm, sop) in
            [(false, false, false), (true, true, false), (true, false, true), (false, true, true)]
        {
            for (tile, precincts) in [(None, vec![]), (Some((50, 33)), vec![]), (None, vec![(5, 5)])] {
                let encoder =
                    Jpeg2000Encoder { order, plt, tlm, sop, eph: sop, tile, precincts, ..base.clone() };
                let data = encoded(&encoder, 120, 2);
                for options in parts(120) {
                    let (made, _) = excerpt(&data, &options);
                    assert_eq!(
                        decoded(&made.unwrap(), &options),
                        decoded(&data, &options),
                        "{encoder:?} {options:?}"
                    );
                }
            }
        }
    }
    for data in testing::all() {
        for options in parts(9) {
            if Jpeg2000::describe_with(&data, &options).is_ok_and(|_| options.reduce == 0) {
                let (made, _) = excerpt(&data, &options);
                assert_eq!(decoded(&made.unwrap(), &options), decoded(&data, &options), "{options:?}");
            }
        }
    }
}

#[test]
fn an_excerpt_takes_what_it_needs() {
    let whole = DecodeOptions::default();
    let thumbnail = DecodeOptions { reduce: 3, ..whole };
    let corner = DecodeOptions { region: Some(Region { x: 8, y: 500, columns: 64, rows: 64 }), ..whole };
    let first = DecodeOptions { layers: Some(1), ..whole };
    let plain = Jpeg2000Encoder { levels: Some(4), ..Jpeg2000Encoder::default() };
    let tables = Jpeg2000Encoder { plt: true, tlm: true, ..plain.clone() };
    let layers = vec![Layer::Ratio(20.0), Layer::Everything];
    let cases = [
        // Resolutions first: without tables of packets a little more is read than what is needed.
        (Jpeg2000Encoder { order: Order::Rpcl, ..plain.clone() }, thumbnail, 8),
        (Jpeg2000Encoder { levels: Some(4), ..Jpeg2000Encoder::high_throughput() }, thumbnail, 8),
        // Resolutions last.
        (Jpeg2000Encoder { order: Order::Pcrl, precincts: vec![(6, 6)], ..tables.clone() }, thumbnail, 15),
        (
            Jpeg2000Encoder { order: Order::Cprl, components: Components::Apart, ..tables.clone() },
            thumbnail,
            15,
        ),
        (Jpeg2000Encoder { precincts: vec![(6, 6)], ..tables.clone() }, corner, 10),
        (Jpeg2000Encoder { tile: Some((128, 128)), tlm: true, ..plain.clone() }, corner, 10),
        (Jpeg2000Encoder { tile: Some((128, 128)), ..plain.clone() }, corner, 10),
        (Jpeg2000Encoder { layers: layers.clone(), ..plain }, first, 2),
        (Jpeg2000Encoder { layers, order: Order::Rlcp, ..tables }, first, 5),
    ];
    for (encoder, options, part) in cases {
        let data = encoded(&encoder, 700, 1);
        let (made, sum) = excerpt(&data, &options);
        let made = made.unwrap();
        assert_eq!(decoded(&made, &options), decoded(&data, &options));
        assert!(sum * part < data.len(), "{sum} of {} bytes: {encoder:?} {options:?}", data.len());
    }
}

#[test]
fn what_cannot_be_told_or_read_is_not_excerpted() {
    let data = encoded(&Jpeg2000Encoder::default(), 100, 1);
    let options = DecodeOptions { reduce: 1, ..DecodeOptions::default() };
    let cut = &data[..data.len() / 2];
    assert_eq!(excerpt(cut, &options).0, None);
    let boxed = [&b"\0\0\0\x0CjP  \r\n\x87\n\0\0\0\0jp2c"[..], &data].concat();
    assert_eq!(excerpt(&boxed, &options).0, None);
    assert!(Jpeg2000::excerpt(data.len(), &options, &mut |_, _| false).is_err());
    assert!(
        Jpeg2000::excerpt(3, &options, &mut |_, into| {
            into.fill(0);
            true
        })
        .unwrap()
        .is_none()
    );
}

/// A picture of 2,048 pixels a side in blocks of four, of which packets of as many layers as there may be say that they do not come yet: a
/// byte each. Unless what a tree says of many blocks at once is passed over at once, that takes an hour.
#[test]
fn blocks_that_never_come_take_no_time() {
    let area = Area { x0: 0, y0: 0, x1: 2048, y1: 2048 };
    let component = Component { precision: 8, is_signed: false, dx: 1, dy: 1 };
    let size = Size { capabilities: 0, image: area, tile: area, components: vec![component] };
    let coding = Coding { levels: 0, block: (2, 2), ..Coding::default() };
    let default = CodingDefault { layers: u16::MAX, coding, ..CodingDefault::default() };
    let mut data = markers::SOC.to_be_bytes().to_vec();
    size.write(&mut data).unwrap();
    default.write(&mut data).unwrap();
    data.extend([0xFF, 0x5C, 0, 4, 0x40, 0x40]);
    TilePart { tile: 0, length: 0, index: 0, count: 1 }.write(&mut data).unwrap();
    data.extend(markers::SOD.to_be_bytes());
    data.resize(data.len() + 65_535, 0x80);
    data.extend(markers::EOC.to_be_bytes());
    let image = Jpeg2000::describe_with(&data, &DecodeOptions::default()).unwrap();
    let mut out = vec![1; image.len().unwrap()];
    let begin = std::time::Instant::now();
    let done = Jpeg2000::decode_with(&data, &DecodeOptions::default(), Executor::HERE, &image, &mut out);
    assert_eq!(done.unwrap().fault, None);
    assert!(begin.elapsed().as_secs() < 60 && out.iter().all(|&sample| sample == 128));
}

#[test]
fn transforms_of_components_cost_no_more_than_they_may() {
    // A stage that is undone 255 times over, on many pixels.
    let components = Components::Differences;
    let encoder = Jpeg2000Encoder { components, ..Jpeg2000Encoder::default() };
    let mut data = encoded(&encoder, 512, 60);
    let at = data.windows(2).position(|two| two == markers::MCO.to_be_bytes()).unwrap();
    let stages = [&[0xFF, 0x77, 1, 2, 255][..], &[1; 255]].concat();
    data.splice(at..at + 6, stages);
    data.truncate(9_000);
    let image = Jpeg2000::describe_with(&data, &DecodeOptions::default()).unwrap();
    let mut out = vec![0; image.len().unwrap()];
    let done = Jpeg2000::decode_with(&data, &DecodeOptions::default(), Executor::HERE, &image, &mut out);
    assert_eq!(done.unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn a_wavelet_along_components_is_undone() {
    let image = Image { rows: 9, columns: 11, components: 5, precision: 10, is_signed: true };
    let values: Vec<i16> = (0..9 * 11 * 5).map(|at| (at * 37 % 301 - 150).try_into().unwrap()).collect();
    let samples: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    let mut data = Vec::new();
    Jpeg2000Encoder::default().encode_into(&image, &samples, Executor::HERE, &mut data).unwrap();
    let find =
        |data: &[u8], marker: u16| data.windows(2).position(|two| two == marker.to_be_bytes()).unwrap();
    // T.801 Table A.8, A.3.6 to A.3.9: twelve bits come out of two levels of 5/3, the first component on place 1.
    let at = find(&data, markers::COD) + 8;
    data[at] = 4;
    let mut told = Vec::new();
    markers::write(&mut told, markers::CBD, |out| out.extend([0x80, 5, 0x8B])).unwrap();
    let list = [0, 5, 0, 1, 2, 3, 4];
    let stage = [&[0, 0, 1, 0, 0, 0, 1, 3][..], &list, &list, &[2, 0, 1, 0, 0, 0, 1]].concat();
    markers::write(&mut told, markers::MCC, |out| out.extend(stage)).unwrap();
    markers::write(&mut told, markers::MCO, |out| out.extend([1, 1])).unwrap();
    let at = find(&data, markers::SOT);
    data.splice(at..at, told);
    let (made, out) = decoded(&data, &DecodeOptions::default());
    assert_eq!(made, Image { precision: 12, ..image });
    let along = Along { is_reversible: true, levels: 2, start: 1 };
    for (pixel, out) in values.chunks(5).zip(out.chunks(10)) {
        let mut row: Vec<f64> = pixel.iter().map(|&value| value.into()).collect();
        along.undo(&mut row, 1, &mut along::Scratch::default());
        let got: Vec<f64> = out.as_chunks().0.iter().map(|&bytes| i16::from_ne_bytes(bytes).into()).collect();
        assert_eq!(got, row);
    }
}
