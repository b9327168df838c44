//! The part of a codestream that a part of the image needs, as a codestream of its own, from a source of which only that is read.
//!
//! Tile-parts are found by TLM (T.800 A.7.1), or from one to the next; packets by PLT and PLM (A.7.2, A.7.3). A packet that is not needed
//! becomes one of no length, which is a byte (B.10.3).

use std::ops::Range;

use crate::j2k::codestream::{Header, TileParts};
use crate::j2k::geometry::Area;
use crate::j2k::markers::pointers::{Chain, read_length, read_tlm, split_plm};
use crate::j2k::markers::size::Component;
use crate::j2k::markers::tile_part::{SOT_LENGTH, TilePart};
use crate::j2k::markers::{self, Segment};
use crate::j2k::parameters::Effective;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::canvas::Canvas;
use super::memory::Memory;
use super::tile::{Context, Tile};
use super::{DecodeOptions, Executor, Faults};

/// Bytes of a main header, of a tile-part's header, and of packets that no table lists, that are read at first.
const HEADER: usize = 4096;
const TILE_HEADER: usize = 512;
const PACKETS: usize = 1 << 14;
/// Tile-parts that are sought one by one.
const STEPS: usize = 1 << 16;

/// The source.
struct Source<'a> {
    length: usize,
    read: &'a mut dyn FnMut(usize, &mut [u8]) -> bool,
}

/// A tile-part.
#[derive(Clone, Copy, Debug)]
struct Place {
    tile: u32,
    at: usize,
    end: usize,
}

/// What the headers of a tile's tile-parts say, but for tables of lengths.
#[derive(Default)]
struct Head {
    segments: Vec<u8>,
    parts: TileParts,
    is_packed: bool,
}

const FAILED: Error = Error::new(ErrorKind::Truncated, "JPEG 2000: a part of the codestream cannot be read");
const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for a part of the codestream");

impl Source<'_> {
    /// Appends bytes from `at` on until `list` has so many, or the source ends before `end`.
    fn fill(&mut self, list: &mut Vec<u8>, start: usize, count: usize, end: usize) -> Result<()> {
        let wanted = count.min(end.min(self.length).saturating_sub(start));
        self.append(list, start + list.len()..start + wanted)
    }

    /// Appends bytes `from..to` of the source.
    fn append(&mut self, list: &mut Vec<u8>, range: Range<usize>) -> Result<()> {
        let had = list.len();
        list.try_reserve(range.len()).map_err(|_| NO_MEMORY)?;
        list.resize(had + range.len(), 0);
        let into = list.get_mut(had..).unwrap_or_default();
        if into.is_empty() || (self.read)(range.start, into) { Ok(()) } else { Err(FAILED) }
    }
}

