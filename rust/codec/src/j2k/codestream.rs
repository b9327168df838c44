//! The codestream: its main header, and where each tile-part lies (T.800 A.3, A.4).
//!
//! Tile-parts are found by their lengths, from one to the next; their headers are read once their tile is wanted.

use std::ops::Range;

use crate::{Error, ErrorKind, Result};

use super::boxes;
use super::colour::Depth;
use super::markers::pointers::{Chain, read_length, split_ppm};
use super::markers::size::{Component, Size};
use super::markers::tile_part::{SOT_LENGTH, TilePart};
use super::markers::{self, Segment, malformed};
use super::parameters::Parameters;

/// The main header.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) size: Size,
    pub(super) main: Parameters,
    /// The bodies of PPM, joined.
    packed: Vec<u8>,
    /// The first tile-part.
    at: usize,
    /// The end of the codestream, as boxes say.
    end: usize,
}

/// A tile-part: where what follows its SOT segment lies.
#[derive(Clone, Debug)]
pub(super) struct Part {
    tile: u16,
    /// Which tile-part of the codestream it is.
    number: usize,
    bytes: Range<usize>,
}

/// All tile-parts.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// By tile, in the order of the codestream.
    list: Vec<Part>,
    pub(super) fault: Option<(usize, &'static str)>,
    /// Where the codestream ends.
    pub(super) used: usize,
}

impl Header {
    /// Reads up to the first tile-part.
    pub(super) fn read(data: &[u8]) -> Result<Self> {
        let range = boxes::codestream(data)?;
        let data = data.get(..range.end).unwrap_or_default();
        let (first, at) = Segment::read(data, range.start + 2)?;
        if first.marker != markers::SIZ {
            return Err(malformed("JPEG 2000: the image's size does not come first").at(first.at));
        }
        let size = Size::read(&first)?;
        let (mut main, mut packed, mut at) = (Parameters::default(), Chain::default(), at);
        loop {
            let (segment, after) = Segment::read(data, at)?;
            match segment.marker {
                markers::SOT => break,
                markers::SOD | markers::EOC | markers::SOC => {
                    return Err(malformed("JPEG 2000: a main header without tile-parts").at(at));
                }
                markers::PPM => packed.push(&segment)?,
                _ => main.read(&segment, size.components.len()).map_err(|error| error.at(at))?,
            }
            at = after;
        }
        Ok(Self { size, main, packed: packed.join(), at, end: range.end })
    }

    /// What the samples of each component that comes out have: T.801 A.3.6, which also says how many these are, else SIZ.
    pub(super) fn depths(&self) -> Vec<Depth> {
        let stated = self.main.transforms().map_or(&[][..], |transforms| &transforms.depths);
        if stated.is_empty() {
            let own = |component: &Component| Depth {
                precision: component.precision,
                is_signed: component.is_signed,
            };
            return self.size.components.iter().map(own).collect();
        }
        stated.iter().map(|&(precision, is_signed)| Depth { precision, is_signed }).collect()
    }

    /// How a component that comes out lies: those of transforms have no place of their own, all lie like the first.
    pub(super) fn component(&self, index: usize) -> Component {
        const FIRST: Component = Component { precision: 1, is_signed: false, dx: 1, dy: 1 };
        let components = &self.size.components;
        components.get(index).or(components.first()).copied().unwrap_or(FIRST)
    }

    /// Finds all tile-parts.
    pub(super) fn parts(&self, data: &[u8]) -> Parts {
        let data = data.get(..self.end).unwrap_or(data);
        let tiles = self.size.tiles_across() * self.size.tiles_down();
        let mut parts = Parts { used: data.len(), ..Parts::default() };
        let (mut at, mut number) = (self.at, 0);
        loop {
            let Ok((segment, after)) = Segment::read(data, at) else {
                parts.note(at, "the codestream ends before its end is marked");
                break;
            };
            if segment.marker == markers::EOC {
                parts.used = after;
                break;
            }
            let read = if segment.marker == markers::SOT { TilePart::read(&segment).ok() } else { None };
            let Some(read) = read else {
                parts.note(at, "bytes where a tile-part has to begin were passed over");
                break;
            };
            let (end, next) = parts.end_of(data, at, read.length as usize);
            if u64::from(read.tile) < tiles && after <= end {
                parts.list.push(Part { tile: read.tile, number, bytes: after..end });
            } else {
                parts.note(at, "a tile-part of no tile, or shorter than its header, was passed over");
            }
            number += 1;
            let Some(next) = next else { break };
            at = next;
        }
        parts.list.sort_by_key(|part| part.tile);
        parts
    }

    /// Where the first tile-part begins.
    pub(super) const fn first(&self) -> usize {
        self.at
    }

    /// True where packet headers stand in it.
    pub(super) const fn is_packed(&self) -> bool {
        !self.packed.is_empty()
    }

