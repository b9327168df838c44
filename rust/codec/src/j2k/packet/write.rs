//! Writing packets: what a header tells of each block, the mirror of `read` (T.800 B.10).

use crate::{Error, ErrorKind, Result};

use super::super::block::{Pass, Style};
use super::super::geometry::Grid;
use super::bits::BitWriter;
use super::passes::room;
use super::tag_tree::Shape;

/// No layer, and more planes than any band has: what trees hold of blocks that no packet has.
const NEVER: u32 = u32::MAX >> 1;

/// Lblock at first (T.800 B.10.7.1).
const LENGTH_BITS: u8 = 3;

/// A coded block.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Coded {
    pub(crate) zero_planes: u8,
    /// Where its passes stand in the list of all, and how many they are.
    pub(crate) first_pass: u32,
    pub(crate) passes: u8,
}

impl Coded {
    /// Its passes among those of all blocks.
    pub(crate) fn of(self, passes: &[Pass]) -> &[Pass] {
        let first = self.first_pass as usize;
        passes.get(first..first + usize::from(self.passes)).unwrap_or_default()
    }

    /// Bytes of its first `count` passes.
    pub(crate) fn length(self, passes: &[Pass], count: u8) -> u32 {
        let last = usize::from(count).checked_sub(1);
        last.and_then(|last| self.of(passes).get(last)).map_or(0, |pass| pass.length)
    }
}

/// A band of a precinct: its code blocks and its tag trees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// The first of its blocks, in raster order.
    pub(crate) first: usize,
    blocks: Grid,
    shape: Shape,
    nodes: usize,
}

impl Cell {
    /// Its blocks.
    pub(crate) const fn blocks(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.blocks.across as usize * self.blocks.down as usize
    }
}

/// All blocks of a tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'a> {
    pub(crate) coded: &'a [Coded],
    pub(crate) passes: &'a [Pass],
    pub(crate) style: Style,
}

/// What packets have told so far.
#[derive(Clone, Default, Debug)]
pub(crate) struct Told {
    /// The layer in which each block is included first.
    inclusion: Vec<u32>,
    planes: Vec<u32>,
    passed_inclusion: Vec<u32>,
    passed_planes: Vec<u32>,
    length_bits: Vec<u8>,
    /// Passes of each block so far.
    pub(crate) had: Vec<u8>,
}

/// The bands of all precincts.
#[derive(Clone, Default, Debug)]
pub(crate) struct Cells {
    list: Vec<Cell>,
    nodes: usize,
    blocks: usize,
}

const TOO_MANY: Error = Error::new(ErrorKind::Limit, "JPEG 2000: more code blocks than memory can hold");

fn filled<T: Clone>(length: usize, value: T) -> Result<Vec<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(length).map_err(|_| TOO_MANY)?;
    list.resize(length, value);
    Ok(list)
}

impl Cells {
    /// Adds a band of a precinct; gives its index. Bands of a precinct are added one after another.
    pub(crate) fn push(&mut self, blocks: Grid) -> Result<usize> {
        let shape = Shape::new(blocks.across, blocks.down);
        self.list.try_reserve(1).map_err(|_| TOO_MANY)?;
        self.list.push(Cell { first: self.blocks, blocks, shape, nodes: self.nodes });
        self.nodes = self.nodes.checked_add(shape.nodes()).ok_or(TOO_MANY)?;
        let count = usize::try_from(blocks.count()).map_err(|_| TOO_MANY)?;
        self.blocks = self.blocks.checked_add(count).ok_or(TOO_MANY)?;
        Ok(self.list.len() - 1)
    }

    pub(crate) fn list(&self) -> &[Cell] {
        &self.list
    }

    /// How many blocks all cells have.
    pub(crate) const fn block_count(&self) -> usize {
        self.blocks
    }

    /// Nothing told yet.
    pub(crate) fn told(&self) -> Result<Told> {
        Ok(Told {
            inclusion: filled(self.nodes, NEVER)?,
            planes: filled(self.nodes, NEVER)?,
            passed_inclusion: filled(self.nodes, 0)?,
            passed_planes: filled(self.nodes, 0)?,
            length_bits: filled(self.blocks, LENGTH_BITS)?,
            had: filled(self.blocks, 0)?,
        })
    }
}

