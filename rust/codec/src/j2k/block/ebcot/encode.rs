//! A block's passes in their order, and the codeword segments that hold them (T.800 D.3 to D.6).

use crate::j2k::block::{Orientation, Pass, Passes, Style, Word};
use crate::{Error, ErrorKind, Result};

use super::board::Board;
use super::decode::{Kind, check};
use super::distortion::Measure;
use super::encode_passes::{Job, clean_up, propagate, refine};
use super::labels::significance;
use super::mq_encode::{MqEncoder, Sink};
use super::planes::disassemble;
use super::raw_encode::RawWriter;
use super::states::{Contexts, UNIFORM, reset};

const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG 2000: no memory for a code block");

/// What encoding takes, used again for every block.
#[derive(Clone, Debug)]
pub struct EncodeScratch {
    board: Box<Board>,
    contexts: Box<Contexts>,
    planes: Vec<u64>,
    told: Vec<u64>,
    /// Whether passes are measured; where every pass is written anyway, nobody asks.
    pub measures: bool,
}

impl Default for EncodeScratch {
    fn default() -> Self {
        Self {
            board: Box::new(Board::EMPTY),
            contexts: Box::new([0; 256]),
            planes: Vec::new(),
            told: Vec::new(),
            measures: true,
        }
    }
}

impl Style {
    /// Whether a codeword segment ends with the pass even if another follows (T.800 Tables D.8 and D.9).
    const fn ends(self, pass: usize) -> bool {
        // With bypass: the last coded pass before raw ones, and the last raw one before a coded one.
        self.termall || self.is_raw(pass) != self.is_raw(pass + 1)
    }
}

/// Encodes all planes of a block whose `words` have the highest of `planes` magnitude bits below the sign, and may have fraction bits
/// behind the lowest, which only count for distortion.
///
/// # Errors
///
/// `Argument` where the size is none of a code block or not that of `words`, `Unsupported` where a word is too narrow for the planes.
#[expect(clippy::too_many_arguments, reason = "a block has no other shape than that of what codes it")]
pub fn encode<W: Word>(
    words: &[W],
    width: u32,
    height: u32,
    orientation: Orientation,
    planes: u8,
    style: Style,
    scratch: &mut EncodeScratch,
    out: &mut Passes,
) -> Result<()> {
    let (width, height) = check::<W>(width, height, planes, words.len())?;
    out.data.clear();
    out.passes.clear();
    out.zero_planes = planes;
    let lowest = W::BITS - 1 - u32::from(planes);
    let all = words.iter().fold(W::ZERO, |all, word| all | *word) & !W::SIGN;
    let depth = 64 - (all >> lowest).to_u64().leading_zeros();
    if depth == 0 {
        return Ok(());
    }
    out.zero_planes = planes - depth as u8;
    scratch.board.start(width, height);
    reset(&mut scratch.contexts);
    let tiles = scratch.board.tiles();
    scratch.planes.clear();
    scratch.planes.resize(tiles * depth as usize, 0);
    scratch.told.clear();
    scratch.told.resize(tiles, 0);
    disassemble(&mut scratch.board, words, width, lowest + depth - 1, &mut scratch.planes);
    // Hardly ever more than a byte and a half a bit plane and eight samples.
    out.data.try_reserve(words.len() * depth as usize / 5 + 64).map_err(|_| NO_MEMORY)?;
    let is_whole = (all & ((W::ONE << lowest) - W::ONE)) == W::ZERO;
    let walk =
        Walk { words, width, lowest, depth: depth as usize, is_whole, orientation, style, scratch, out };
    if style.causal {
        walk.passes::<true>();
    } else {
        walk.passes::<false>();
    }
    Ok(())
}

/// The way through a block.
struct Walk<'a, W> {
    words: &'a [W],
    width: usize,
    /// The bit of the lowest plane.
    lowest: u32,
    depth: usize,
    is_whole: bool,
    orientation: Orientation,
    style: Style,
    scratch: &'a mut EncodeScratch,
    out: &'a mut Passes,
}

impl<W: Word> Walk<'_, W> {
    fn passes<const CAUSAL: bool>(mut self) {
        let count = 3 * self.depth - 2;
        let mut pass = 0;
        while pass < count {
            let start = self.out.passes.len();
            pass = if self.style.is_raw(pass) {
                self.segment::<_, CAUSAL>(RawWriter::new(), pass, count)
            } else {
                self.segment::<_, CAUSAL>(MqEncoder::new(), pass, count)
            };
            // No pass needs more than the whole segment, and none less than those before it.
            let length = self.out.data.len() as u32;
            let mut most = length;
            for pass in self.out.passes.iter_mut().skip(start).rev() {
                most = most.min(pass.length);
                pass.length = most;
            }
            if let Some(last) = self.out.passes.last_mut() {
                last.length = length;
            }
        }
    }

    /// Encodes the passes of one codeword segment; gives the pass behind it.
    fn segment<S: Sink, const CAUSAL: bool>(&mut self, mut sink: S, first: usize, count: usize) -> usize {
        let labels = significance(self.orientation);
        let style = self.style;
        let mut pass = first;
        loop {
            let plane = pass.div_ceil(3);
            let kind = Kind::of(pass);
            let EncodeScratch { board, contexts, planes, told, measures } = &mut *self.scratch;
            let tiles = board.tiles();
            let mut job = Job {
                board,
                contexts,
                labels,
                plane: planes.get(plane * tiles..(plane + 1) * tiles).unwrap_or_default(),
                told,
                data: &mut self.out.data,
            };
            match kind {
                Kind::Propagate => propagate::<S, CAUSAL>(&mut job, &mut sink),
                Kind::Refine => refine::<S, CAUSAL>(&mut job, &mut sink),
                Kind::CleanUp => clean_up::<S, CAUSAL>(&mut job, &mut sink),
            }
            // T.800 D.5.
            if style.symbols && kind == Kind::CleanUp {
                for bit in [1, 0, 1, 0] {
                    sink.flat(contexts, UNIFORM, bit, &mut self.out.data);
                }
            }
            if style.reset {
                reset(contexts);
            }
            let below = self.depth - 1 - plane;
            let distortion = if *measures {
                let bit = self.lowest + below as u32;
                let is_exact = below == 0 && self.is_whole;
                let measure = Measure { words: self.words, width: self.width, bit, is_exact };
                (measure.fall(board, told, kind != Kind::Refine) * (2.0 * below as f32).exp2()).min(f32::MAX)
            } else {
                0.0
            };
            let length = sink.enough(&self.out.data) as u32;
            self.out.passes.push(Pass { length, distortion });
            pass += 1;
            if pass == count || style.ends(pass - 1) {
                sink.finish(style.predictable, &mut self.out.data);
                return pass;
            }
        }
    }
}