/// The part of a codestream that the options need.
pub(in crate::j2k) fn excerpt(
    length: usize,
    options: &DecodeOptions,
    read: &mut dyn FnMut(usize, &mut [u8]) -> bool,
) -> Result<Option<Vec<u8>>> {
    let mut source = Source { length, read };
    let mut front = Vec::new();
    source.fill(&mut front, 0, HEADER, length)?;
    // Boxes are read whole: what is in them says little of where the codestream ends.
    if !front.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) {
        return Ok(None);
    }
    let header = loop {
        match Header::read(&front) {
            Err(error) if error.kind == ErrorKind::Truncated && front.len() < length => {
                let more = front.len().saturating_mul(2);
                source.fill(&mut front, 0, more, length)?;
            }
            done => break done?,
        }
    };
    if header.is_packed() {
        return Ok(None);
    }
    let canvas = Canvas::new(&header, options)?;
    let mut out = Vec::new();
    let (mut tlm, mut plm) = (Chain::default(), Chain::default());
    let mut at = 2;
    out.extend_from_slice(front.get(..at).unwrap_or_default());
    while at < header.first() {
        let (segment, after) = Segment::read(&front, at)?;
        match segment.marker {
            markers::TLM => tlm.push(&segment)?,
            markers::PLM => plm.push(&segment)?,
            _ => out.extend_from_slice(front.get(at..after).unwrap_or_default()),
        }
        at = after;
    }
    let Some(places) = places(&mut source, &header, &mut tlm)? else { return Ok(None) };
    let lists = split_plm(&plm.join());
    let faults = Faults::default();
    let mut memory = Memory::default();
    let context = Context {
        data: &[],
        header: &header,
        packed: None,
        canvas: &canvas,
        options,
        executor: Executor::HERE,
        level: Level::SCALAR,
        faults: &faults,
        memory: &mut memory,
        patience: 0,
    };
    let (across, wanted) = (header.size.tiles_across(), canvas.tiles(&header.size));
    for row in wanted.y0..wanted.y1 {
        for column in wanted.x0..wanted.x1 {
            let tile = u64::from(row) * across + u64::from(column);
            let area = header.size.tile_area(tile);
            let is_shown = |component: &Component| {
                let own = area.spaced(component.dx, component.dy).reduced(options.reduce);
                !canvas.window(*component).common(&own).is_empty()
            };
            if !header.size.components.iter().any(is_shown) {
                continue;
            }
            let own = places.iter().enumerate().filter(|(_, place)| u64::from(place.tile) == tile);
            let Some(head) = head(&mut source, &header, own, &lists)? else { return Ok(None) };
            if head.parts.bodies.is_empty() {
                continue;
            }
            let start = out.len();
            let tile = u16::try_from(tile).unwrap_or(u16::MAX);
            TilePart { tile, length: 0, index: 0, count: 1 }.write(&mut out)?;
            out.extend_from_slice(&head.segments);
            out.extend_from_slice(&markers::SOD.to_be_bytes());
            context.copy(&mut source, &area, &head, &mut out)?;
            let Ok(length) = u32::try_from(out.len() - start) else { return Ok(None) };
            // T.800 A.4.2.
            if let Some(field) = out.get_mut(start + 6..start + 10) {
                field.copy_from_slice(&length.to_be_bytes());
            }
        }
    }
    out.extend_from_slice(&markers::EOC.to_be_bytes());
    Ok(Some(out))
}

/// Where the tile-parts are; none where nothing tells.
fn places(source: &mut Source, header: &Header, tlm: &mut Chain) -> Result<Option<Vec<Place>>> {
    let mut at = header.first();
    if let Some(listed) = read_tlm(tlm) {
        let mut places = Vec::new();
        for (tile, length) in listed {
            let end = at.saturating_add(length as usize);
            places.push(Place { tile, at, end });
            at = end;
        }
        // What is behind them is the end, perhaps padded.
        if at <= source.length && source.length - at <= 3 {
            return Ok(Some(places));
        }
        at = header.first();
    }
    let mut places = Vec::new();
    while places.len() < STEPS {
        let mut front = Vec::new();
        source.fill(&mut front, at, SOT_LENGTH, source.length)?;
        let Ok((segment, after)) = Segment::read(&front, 0) else { return Ok(None) };
        if segment.marker == markers::EOC {
            return Ok(Some(places));
        }
        if segment.marker != markers::SOT {
            return Ok(None);
        }
        let part = TilePart::read(&segment)?;
        let end = at.saturating_add(part.length as usize);
        if (part.length as usize) < after || end > source.length {
            // To the end of the codestream, or cut off.
            return Ok(None);
        }
        places.push(Place { tile: part.tile.into(), at, end });
        at = end;
    }
    Ok(None)
}

