//! Reading packets: what a header tells of each block, then where its bytes lie (T.800 B.10, T.814 B.3).

use crate::{Error, ErrorKind, Result};

use super::super::block::Style;
use super::super::geometry::Resolution;
use super::super::markers::malformed;
use super::bits::BitReader;
use super::passes::Lengths;
use super::state::{Chunk, Coder, NONE, State};

/// No band has more planes: 38 bits, three of gain, seven guard bits, and a region's shift.
const MAX_PLANES: u32 = 128;

const TOO_DEAR: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: packets that speak of more blocks than so few bytes may");

/// Where packets are read, and where their headers are, if those stand apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) at: usize,
    /// Packed headers and the place in them.
    pub(crate) packed: Option<(&'a [u8], usize)>,
}

/// A packet to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The index of its resolution among all resolutions of all components.
    pub(crate) resolution: usize,
    pub(crate) precinct: u32,
    pub(crate) layer: u16,
    pub(crate) bands: usize,
    pub(crate) style: Style,
    /// False where its bytes are passed over.
    pub(crate) is_kept: bool,
}

impl Source<'_> {
    /// True where not even an empty packet can come.
    pub(crate) const fn is_at_end(&self) -> bool {
        match self.packed {
            Some((packed, at)) => at >= packed.len(),
            None => self.at >= self.data.len(),
        }
    }

    /// Reads a packet. False where its bytes are cut off.
    pub(crate) fn read(
        &mut self,
        state: &mut State,
        wanted: &Wanted,
        geometry: impl FnOnce() -> Resolution,
    ) -> Result<bool> {
        // T.800 A.8.1. No packet header begins like SOP, for behind FF comes no byte above 8F.
        if self.data.get(self.at..).is_some_and(|rest| rest.starts_with(&[0xFF, 0x91, 0, 4])) {
            self.at += 6;
        }
        let (bytes, at) = self.packed.unwrap_or((self.data, self.at));
        let start = state.chunks.len();
        let header = Header { bits: BitReader::new(bytes, at), wanted };
        let done = header.read(state, geometry);
        let mut at = match done {
            Ok(at) => at,
            Err(error) => {
                state.chunks.truncate(start);
                return Err(error);
            }
        };
        // T.800 A.8.2.
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(&[0xFF, 0x92])) {
            at += 2;
        }
        match &mut self.packed {
            Some(packed) => packed.1 = at,
            None => self.at = at,
        }
        let is_whole = self.place(state, start);
        if wanted.is_kept {
            (start..state.chunks.len()).for_each(|index| state.link(index));
        } else {
            state.chunks.truncate(start);
        }
        Ok(is_whole)
    }

    /// Gives chunks from `start` on their places behind the header; false where some lie beyond the end.
    fn place(&mut self, state: &mut State, start: usize) -> bool {
        let mut is_whole = true;
        let State { chunks, blocks, .. } = state;
        for chunk in chunks.iter_mut().skip(start) {
            let left = self.data.len().saturating_sub(self.at);
            chunk.at = u32::try_from(self.at).unwrap_or(u32::MAX);
            if (chunk.length as usize) > left {
                is_whole = false;
                // The coder of T.800 sees where its bytes end; that of T.814 reads from both ends, and has to be told.
                if blocks.get(chunk.block as usize).is_some_and(|block| block.coder == Coder::Throughput) {
                    chunk.passes = 0;
                }
            }
            self.at = self.at.saturating_add(chunk.length as usize);
        }
        is_whole
    }
}

struct Header<'a> {
    bits: BitReader<'a>,
    wanted: &'a Wanted,
}

impl Header<'_> {
    /// Reads the header; gives the place behind it.
    fn read(mut self, state: &mut State, geometry: impl FnOnce() -> Resolution) -> Result<usize> {
        // T.800 B.10.3: a packet of no length.
        if !self.bits.bit()? {
            return Ok(self.bits.finish());
        }
        let wanted = self.wanted;
        let first = state.precinct(wanted.resolution, wanted.precinct, wanted.style.ht, geometry)?;
        for index in first..first + wanted.bands {
            let Some(cell) = state.cell(index) else { break };
            let mut number = cell.first;
            for row in 0..cell.blocks.down {
                let mut column = 0;
                while column < cell.blocks.across {
                    state.patience = state.patience.checked_sub(1).ok_or(TOO_DEAR)?;
                    let done = self.block(state, index, (column, row), number)?;
                    let done = done.min(cell.blocks.across - column);
                    (column, number) = (column + done, number + done);
                }
            }
        }
        Ok(self.bits.finish())
    }

    /// What the packet tells of a block; gives for how many blocks, from this one on in its row, that is all.
    fn block(
        &mut self,
        state: &mut State,
        cell: usize,
        (column, row): (u32, u32),
        number: u32,
    ) -> Result<u32> {
        let Some(cell) = state.cell(cell) else { return Ok(1) };
        let Some(block) = state.blocks.get_mut(number as usize) else { return Ok(1) };
        // T.800 B.10.4, B.10.5.
        if block.length_bits == 0 {
            let nodes = state.nodes.get_mut(cell.nodes..).unwrap_or_default();
            let (inclusion, planes) = nodes.split_at_mut_checked(cell.shape.nodes()).unwrap_or_default();
            let threshold = u32::from(self.wanted.layer) + 1;
            if let Some(others) = cell.shape.read(inclusion, column, row, threshold, &mut self.bits)? {
                return Ok(others);
            }
            let empty = cell.shape.value(planes, column, row, MAX_PLANES, &mut self.bits)?;
            let empty = empty.ok_or(malformed("JPEG 2000: a block of too many empty planes"))?;
            block.zero_planes = u8::try_from(empty).unwrap_or(u8::MAX);
            block.length_bits = 3;
        } else if !self.bits.bit()? {
            return Ok(1);
        }
        let passes = self.passes()?;
        // T.800 B.10.7.1: Lblock grows by the ones before a zero.
        while self.bits.bit()? {
            block.length_bits += 1;
            if block.length_bits > 32 {
                return Err(malformed("JPEG 2000: a code block of more than 32 bits of length"));
            }
        }
        let mut lengths = Lengths::new(self.wanted.style, block, passes)?;
        while let Some((pass, passes, length)) = lengths.next(block, &mut self.bits)? {
            state.chunks.push(Chunk { block: number, next: NONE, at: 0, length, pass, passes });
        }
        Ok(1)
    }

    /// T.800 B.10.6, Table B.4.
    fn passes(&mut self) -> Result<u8> {
        if !self.bits.bit()? {
            return Ok(1);
        }
        if !self.bits.bit()? {
            return Ok(2);
        }
        let mut passes = 3;
        for (bits, last) in [(2, 3), (5, 31), (7, 127)] {
            let more = self.bits.bits(bits)?;
            passes += more;
            if more != last {
                break;
            }
        }
        Ok(u8::try_from(passes).unwrap_or(u8::MAX))
    }
}
