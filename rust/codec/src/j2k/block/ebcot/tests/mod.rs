//! The laws of the block coder.

mod damage;
mod laws;
mod plain;
mod sequence;

use crate::fuzz::mutator::Random;
use crate::j2k::block::{CodedBlock, Orientation, Passes, Segment, Style, Word};

use super::{EncodeScratch, Scratch, decode, encode};

const ORIENTATIONS: [Orientation; 4] = [Orientation::LL, Orientation::HL, Orientation::LH, Orientation::HH];

/// All sixty-four styles.
fn style(bits: usize) -> Style {
    let is = |bit: usize| bits >> bit & 1 != 0;
    Style {
        bypass: is(0),
        reset: is(1),
        termall: is(2),
        causal: is(3),
        predictable: is(4),
        symbols: is(5),
        ..Style::default()
    }
}

/// The segments of the first `count` passes, as a packet header would give them.
fn segments(style: Style, passes: &Passes, count: usize) -> Vec<Segment> {
    let mut segments = Vec::new();
    let (mut open, mut start) = (0, 0);
    for (number, pass) in passes.passes.iter().take(count).enumerate() {
        open += 1;
        let is_last = number + 1 == count;
        let ends = style.termall || style.is_raw(number) != style.is_raw(number + 1);
        if is_last || ends {
            segments.push(Segment { length: pass.length - start, passes: open });
            (open, start) = (0, pass.length);
        }
    }
    segments
}

/// A block and how it is coded.
struct Case<W> {
    width: u32,
    height: u32,
    orientation: Orientation,
    planes: u8,
    style: Style,
    words: Vec<W>,
}

impl<W: Word> Case<W> {
    fn coded<'a>(&self, passes: &'a Passes, segments: &'a [Segment]) -> CodedBlock<'a> {
        CodedBlock {
            width: self.width,
            height: self.height,
            orientation: self.orientation,
            planes: self.planes,
            zero_planes: passes.zero_planes,
            style: self.style,
            data: &passes.data,
            segments,
        }
    }

    fn encode(&self, scratch: &mut EncodeScratch, passes: &mut Passes) {
        let Self { width, height, orientation, planes, style, .. } = *self;
        encode(&self.words, width, height, orientation, planes, style, scratch, passes).unwrap();
    }

    /// What decoding down to the plane with `left` planes below it gives.
    fn kept(&self, left: u32) -> Vec<W> {
        let lowest = W::BITS - 1 - u32::from(self.planes) + left;
        let half = if lowest > 0 { W::ONE << (lowest - 1) } else { W::ZERO };
        let kept = |word: W| match (word & !W::SIGN) >> lowest {
            magnitude if magnitude == W::ZERO => W::ZERO,
            magnitude => magnitude << lowest | half | (word & W::SIGN),
        };
        self.words.iter().map(|&word| kept(word)).collect()
    }
}

/// Words of a density that falls from plane to plane, or of an adversary.
fn words<W: Word>(random: &mut Random, count: usize, planes: u8) -> Vec<W> {
    let lowest = W::BITS - 1 - u32::from(planes);
    let kind = random.below(6);
    (0..count)
        .map(|at| {
            let deep = match kind {
                0 => 0,
                1 => random.below(usize::from(planes) + 1),
                2 => random
                    .below(usize::from(planes) + 1)
                    .saturating_sub(random.below(1 + usize::from(planes))),
                3 => usize::from(at % 7 == 0) * usize::from(planes),
                4 => usize::from(planes),
                _ if random.below(40) == 0 => usize::from(planes),
                _ => 0,
            };
            let mut bits = (random.below(1 << 32) as u64) << 32 | random.below(1 << 32) as u64;
            if kind == 4 {
                bits = u64::MAX;
            }
            let magnitude = if deep == 0 { 0 } else { bits >> (64 - deep) };
            let sign = if random.below(2) == 1 && magnitude != 0 { W::SIGN } else { W::ZERO };
            W::from_u64(magnitude) << lowest | sign
        })
        .collect()
}

fn size(random: &mut Random) -> (u32, u32) {
    const SIZES: [(u32, u32); 16] = [
        (64, 64),
        (32, 32),
        (4, 1024),
        (1024, 4),
        (1, 1),
        (1, 1024),
        (1024, 1),
        (3, 5),
        (16, 16),
        (17, 9),
        (63, 65),
        (65, 63),
        (5, 819),
        (240, 17),
        (33, 31),
        (128, 32),
    ];
    SIZES[random.below(SIZES.len())]
}

fn case<W: Word>(random: &mut Random, number: usize) -> Case<W> {
    let (width, height) = size(random);
    let planes = 1 + random.below(W::BITS as usize - 1) as u8;
    Case {
        width,
        height,
        orientation: ORIENTATIONS[random.below(4)],
        planes,
        style: style(number % 64),
        words: words(random, (width * height) as usize, planes),
    }
}
