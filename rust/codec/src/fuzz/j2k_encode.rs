//! JPEG 2000's encoder: whatever the options and samples, they are refused, or what is written reads back as what was given.

use crate::j2k::block::{Style, Throughput};
use crate::j2k::{Components, Executor, Jpeg2000, Jpeg2000Encoder, Layer, Order};
use crate::simd::Level;
use crate::{Decoder, Image};

/// Numbers from the bytes; zeros behind their end.
struct Choices<'a>(std::iter::Copied<std::slice::Iter<'a, u8>>);

impl Choices<'_> {
    fn below(&mut self, bound: u8) -> u8 {
        self.0.next().unwrap_or(0) % bound
    }

    fn is_so(&mut self) -> bool {
        self.below(2) == 1
    }
}

const ORDERS: [Order; 5] = [Order::Lrcp, Order::Rlcp, Order::Rpcl, Order::Pcrl, Order::Cprl];

fn options(choices: &mut Choices<'_>) -> Jpeg2000Encoder {
    let is_ht = choices.is_so();
    let mut flag = || choices.is_so();
    let [bypass, reset, termall, causal, predictable, symbols] = [(); 6].map(|()| !is_ht && flag());
    let ht = if is_ht { Throughput::Only } else { Throughput::Off };
    let [reversible, colour, sop, eph, plt, tlm] = [(); 6].map(|()| flag());
    let precincts = (0..choices.below(4)).map(|_| (choices.below(9), choices.below(9))).collect();
    let layers = (0..choices.below(4)).map(|_| match choices.below(3) {
        0 => Layer::Everything,
        1 => Layer::Ratio(f32::from(choices.below(64))),
        _ => Layer::Psnr(f32::from(choices.below(120))),
    });
    let layers = layers.collect();
    let mut number = || i32::from(choices.below(255)) - 127;
    let components = match number() {
        100.. => Components::Principal,
        80.. => Components::Matrix((0..9).map(|_| f64::from(number()) / 32.0).collect()),
        60.. => Components::Steps((0..12).map(|_| number()).collect()),
        50.. => Components::Steps(vec![1, 5, 4, 1, -4, 2, 1, 3, 8, 9, -6, -2]),
        30.. => Components::Differences,
        _ => Components::Apart,
    };
    Jpeg2000Encoder {
        reversible,
        colour,
        components,
        sop,
        eph,
        plt,
        tlm,
        precincts,
        layers,
        style: Style { bypass, reset, termall, causal, predictable, symbols, ht },
        levels: Some(choices.below(35)).filter(|levels| *levels < 34),
        block: (choices.below(9) + 1, choices.below(9) + 1),
        tile: Some((choices.below(80).into(), choices.below(80).into())).filter(|tile| *tile != (0, 0)),
        order: ORDERS.get(usize::from(choices.below(5))).copied().unwrap_or_default(),
        step: f32::from(choices.below(32)) / 8.0,
    }
}

/// Encodes any samples by any options.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_j2k_encode(data: &[u8]) {
    let mut choices = Choices(data.iter().copied());
    let image = Image {
        rows: choices.below(70).into(),
        columns: choices.below(70).into(),
        components: choices.below(6).into(),
        precision: choices.below(39),
        is_signed: choices.is_so(),
    };
    let options = options(&mut choices);
    let Ok(length) = image.len() else { return };
    let rest = data.get(24..).filter(|rest| !rest.is_empty()).unwrap_or(&[0]);
    let samples: Vec<u8> = rest.iter().copied().cycle().take(length).collect();
    let (mut plain, mut wide) = (Vec::new(), Vec::new());
    let done = options.encode_with(Level::SCALAR, &image, &samples, Executor::HERE, &mut plain);
    assert_eq!(done, options.encode_with(Level::best(), &image, &samples, Executor::HERE, &mut wide));
    assert!(plain == wide, "plain and wide code differ");
    if done.is_err() {
        assert!(plain.is_empty(), "bytes of what was refused");
        return;
    }
    assert_eq!(Jpeg2000.describe(&plain), Ok(image));
    let mut once = vec![0; length];
    let read = Jpeg2000.decode_into(&plain, &image, &mut once);
    assert!(
        read.is_ok_and(|read| read.used == plain.len() && read.fault.is_none()),
        "{read:?} {options:?} {image:?}"
    );
    let is_whole = options.layers.last().is_none_or(|layer| *layer == Layer::Everything);
    if options.reversible && is_whole {
        // Bits above the precision are not kept; so what was read must read the same again, and be written the same.
        let mut again = Vec::new();
        assert_eq!(options.encode_into(&image, &once, Executor::HERE, &mut again), Ok(()));
        assert!(again == plain, "what was read is written differently");
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz_j2k_encode;
    use crate::fuzz::mutator::{Random, rounds};

    #[test]
    fn any_options_and_samples_read_back() {
        let mut random = Random(15_444);
        for _ in rounds(400) {
            let length = 24 + random.below(400);
            let data: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            fuzz_j2k_encode(&data);
        }
    }
}
