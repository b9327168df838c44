//! What packets have told so far of a tile: precincts, code blocks, and where the bytes of each block lie.
//!
//! Everything lies in lists that grow with what the packets hold. A precinct is made when its first packet that is not empty comes.

use crate::{Error, ErrorKind, Result};

use super::super::block::Throughput;
use super::super::geometry::{Grid, Resolution};
use super::tag_tree::Shape;

/// No index.
pub(crate) const NONE: u32 = u32::MAX;

/// How a block's packets are read: by T.800, by T.814, or not known yet (T.814 B.3).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Coder {
    #[default]
    Annex,
    /// Only placeholder passes of T.814 so far. True: it may yet turn out to be of T.800.
    Undecided(bool),
    Throughput,
}

/// A code block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// Its first and last contribution.
    pub(crate) first: u32,
    last: u32,
    pub(crate) zero_planes: u8,
    /// Passes so far.
    pub(crate) passes: u8,
    /// Lblock, 0 before the block is included for the first time.
    pub(crate) length_bits: u8,
    pub(crate) coder: Coder,
}

/// What a packet holds of a codeword segment of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) block: u32,
    /// The next contribution to this block.
    pub(crate) next: u32,
    /// Where its bytes lie among the tile's packets.
    pub(crate) at: u32,
    pub(crate) length: u32,
    /// The index of its first pass, and how many they are.
    pub(crate) pass: u8,
    pub(crate) passes: u8,
}

/// A band of a precinct: its code blocks and its tag trees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) blocks: Grid,
    /// The first of its blocks, in raster order.
    pub(crate) first: u32,
    /// The tree of inclusion, then the tree of empty planes.
    pub(super) nodes: usize,
    pub(super) shape: Shape,
}

/// The lists.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Of each resolution of each component: the first cell of each precinct.
    precincts: Vec<Vec<u32>>,
    cells: Vec<Cell>,
    pub(super) blocks: Vec<Block>,
    pub(super) nodes: Vec<u32>,
    pub(super) chunks: Vec<Chunk>,
    /// How many blocks there may be.
    most: usize,
    /// How many blocks packets may yet speak of: that a block is in no packet of many layers takes no bits.
    pub(super) patience: u64,
}

/// Blocks of a tile that are free, and how many more there may be a byte of its packets: most blocks that are there have some bytes, and
/// those of which nothing is told share the bits of a tag tree.
const FREE: usize = 1 << 20;
const BLOCKS_A_BYTE: usize = 64;

const TOO_MANY: Error = Error::new(ErrorKind::Limit, "JPEG 2000: more code blocks than memory can hold");

const MORE_THAN_HELD: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: more code blocks than so few bytes of a tile can hold");

fn grow<T: Clone>(list: &mut Vec<T>, more: usize, value: T) -> Result<usize> {
    let start = list.len();
    let length = start.checked_add(more).filter(|&length| length < NONE as usize).ok_or(TOO_MANY)?;
    list.try_reserve(more).map_err(|_| TOO_MANY)?;
    list.resize(length, value);
    Ok(start)
}

impl State {
    /// For so many resolutions of all components together.
    pub(crate) fn new(resolutions: usize) -> Result<Self> {
        let mut state = Self { most: FREE, ..Self::default() };
        grow(&mut state.precincts, resolutions, Vec::new())?;
        Ok(state)
    }

    /// Before packets of so many bytes are read.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.patience = (1 << 26) + ((bytes as u64) << 12);
        self.most = FREE.saturating_add(bytes.saturating_mul(BLOCKS_A_BYTE));
    }

    /// The cells of a precinct, if it was made.
    pub(crate) fn cells(&self, resolution: usize, precinct: u32, bands: usize) -> &[Cell] {
        let first = self.precincts.get(resolution).and_then(|list| list.get(precinct as usize));
        let start = first.map_or(usize::MAX, |&first| first as usize);
        self.cells.get(start..start.saturating_add(bands)).unwrap_or_default()
    }

    /// True where no packet held anything of a block.
    pub(crate) const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(crate) fn block(&self, index: u32) -> Option<&Block> {
        self.blocks.get(index as usize)
    }

    pub(crate) fn chunk(&self, index: u32) -> Option<&Chunk> {
        self.chunks.get(index as usize)
    }

    /// Makes a precinct, unless it is there; gives the index of its first cell.
    pub(super) fn precinct(
        &mut self,
        resolution: usize,
        precinct: u32,
        style: Throughput,
        geometry: impl FnOnce() -> Resolution,
    ) -> Result<usize> {
        let list = self.precincts.get_mut(resolution).ok_or(TOO_MANY)?;
        if let Some(&first) = list.get(precinct as usize)
            && first != NONE
        {
            return Ok(first as usize);
        }
        let missing = (precinct as usize + 1).saturating_sub(list.len());
        grow(list, missing, NONE)?;
        let start = self.cells.len();
        let geometry = geometry();
        let across = geometry.precincts.across.max(1);
        let coder = match style {
            Throughput::Off => Coder::Annex,
            Throughput::Only => Coder::Undecided(false),
            Throughput::Mixed => Coder::Undecided(true),
        };
        let block = Block { first: NONE, last: NONE, zero_planes: 0, passes: 0, length_bits: 0, coder };
        for band in geometry.bands() {
            let blocks = band.blocks(&geometry.precincts, precinct % across, precinct / across);
            let count = usize::try_from(blocks.count()).map_err(|_| TOO_MANY)?;
            if self.blocks.len().saturating_add(count) > self.most {
                return Err(MORE_THAN_HELD);
            }
            let shape = Shape::new(blocks.across, blocks.down);
            let first = u32::try_from(grow(&mut self.blocks, count, block)?).map_err(|_| TOO_MANY)?;
            let nodes = grow(&mut self.nodes, shape.nodes().saturating_mul(2), 0)?;
            self.cells.push(Cell { blocks, first, nodes, shape });
        }
        let first = u32::try_from(start).map_err(|_| TOO_MANY)?;
        if let Some(entry) =
            self.precincts.get_mut(resolution).and_then(|list| list.get_mut(precinct as usize))
        {
            *entry = first;
        }
        Ok(start)
    }

    pub(super) fn cell(&self, index: usize) -> Option<Cell> {
        self.cells.get(index).copied()
    }

    /// Hangs a chunk behind what its block has.
    pub(super) fn link(&mut self, index: usize) {
        let Ok(number) = u32::try_from(index) else { return };
        let Some(chunk) = self.chunks.get(index) else { return };
        let Some(block) = self.blocks.get_mut(chunk.block as usize) else { return };
        let last = block.last;
        block.last = number;
        if last == NONE {
            block.first = number;
        } else if let Some(chunk) = self.chunks.get_mut(last as usize) {
            chunk.next = number;
        }
    }
}
