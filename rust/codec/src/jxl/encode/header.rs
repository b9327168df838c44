//! What stands before the samples: the headers of image and frame, the table of contents, the tree (18181-1 D, F, H).

use super::bits::BitWriter;
use super::prefix::Code;
use crate::Image;

/// Rows and columns of a group, as [`GROUP_SHIFT`] says.
pub(super) const GROUP: usize = 256;
const GROUP_SHIFT: u64 = 1;
/// Rows and columns of the groups that are called LF: eight times as much.
const LF_GROUP: usize = 8 * GROUP;
/// The first symbol that is the length of a run, and the shortest run (18181-1 C.2.1: the usual symbol, and one of the lengths).
pub(super) const RUNS: usize = 224;
pub(super) const SHORTEST_RUN: usize = 7;
/// Bits of a sample's residual that its symbol has beside their number (18181-1 C.3.3: as many of the highest ones).
pub(super) const HIGHEST: u32 = 2;

/// `U32` (18181-1 B.2.2): the first of these ranges that holds the value.
fn select(out: &mut BitWriter, value: u64, ranges: [(u32, u64); 4]) {
    for (selector, (bits, offset)) in (0..).zip(ranges) {
        if value >= offset && value - offset < 1 << bits {
            out.put(2, selector);
            out.put(bits, value - offset);
            return;
        }
    }
}

/// An enumeration (18181-1 B.2.4).
fn name(out: &mut BitWriter, value: u64) {
    select(out, value, [(0, 0), (0, 1), (4, 2), (6, 18)]);
}

/// True where an image needs level 10 (18181-1 M): samples, or differences of colours, of more than sixteen bits while they are predicted.
pub(super) const fn is_wide(image: &Image) -> bool {
    image.precision as u16 + (image.components > 1) as u16 > 14
}

/// The headers of the image (18181-1 D.2, D.3).
pub(super) fn image(out: &mut BitWriter, image: &Image) {
    out.put(16, 0x0AFF);
    out.flag(false);
    let sizes = [(9, 1), (13, 1), (18, 1), (30, 1)];
    select(out, image.rows.into(), sizes);
    // No ratio.
    out.put(3, 0);
    select(out, image.columns.into(), sizes);
    // Not all default, no other fields.
    out.put(2, 0);
    out.flag(false);
    select(out, image.precision.into(), [(0, 8), (0, 10), (0, 12), (6, 1)]);
    out.flag(!is_wide(image));
    // No channels beside the colour, no XYB.
    out.put(2, 0);
    out.flag(false);
    // 18181-1 table D.4: sRGB, or grey with its white and its transfer function.
    out.flag(image.components > 1);
    if image.components == 1 {
        out.flag(false);
        name(out, 1);
        name(out, 1);
        out.flag(false);
        name(out, 13);
        name(out, 1);
    }
    // No extensions; the usual matrices.
    out.put(2, 0);
    out.flag(true);
    out.pad();
}

/// The header of the only frame (18181-1 F.2): shown, modular, the last one, without filters.
pub(super) fn frame(out: &mut BitWriter) {
    out.flag(false);
    out.put(2, 0);
    out.flag(true);
    // No flags, no luminance and chrominance, no upsampling.
    out.put(2, 0);
    out.flag(false);
    out.put(2, 0);
    out.put(2, GROUP_SHIFT);
    // One pass, the whole image, put in place of what was there.
    out.put(2, 0);
    out.flag(false);
    out.put(2, 0);
    out.flag(true);
    // No name.
    out.put(2, 0);
    // No filters, no extensions of theirs or of the frame.
    out.put(2, 0);
    out.put(2, 0);
    out.put(2, 0);
    out.put(2, 0);
}