/// The headers of the tile-parts of one tile; none where they are not where they are said to be.
fn head<'a>(
    source: &mut Source,
    header: &Header,
    places: impl Iterator<Item = (usize, &'a Place)>,
    lists: &[Vec<u32>],
) -> Result<Option<Head>> {
    let mut head = Head::default();
    for (number, place) in places {
        let (mut bytes, mut count) = (Vec::new(), TILE_HEADER);
        source.fill(&mut bytes, place.at, count, place.end)?;
        let Ok((first, mut at)) = Segment::read(&bytes, 0) else { return Ok(None) };
        let part = if first.marker == markers::SOT { TilePart::read(&first).ok() } else { None };
        let is_there = |part: TilePart| {
            u32::from(part.tile) == place.tile && part.length as usize == place.end - place.at
        };
        if !part.is_some_and(is_there) {
            return Ok(None);
        }
        let mut tables: Vec<(u8, Vec<u8>)> = Vec::new();
        loop {
            let (segment, after) = match Segment::read(&bytes, at) {
                Err(error) if error.kind == ErrorKind::Truncated && bytes.len() == count => {
                    count = count.saturating_mul(2);
                    source.fill(&mut bytes, place.at, count, place.end)?;
                    continue;
                }
                done => done?,
            };
            match segment.marker {
                markers::SOD => {
                    at = after;
                    break;
                }
                markers::PLT => {
                    let table = segment.body.split_first();
                    tables.extend(table.map(|(&index, numbers)| (index, numbers.to_vec())));
                }
                marker => {
                    head.is_packed |= marker == markers::PPT;
                    head.parts.parameters.read(&segment, header.size.components.len())?;
                    head.segments.extend_from_slice(bytes.get(at..after).unwrap_or_default());
                }
            }
            at = after;
        }
        tables.sort_by_key(|table| table.0);
        let joined: Vec<u8> = tables.into_iter().flat_map(|table| table.1).collect();
        let mut rest = joined.as_slice();
        let listed = head.parts.lengths.len();
        head.parts.lengths.extend(std::iter::from_fn(|| read_length(&mut rest)));
        if head.parts.lengths.len() == listed {
            head.parts.lengths.extend_from_slice(lists.get(number).map_or(&[], Vec::as_slice));
        }
        head.parts.bodies.push(place.at + at..place.end);
    }
    Ok(Some(head))
}

impl Context<'_> {
    /// Appends the packets of a tile that are needed, and empty ones for others before the last of them.
    fn copy(&self, source: &mut Source, area: &Area, head: &Head, out: &mut Vec<u8>) -> Result<()> {
        let parts = &head.parts;
        let effective = Effective { tile: &parts.parameters, main: &self.header.main };
        let total: usize = parts.bodies.iter().map(ExactSizeIterator::len).sum();
        let sum: u64 = parts.lengths.iter().map(|&length| u64::from(length)).sum();
        let nowhere = |at| at;
        let tile = Tile::new(&self.header.size, area, effective, &[], &nowhere)?;
        if head.is_packed {
            return append(source, parts, 0..total, out);
        }
        if sum != total as u64 {
            return self.prefix(source, area, parts, total, out);
        }
        let needs = self.needs(&tile)?;
        let (mut left, mut at, mut run) = (needs.packets, 0, 0..0);
        let order = tile.order(area, total)?;
        for (packet, &length) in order.zip(&parts.lengths) {
            if left == 0 {
                break;
            }
            let first = tile.first.get(usize::from(packet.component)).copied().unwrap_or(0);
            let end = at + length as usize;
            if needs.hold(&packet, first + usize::from(packet.resolution)) {
                left -= 1;
                run = if run.is_empty() { at..end } else { run.start..end };
            } else {
                append(source, parts, std::mem::take(&mut run), out)?;
                out.push(0);
            }
            at = end;
        }
        append(source, parts, run, out)
    }

    /// Appends packets that no table lists, up to the last one that is needed: as many bytes as hold them are read, four times as many at a time.
    fn prefix(
        &self,
        source: &mut Source,
        area: &Area,
        parts: &TileParts,
        total: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let (mut bytes, mut count) = (Vec::new(), PACKETS);
        let unlisted = TileParts::default();
        let nowhere = |at| at;
        loop {
            let had = bytes.len();
            append(source, parts, had..count.min(total), &mut bytes)?;
            let effective = Effective { tile: &parts.parameters, main: &self.header.main };
            let mut tile = Tile::new(&self.header.size, area, effective, &bytes, &nowhere)?;
            let walked = self.packets(area, &mut tile, &unlisted)?;
            if walked.left == 0 && walked.at <= bytes.len() {
                out.extend_from_slice(bytes.get(..walked.at).unwrap_or_default());
                return Ok(());
            }
            if count >= total {
                out.extend_from_slice(&bytes);
                return Ok(());
            }
            count = count.saturating_mul(4);
        }
    }
}

/// Appends bytes of all packets of a tile, one behind another.
fn append(source: &mut Source, parts: &TileParts, range: Range<usize>, out: &mut Vec<u8>) -> Result<()> {
    let mut before = 0;
    for body in &parts.bodies {
        let (from, to) = (range.start.max(before), range.end.min(before + body.len()));
        if from < to {
            source.append(out, body.start + (from - before)..body.start + (to - before))?;
        }
        before += body.len();
    }
    Ok(())
}
