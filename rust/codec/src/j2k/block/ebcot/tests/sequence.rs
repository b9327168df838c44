//! The test sequence of the MQ coder (T.88 H.2, which T.800 Annex C shares).

use super::plain::{Context, Plain};
use crate::j2k::block::ebcot::mq::{Mq, Symbols};
use crate::j2k::block::ebcot::mq_encode::{MqEncoder, Sink};
use crate::j2k::block::ebcot::states::STATES;
use crate::j2k::block::ebcot::unstuff::{Stuffing, unstuff};

const PLAIN: [u8; 32] = [
    0x00, 0x02, 0x00, 0x51, 0x00, 0x00, 0x00, 0xC0, 0x03, 0x52, 0x87, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x82,
    0xC0, 0x20, 0x00, 0xFC, 0xD7, 0x9E, 0xF6, 0xBF, 0x7F, 0xED, 0x90, 0x4F, 0x46, 0xA3, 0xBF,
];
/// Without the marker at the end.
const CODED: [u8; 28] = [
    0x84, 0xC7, 0x3B, 0xFC, 0xE1, 0xA1, 0x43, 0x04, 0x02, 0x20, 0x00, 0x00, 0x41, 0x0D, 0xBB, 0x86, 0xF4,
    0x31, 0x7F, 0xFF, 0x88, 0xFF, 0x37, 0x47, 0x1A, 0xDB, 0x6A, 0xDF,
];

fn bits() -> impl Iterator<Item = u64> {
    PLAIN.iter().flat_map(|&byte| (0..8).rev().map(move |bit| u64::from(byte >> bit & 1)))
}

#[test]
fn the_sequence_is_encoded() {
    let mut data = Vec::new();
    let mut encoder = MqEncoder::new();
    let mut contexts = [STATES[0]; 256];
    for (number, bit) in bits().enumerate() {
        if number % 2 == 0 {
            encoder.flat(&mut contexts, 0, bit, &mut data);
        } else {
            encoder.symbol(&mut contexts, 0, bit, &mut data);
        }
    }
    encoder.finish(false, &mut data);
    assert_eq!(data, CODED);
}

#[test]
fn the_sequence_is_decoded() {
    let mut words = Vec::new();
    unstuff(&CODED, Stuffing::Carry, &mut words);
    let mut mq = Mq::new(&words);
    let mut contexts = [STATES[0]; 256];
    let mut plain = Plain::new(&CODED);
    let mut context = Context::default();
    for (number, bit) in bits().enumerate() {
        let own = if number % 2 == 0 { mq.flat(&mut contexts, 0) } else { mq.symbol(&mut contexts, 0) };
        assert_eq!((own, plain.decode(&mut context)), (bit, bit), "{number}");
    }
}
