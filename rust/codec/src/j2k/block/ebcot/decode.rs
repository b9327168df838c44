//! A coded block's segments and passes in their order (T.800 D.3 to D.6).

use crate::j2k::block::{CodedBlock, MAX_SAMPLES, Outcome, Style, Word};
use crate::{Error, ErrorKind, Result};

use super::assemble::assemble;
use super::board::Board;
use super::labels::significance;
use super::mq::{Mq, Symbols};
use super::passes::{Job, clean_up, propagate, refine};
use super::raw::Raw;
use super::states::{Contexts, UNIFORM, reset};
use super::unstuff::{Stuffing, unstuff};

/// The first pass that may bypass the arithmetic coder (T.800 Table D.9): three planes follow the first one before it.
pub(super) const FIRST_RAW: usize = 10;

const NOT_A_BLOCK: Error =
    Error::new(ErrorKind::Argument, "JPEG 2000: a code block of a size that there is not, or a wrong buffer");
const TOO_DEEP: Error =
    Error::new(ErrorKind::Unsupported, "JPEG 2000: more bit planes than a coefficient's word holds");

const CUT: &str = "JPEG 2000: a code block is cut off";
const TOO_MANY: &str = "JPEG 2000: a code block has more passes than bit planes";
const MIXED: &str = "JPEG 2000: a codeword segment of raw and of coded passes";
const NO_SYMBOL: &str = "JPEG 2000: a segmentation symbol is missing";
const NOT_PREDICTED: &str = "JPEG 2000: a codeword segment does not end as predicted";

/// What decoding takes, used again for every block.
#[derive(Clone, Debug)]
pub struct Scratch {
    state: Box<State>,
    /// What `state` was before the pass, where the pass may turn out to be cut off.
    before: Option<Box<State>>,
    plane_before: Vec<u64>,
    words: Vec<u32>,
    planes: Vec<u64>,
}

#[derive(Clone, Debug)]
struct State {
    board: Board,
    contexts: Contexts,
}

impl Default for Scratch {
    fn default() -> Self {
        let state = Box::new(State { board: Board::EMPTY, contexts: [0; 256] });
        Self { state, before: None, plane_before: Vec::new(), words: Vec::new(), planes: Vec::new() }
    }
}

/// The kinds of passes, in the order of a plane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Propagate,
    Refine,
    CleanUp,
}

impl Kind {
    /// Of the pass with this number: the first plane has a clean-up alone.
    pub(super) const fn of(pass: usize) -> Self {
        match pass % 3 {
            0 => Self::CleanUp,
            1 => Self::Propagate,
            _ => Self::Refine,
        }
    }
}

impl Style {
    /// Whether the pass is one of raw bits.
    pub(super) const fn is_raw(self, pass: usize) -> bool {
        self.bypass && pass >= FIRST_RAW && !pass.is_multiple_of(3)
    }
}

/// Refuses sizes that no block has, and more planes than words hold.
pub(super) fn check<W: Word>(width: u32, height: u32, planes: u8, samples: usize) -> Result<(usize, usize)> {
    let (width, height) = (width as usize, height as usize);
    if !(1..=1024).contains(&width) || !(1..=1024).contains(&height) {
        return Err(NOT_A_BLOCK);
    }
    if width * height > MAX_SAMPLES || samples != width * height {
        return Err(NOT_A_BLOCK);
    }
    if u32::from(planes) >= W::BITS {
        return Err(TOO_DEEP);
    }
    Ok((width, height))
}

/// Decodes a block into `out`, which has exactly its samples, row by row.
///
/// # Errors
///
/// `Argument` where the size is none of a code block or not that of `out`, `Unsupported` where a word is too narrow for the planes.
pub fn decode<W: Word>(block: &CodedBlock, scratch: &mut Scratch, out: &mut [W]) -> Result<Outcome> {
    let (width, height) = check::<W>(block.width, block.height, block.planes, out.len())?;
    let Scratch { state, planes, .. } = scratch;
    let has_passes = block.segments.iter().any(|segment| segment.passes > 0);
    let depth = usize::from(block.planes.saturating_sub(block.zero_planes));
    if !has_passes || depth == 0 {
        out.fill(W::ZERO);
        return Ok(Outcome { fault: has_passes.then_some(TOO_MANY) });
    }
    state.board.start(width, height);
    reset(&mut state.contexts);
    let tiles = state.board.tiles();
    planes.clear();
    // One more for the half bit.
    planes.resize(tiles * (depth + 1), 0);
    let (passes, fault) = if block.style.causal {
        Walk { block, depth, tiles }.segments::<true>(scratch)
    } else {
        Walk { block, depth, tiles }.segments::<false>(scratch)
    };
    let Some(last) = passes.checked_sub(1) else {
        out.fill(W::ZERO);
        return Ok(Outcome { fault });
    };
    let Scratch { state, planes, .. } = scratch;
    let used = halve(&state.board, planes, last, tiles);
    // The half bit has no room where the lowest plane is the lowest bit.
    let top = W::BITS - 2 - u32::from(block.zero_planes);
    let used = used.min(top as usize + 1);
    assemble(&state.board, planes.get(..used * tiles).unwrap_or_default(), top, width, out);
    Ok(Outcome { fault })
}

