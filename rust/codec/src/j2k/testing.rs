//! Small streams of many kinds, for tests that take streams apart or damage them.

use crate::Image;
use crate::j2k::{Components, Executor, Jpeg2000Encoder, Layer, Order};

/// A picture of some twenty pixels a side: a slope with a grain, of every value in turn.
fn samples(image: &Image) -> Vec<u8> {
    let mut state = 1_u32;
    let columns = image.columns * u32::from(image.components);
    let values = (0..image.rows * columns).map(|place| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let slope = u64::from(3 * (place % columns) + 5 * (place / columns) + (state >> 29));
        (slope << image.precision) >> 8
    });
    let size = image.sample_size();
    values.flat_map(|value| value.to_ne_bytes()[..size].to_vec()).collect()
}

fn stream(encoder: &Jpeg2000Encoder, rows: u32, columns: u32, components: u16, precision: u8) -> Vec<u8> {
    let image = Image { rows, columns, components, precision, is_signed: precision == 12 };
    let mut out = Vec::new();
    encoder.encode_into(&image, &samples(&image), Executor::HERE, &mut out).unwrap();
    out
}

/// Streams without markers between their packets, a tile-part a tile: grey in layers, 9/7, colour, four components, high throughput in
/// colour and in tiles.
pub(crate) fn plain() -> Vec<Vec<u8>> {
    let plain = Jpeg2000Encoder { levels: Some(2), block: (4, 4), ..Jpeg2000Encoder::default() };
    let quick =
        Jpeg2000Encoder { tlm: false, levels: Some(2), block: (4, 4), ..Jpeg2000Encoder::high_throughput() };
    let layers = vec![Layer::Ratio(6.0), Layer::Ratio(3.0), Layer::Everything];
    let irreversible = Jpeg2000Encoder { reversible: false, step: 0.25, ..plain.clone() };
    let cut = Jpeg2000Encoder { precincts: vec![(3, 3), (2, 2)], order: Order::Pcrl, ..plain.clone() };
    let tiles = Jpeg2000Encoder { tile: Some((9, 8)), order: Order::Cprl, ..quick.clone() };
    vec![
        stream(&Jpeg2000Encoder { layers, ..plain.clone() }, 21, 17, 1, 8),
        stream(&irreversible, 19, 23, 1, 16),
        stream(&Jpeg2000Encoder { colour: true, order: Order::Rlcp, ..plain }, 13, 12, 3, 8),
        stream(&cut, 9, 9, 4, 8),
        stream(&Jpeg2000Encoder { colour: true, ..quick }, 14, 13, 3, 8),
        stream(&tiles, 20, 21, 1, 8),
    ]
}

/// These, and others with markers, with other styles, and signed.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let marked = Jpeg2000Encoder { sop: true, eph: true, plt: true, tlm: true, ..Jpeg2000Encoder::default() };
    let mut styled = Jpeg2000Encoder { levels: Some(0), ..marked.clone() };
    (styled.style.bypass, styled.style.termall, styled.style.causal) = (true, true, true);
    let lossy =
        Jpeg2000Encoder { reversible: false, colour: true, layers: vec![Layer::Psnr(40.0)], ..marked };
    let quick = Jpeg2000Encoder { reversible: false, ..Jpeg2000Encoder::high_throughput() };
    let differences = Jpeg2000Encoder { components: Components::Differences, ..Jpeg2000Encoder::default() };
    let steps = Components::Steps(vec![1, 5, 4, 1, -4, 2, 1, 3, 8, 9, -6, -2]);
    let steps = Jpeg2000Encoder { components: steps, plt: true, ..Jpeg2000Encoder::default() };
    let axes = Jpeg2000Encoder {
        components: Components::Principal,
        reversible: false,
        ..Jpeg2000Encoder::default()
    };
    let mut streams = plain();
    streams.extend([
        stream(&styled, 15, 11, 1, 12),
        stream(&differences, 9, 13, 5, 12),
        stream(&steps, 11, 10, 3, 8),
        stream(&axes, 12, 9, 2, 8),
        stream(&lossy, 16, 16, 3, 8),
        stream(&quick, 18, 20, 1, 16),
        stream(&Jpeg2000Encoder::high_throughput(), 17, 21, 1, 8),
    ]);
    streams
}