/// The table of contents (18181-1 F.3): the length of each section.
pub(super) fn contents(out: &mut BitWriter, image: &Image, global: usize, groups: &[usize]) {
    // Not permuted.
    out.flag(false);
    out.pad();
    let mut length =
        |length: usize| select(out, length as u64, [(10, 0), (14, 1024), (22, 17408), (30, 4_211_712)]);
    length(global);
    if !groups.is_empty() {
        let across = |size: u32| (size as usize).div_ceil(LF_GROUP);
        // What is called LF, and HF of all, hold nothing of a modular image.
        (0..=across(image.rows) * across(image.columns)).for_each(|_| length(0));
        for &group in groups {
            length(group);
        }
    }
    out.pad();
}

/// The tree and the codes of its leaves (18181-1 H.4, C.2): a leaf for each channel, all with the gradient predictor.
pub(super) fn global(out: &mut BitWriter, codes: &[Code], has_runs: bool) {
    // The usual quantisers; there is a tree.
    out.put(2, 0b11);
    tree(out, codes.len());
    out.flag(has_runs);
    if has_runs {
        out.put(2, 0);
        select(out, SHORTEST_RUN as u64, [(0, 3), (0, 4), (2, 5), (8, 9)]);
        // The length of a run: its number of bits, then they.
        out.put(4, 0);
    }
    let contexts = codes.len() + usize::from(has_runs);
    if contexts > 1 {
        // A code for each context.
        out.flag(true);
        let bits = if contexts > 2 { 2 } else { 1 };
        out.put(2, bits.into());
        (0..contexts).for_each(|context| out.put(bits, context as u64));
    }
    out.flag(true);
    for _ in codes {
        // Eight values have a symbol of their own.
        out.put(4, u64::from(HIGHEST) + 1);
        out.put(2, HIGHEST.into());
        out.put(1, 0);
    }
    if has_runs {
        out.put(4, 0);
    }
    let sizes = codes.iter().map(|code| code.size() - 1).chain(has_runs.then_some(1));
    sizes.for_each(|size| variable(out, size as u64));
    for code in codes {
        code.write(out);
    }
    if has_runs {
        // Every run is of the sample before: a code of the one symbol 1.
        out.put(2, 1);
        out.put(2, 0);
        out.put(1, 1);
    }
    // The header of the channels: this tree, the usual weights, the transform YCoCg of the first three, or none.
    out.put(2, 0b11);
    if codes.len() == 3 {
        out.put(2, 1);
        out.put(2, 0);
        out.put(2, 0);
        out.put(3, 0);
        out.put(2, 0);
    } else {
        out.put(2, 0);
    }
}

/// The header of the channels of a group: this tree, the usual weights, no transforms.
pub(super) fn group(out: &mut BitWriter) {
    out.put(4, 0b0011);
}

/// 18181-1 C.2.4: a number of up to 16 bits.
fn variable(out: &mut BitWriter, value: u64) {
    out.flag(value > 0);
    if value > 0 {
        let bits = value.ilog2();
        out.put(4, bits.into());
        out.put(bits, value - (1 << bits));
    }
}

/// A leaf, or decisions on the channel and three of them (18181-1 H.4.2). The leaves are those of the channels 0, 2, 1.
fn tree(out: &mut BitWriter, channels: usize) {
    // No runs, one code for all contexts: 0, 1, 2, 5 in two bits each.
    out.flag(false);
    out.put(3, 0b001);
    out.flag(true);
    // Sixteen values have a symbol of their own.
    out.put(4, 4);
    out.put(6, 0);
    variable(out, 5);
    out.put(4, 0b1101);
    for symbol in [0, 1, 2, 5] {
        out.put(3, symbol);
    }
    out.flag(false);
    let (zero, one, two, five) = (0b00, 0b10, 0b01, 0b11);
    // The gradient, nothing added, multiplied by one.
    let leaf = [zero, five, zero, zero, zero];
    let symbols: Vec<u64> = if channels == 3 {
        // Above channel 0? Then above channel 1?
        [&[one, zero, one, two][..], &leaf, &leaf, &leaf].concat()
    } else {
        leaf.to_vec()
    };
    for symbol in symbols {
        out.put(2, symbol);
    }
}