/// Sets the half bits (T.800 E.1.1.2) below the last plane of each significant sample, and gives how many planes are used.
fn halve(board: &Board, planes: &mut [u64], last: usize, tiles: usize) -> usize {
    let plane = last.div_ceil(3);
    let [.., current, below] =
        planes.get_mut(..(plane + 2) * tiles).map_or([&mut [] as &mut [u64], &mut []], |planes| {
            let (above, below) = planes.split_at_mut((plane + 1) * tiles);
            [above.get_mut(plane * tiles..).unwrap_or_default(), below]
        });
    for ((current, below), significant) in current.iter_mut().zip(below).zip(board.significant) {
        if Kind::of(last) == Kind::Propagate {
            // What was significant before has not been refined in this plane.
            *below = *current;
            *current = significant;
        } else {
            *below = significant;
        }
    }
    plane + 2
}

/// The way through a block.
struct Walk<'a> {
    block: &'a CodedBlock<'a>,
    depth: usize,
    tiles: usize,
}

impl Walk<'_> {
    /// Decodes the segments; gives the number of passes that count, and the first fault.
    fn segments<const CAUSAL: bool>(&self, scratch: &mut Scratch) -> (usize, Option<&'static str>) {
        let block = self.block;
        let mut rest = block.data;
        let (mut pass, mut fault) = (0, None);
        for segment in block.segments.iter().filter(|segment| segment.passes > 0) {
            let end = pass + usize::from(segment.passes);
            let length = segment.length as usize;
            let is_cut = rest.len() < length;
            let (data, behind) = rest.split_at(length.min(rest.len()));
            rest = behind;
            let is_raw = block.style.is_raw(pass);
            let stuffing = if is_raw { Stuffing::Void } else { Stuffing::Carry };
            let words = std::mem::take(&mut scratch.words);
            let mut run = Run { walk: self, scratch, pass, end, is_cut, fault };
            let mut words = words;
            let bits = unstuff(data, stuffing, &mut words);
            let goes_on = if is_raw {
                run.passes::<_, CAUSAL>(Raw::new(&words), bits)
            } else {
                run.passes::<_, CAUSAL>(Mq::new(&words), bits)
            };
            (pass, fault) = (run.pass, run.fault);
            scratch.words = words;
            if !goes_on {
                break;
            }
        }
        (pass, fault)
    }
}

/// One segment's passes.
struct Run<'a> {
    walk: &'a Walk<'a>,
    scratch: &'a mut Scratch,
    pass: usize,
    end: usize,
    is_cut: bool,
    fault: Option<&'static str>,
}

impl Run<'_> {
    /// Decodes them; false where nothing behind them makes sense.
    fn passes<S: Symbols, const CAUSAL: bool>(&mut self, mut symbols: S, bits: usize) -> bool {
        let style = self.walk.block.style;
        let labels = significance(self.walk.block.orientation);
        while self.pass < self.end {
            let plane = self.pass.div_ceil(3);
            let kind = Kind::of(self.pass);
            if plane >= self.walk.depth {
                self.fault.get_or_insert(TOO_MANY);
                return false;
            }
            if style.is_raw(self.pass) != S::RAW {
                self.fault.get_or_insert(MIXED);
                return false;
            }
            let from = plane * self.walk.tiles;
            if self.is_cut {
                self.keep(from);
            }
            let Scratch { state, planes, .. } = &mut *self.scratch;
            let plane = planes.get_mut(from..from + self.walk.tiles).unwrap_or_default();
            let State { board, contexts } = &mut **state;
            let mut job = Job { board, contexts, labels, plane };
            match kind {
                Kind::Propagate => propagate::<S, CAUSAL>(&mut job, &mut symbols),
                Kind::Refine => refine::<S, CAUSAL>(&mut job, &mut symbols),
                Kind::CleanUp => clean_up::<S, CAUSAL>(&mut job, &mut symbols),
            }
            if self.is_cut && symbols.used() > bits {
                self.undo(from);
                self.fault.get_or_insert(CUT);
                return false;
            }
            let State { contexts, .. } = &mut *self.scratch.state;
            // T.800 D.5.
            if style.symbols && kind == Kind::CleanUp {
                let symbol = (0..4).fold(0, |symbol, _| symbol << 1 | symbols.symbol(contexts, UNIFORM));
                if symbol != 0b1010 {
                    self.fault.get_or_insert(NO_SYMBOL);
                }
            }
            if style.reset {
                reset(contexts);
            }
            self.pass += 1;
        }
        if self.is_cut {
            self.fault.get_or_insert(CUT);
        }
        if style.predictable && !symbols.ends_as_predicted(bits) {
            self.fault.get_or_insert(NOT_PREDICTED);
        }
        !self.is_cut
    }

    /// Keeps what a pass that may be cut off is about to change.
    fn keep(&mut self, from: usize) {
        let Scratch { state, before, planes, plane_before, .. } = &mut *self.scratch;
        before.get_or_insert_with(|| state.clone()).clone_from(state);
        plane_before.clear();
        plane_before.extend_from_slice(planes.get(from..from + self.walk.tiles).unwrap_or_default());
    }

    /// Makes the pass undone that was cut off.
    fn undo(&mut self, from: usize) {
        let Scratch { state, before: Some(before), planes, plane_before, .. } = &mut *self.scratch else {
            return;
        };
        state.clone_from(before);
        for (plane, before) in planes.iter_mut().skip(from).zip(plane_before) {
            *plane = *before;
        }
    }
}