impl Told {
    /// Sets the trees for a layer that has `now` passes of each block, if layers before it have fewer of those that have any.
    pub(crate) fn plan(&mut self, cells: &Cells, blocks: &Blocks<'_>, layer: u16, now: &[u8]) {
        for cell in &cells.list {
            let nodes = cell.nodes..cell.nodes + cell.shape.nodes();
            let (Some(inclusion), Some(planes)) =
                (self.inclusion.get_mut(nodes.clone()), self.planes.get_mut(nodes))
            else {
                continue;
            };
            let range = cell.blocks();
            let coded = blocks.coded.get(range.clone()).unwrap_or_default();
            let now = now.get(range).unwrap_or_default();
            for (((layers, planes), coded), &now) in
                inclusion.iter_mut().zip(&mut *planes).zip(coded).zip(now)
            {
                if *layers == NEVER && now > 0 {
                    *layers = layer.into();
                }
                *planes = if coded.passes > 0 { coded.zero_planes.into() } else { NEVER };
            }
            cell.shape.fill(inclusion);
            cell.shape.fill(planes);
        }
    }

    /// Appends the header of a packet whose bands are `cells`; layers up to this one have `now` passes of each block.
    pub(crate) fn header(
        &mut self,
        cells: &[Cell],
        blocks: &Blocks<'_>,
        layer: u16,
        now: &[u8],
        out: &mut Vec<u8>,
    ) {
        let mut bits = BitWriter::new(out);
        let is_new = |block: usize| now.get(block) > self.had.get(block);
        // T.800 B.10.3: a packet of no length.
        let is_empty = !cells.iter().any(|cell| cell.blocks().any(is_new));
        bits.bit(!is_empty);
        for cell in cells.iter().filter(|_| !is_empty) {
            let mut block = cell.first;
            for row in 0..cell.blocks.down {
                for column in 0..cell.blocks.across {
                    let now = now.get(block).copied().unwrap_or(0);
                    self.block(cell, (column, row), block, (layer, now), blocks, &mut bits);
                    block += 1;
                }
            }
        }
        bits.finish();
    }

    fn block(
        &mut self,
        cell: &Cell,
        (column, row): (u32, u32),
        number: usize,
        (layer, now): (u16, u8),
        blocks: &Blocks<'_>,
        bits: &mut BitWriter<'_>,
    ) {
        let (Some(had), Some(length_bits), Some(coded)) =
            (self.had.get_mut(number), self.length_bits.get_mut(number), blocks.coded.get(number))
        else {
            return;
        };
        let nodes = cell.nodes..cell.nodes + cell.shape.nodes();
        // T.800 B.10.4, B.10.5.
        if *had == 0 {
            let (Some(values), Some(told)) =
                (self.inclusion.get(nodes.clone()), self.passed_inclusion.get_mut(nodes.clone()))
            else {
                return;
            };
            cell.shape.write(values, told, column, row, u32::from(layer) + 1, bits);
            if now == 0 {
                return;
            }
            let (Some(values), Some(told)) =
                (self.planes.get(nodes.clone()), self.passed_planes.get_mut(nodes))
            else {
                return;
            };
            cell.shape.write(values, told, column, row, NEVER, bits);
        } else {
            bits.bit(now > *had);
            if now <= *had {
                return;
            }
        }
        count(now - *had, bits);
        lengths(*coded, blocks, *had..now, length_bits, bits);
        *had = now;
    }
}

/// The number of new passes (T.800 B.10.6, Table B.4).
fn count(passes: u8, bits: &mut BitWriter<'_>) {
    let passes = u32::from(passes);
    match passes {
        0..=1 => bits.bit(false),
        2 => bits.bits(0b10, 2),
        3..=5 => bits.bits(0b1100 | (passes - 3), 4),
        6..=36 => bits.bits(0b1111 << 5 | (passes - 6), 9),
        _ => bits.bits(0b1_1111_1111 << 7 | (passes - 37), 16),
    }
}

/// The lengths of all codeword segments, or parts of them, that the new passes have (T.800 B.10.7).
fn lengths(
    coded: Coded,
    blocks: &Blocks<'_>,
    new: std::ops::Range<u8>,
    length_bits: &mut u8,
    bits: &mut BitWriter<'_>,
) {
    let segments = || {
        let mut pass = new.start;
        std::iter::from_fn(move || {
            let count = (new.end - pass).min(room(blocks.style, pass));
            if count == 0 {
                return None;
            }
            let (from, to) = (coded.length(blocks.passes, pass), coded.length(blocks.passes, pass + count));
            pass += count;
            Some((count.ilog2(), to.saturating_sub(from)))
        })
    };
    let needed = segments().map(|(log, length)| (length | 1).ilog2() + 1 - log.min((length | 1).ilog2() + 1));
    let needed = u8::try_from(needed.max().unwrap_or(0)).unwrap_or(u8::MAX).max(*length_bits);
    for _ in *length_bits..needed {
        bits.bit(true);
    }
    bits.bit(false);
    *length_bits = needed;
    for (log, length) in segments() {
        bits.bits(length, u32::from(needed) + log);
    }
}