    /// Where the end marker stands, tile-part by tile-part from the first.
    pub(super) fn end_marker(&self, data: &[u8]) -> Option<usize> {
        let mut at = self.at;
        loop {
            let (segment, after) = Segment::read(data, at).ok()?;
            if segment.marker == markers::EOC {
                return Some(at);
            }
            let length =
                (segment.marker == markers::SOT).then(|| TilePart::read(&segment).ok()).flatten()?.length;
            if length == 0 {
                // T.800 A.4.2: the last one, to the end. What is coded holds no marker of its value (B.10.1, C.2.1).
                let end = markers::EOC.to_be_bytes();
                let found = data.get(after..)?.windows(end.len()).position(|two| two == end)?;
                return Some(after + found);
            }
            at = at.checked_add(length as usize).filter(|next| *next >= after)?;
        }
    }

    /// The packed headers of each tile-part, if they stand in the main header.
    pub(super) fn packed(&self) -> Option<(&[u8], Vec<Range<usize>>)> {
        if self.packed.is_empty() { None } else { Some((&self.packed, split_ppm(&self.packed))) }
    }
}

impl Parts {
    fn note(&mut self, at: usize, what: &'static str) {
        self.fault.get_or_insert((at, what));
    }

    /// Where a tile-part at `at` ends, and where the next one begins, if any.
    fn end_of(&mut self, data: &[u8], at: usize, length: usize) -> (usize, Option<usize>) {
        if length == 0 {
            // T.800 A.4.2: to the end of the codestream. Its marker may be missing.
            let is_marked = data.ends_with(&markers::EOC.to_be_bytes());
            let end = if is_marked { data.len() - 2 } else { data.len() };
            if !is_marked {
                self.note(end, "the codestream ends before its end is marked");
            }
            return (end, None);
        }
        let end = at.saturating_add(length);
        if end > data.len() {
            self.note(data.len(), "the codestream ends within a tile-part");
            return (data.len(), None);
        }
        if length < SOT_LENGTH {
            self.note(at, "a tile-part shorter than its header");
            return (at, None);
        }
        (end, Some(end))
    }

    /// How many tile-parts there are.
    pub(super) const fn count(&self) -> usize {
        self.list.len()
    }

    /// The tile-parts of a tile, in order.
    pub(super) fn of_tile(&self, tile: u16) -> &[Part] {
        let start = self.list.partition_point(|part| part.tile < tile);
        let end = self.list.partition_point(|part| part.tile <= tile);
        self.list.get(start..end).unwrap_or_default()
    }
}

/// What the headers of a tile's tile-parts say, and its packets.
#[derive(Debug, Default)]
pub(super) struct TileParts {
    pub(super) parameters: Parameters,
    /// Packet headers, where they stand apart from their packets.
    pub(super) packed: Option<Vec<u8>>,
    /// Where the packets of each tile-part lie in the codestream.
    pub(super) bodies: Vec<Range<usize>>,
    /// Lengths of all packets, as PLT says.
    pub(super) lengths: Vec<u32>,
}

impl TileParts {
    /// Reads the headers of `parts`.
    pub(super) fn read(
        data: &[u8],
        parts: &[Part],
        components: usize,
        main: Option<&(&[u8], Vec<Range<usize>>)>,
    ) -> Result<Self> {
        let mut tile = Self::default();
        let mut packed = Chain::default();
        for part in parts {
            let within = data.get(..part.bytes.end).unwrap_or_default();
            let (mut at, mut lengths) = (part.bytes.start, Chain::default());
            loop {
                let (segment, after) = Segment::read(within, at)?;
                match segment.marker {
                    markers::SOD => {
                        at = after;
                        break;
                    }
                    markers::SOT | markers::EOC | markers::SOC | markers::SIZ => {
                        return Err(malformed("JPEG 2000: a marker that has no place in a tile-part").at(at));
                    }
                    markers::PPT => packed.push(&segment)?,
                    markers::PLT => lengths.push(&segment)?,
                    _ => tile.parameters.read(&segment, components).map_err(|error| error.at(at))?,
                }
                at = after;
            }
            tile.bodies.push(at..part.bytes.end);
            let joined = lengths.join();
            let mut rest = joined.as_slice();
            while let Some(length) = read_length(&mut rest) {
                tile.lengths.push(length);
            }
            if let Some((bytes, ranges)) = main {
                let range = ranges.get(part.number).cloned().unwrap_or_default();
                tile.packed.get_or_insert_default().extend_from_slice(bytes.get(range).unwrap_or_default());
            }
        }
        if !packed.is_empty() {
            tile.packed = Some(packed.join());
        }
        Ok(tile)
    }

    /// The packets of all tile-parts, one behind another; `None` where there is one tile-part, whose packets lie so.
    pub(super) fn joined(&self, data: &[u8]) -> Result<Option<Vec<u8>>> {
        if self.bodies.len() == 1 {
            return Ok(None);
        }
        let length = self.bodies.iter().map(Range::len).sum();
        let mut all = Vec::new();
        all.try_reserve_exact(length)
            .map_err(|_| Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for a tile's packets"))?;
        for body in &self.bodies {
            all.extend_from_slice(data.get(body.clone()).unwrap_or_default());
        }
        Ok(Some(all))
    }

    /// Where the byte `at` of all packets lies in the codestream.
    pub(super) fn place(&self, mut at: usize) -> usize {
        for body in &self.bodies {
            if at < body.len() {
                return body.start + at;
            }
            at -= body.len();
        }
        self.bodies.last().map_or(0, |body| body.end)
    }
}
