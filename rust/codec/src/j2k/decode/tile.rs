//! One tile: its headers, its packets, then its components.

use std::ops::Range;

use crate::j2k::block::Style;
use crate::j2k::codestream::{Header, Part, TileParts};
use crate::j2k::geometry::{Area, TileComponent};
use crate::j2k::markers::malformed;
use crate::j2k::markers::size::Size;
use crate::j2k::packet::read::{Source, Wanted};
use crate::j2k::packet::state::State;
use crate::j2k::parameters::Effective;
use crate::j2k::progression::{Packet, Packets};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::arrays::Arrays;
use super::blocks::Coded;
use super::canvas::Canvas;
use super::component::Component;
use super::memory::{Memory, Pool};
use super::partial::Plan;
use super::path::{Path, Scale};
use super::stripes::{Group, Transform};
use super::{DecodeOptions, Executor, Faults};

/// What holds for all tiles.
pub(super) struct Context<'a> {
    pub(super) data: &'a [u8],
    pub(super) header: &'a Header,
    pub(super) packed: Option<&'a (&'a [u8], Vec<Range<usize>>)>,
    pub(super) canvas: &'a Canvas,
    pub(super) options: &'a DecodeOptions,
    pub(super) executor: Executor<'a>,
    pub(super) level: Level,
    pub(super) faults: &'a Faults,
    pub(super) memory: &'a mut Memory,
    /// How many multiplications transforms of components may yet take.
    pub(super) patience: u64,
}

/// What a codestream may ask of transforms of components: so many multiplications, and so many more for each of its bytes. Stages are cheap to
/// tell and dear to undo.
pub(super) const fn patience(bytes: usize) -> u64 {
    (1 << 31) + ((bytes as u64) << 15)
}

/// What a tile held.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Held {
    pub(super) packets: u64,
    /// True where packets are missing.
    pub(super) is_cut: bool,
    /// True where there is something of a code block.
    pub(super) has_blocks: bool,
    /// True where its pixels are made.
    pub(super) is_made: bool,
}

/// A tile whose packets are read.
pub(super) struct Tile<'a> {
    effective: Effective<'a>,
    components: Vec<TileComponent<'a>>,
    /// The index of each component's first resolution among all of the tile.
    pub(super) first: Vec<usize>,
    state: State,
    data: &'a [u8],
    place: &'a (dyn Fn(usize) -> usize + Sync),
}

/// Samples of a tile for which memory is taken however few bytes it has, and how many more there may be a byte. A tile of zeros alone needs
/// none; in one so large that has anything else, sound packets take more bytes.
const FREE: u64 = 1 << 26;
const EXPANSION: u64 = 1 << 14;
impl<'a> Tile<'a> {
    pub(super) fn new(
        size: &Size,
        area: &Area,
        effective: Effective<'a>,
        data: &'a [u8],
        place: &'a (dyn Fn(usize) -> usize + Sync),
    ) -> Result<Self> {
        let (mut components, mut first, mut resolutions) = (Vec::new(), Vec::new(), 0);
        for (index, &component) in (0..=u16::MAX).zip(&size.components) {
            let part = TileComponent::new(area, component, effective.coding(index)?);
            components.push(part);
            first.push(resolutions);
            resolutions += usize::from(part.coding.levels) + 1;
        }
        Ok(Self { effective, components, first, state: State::new(resolutions)?, data, place })
    }
}

impl Tile<'_> {
    /// The order of packets; `bytes` is how many they have.
    pub(super) fn order(&self, area: &Area, bytes: usize) -> Result<Packets> {
        Ok(Packets::new(*area, self.components.iter().copied(), self.effective.volumes()?, bytes))
    }
}

/// How far the packets of a tile were read.
pub(super) struct Walked {
    count: u64,
    /// Packets that are needed and were not reached.
    pub(super) left: u64,
    /// Where the packet behind the last one begins.
    pub(super) at: usize,
}

/// Which packets of a tile are needed: layers, of each resolution the precincts, and how many packets that are.
pub(super) struct Needs {
    layers: u16,
    /// Columns and rows of precincts, and how many columns there are.
    precincts: Vec<(Area, u32)>,
    pub(super) packets: u64,
}

impl Needs {
    /// Whether this packet of resolution `resolution` of all of the tile is one of them.
    pub(super) fn hold(&self, packet: &Packet, resolution: usize) -> bool {
        let (precincts, across) = self.precincts.get(resolution).copied().unwrap_or_default();
        let (column, row) = (packet.precinct % across.max(1), packet.precinct / across.max(1));
        packet.layer < self.layers
            && (precincts.x0..precincts.x1).contains(&column)
            && (precincts.y0..precincts.y1).contains(&row)
    }
}

/// More planes than this do not fit 32-bit words with their half bits; samples of more bits than these do not fit their numbers.
const NARROW_PLANES: u8 = 30;
const NARROW_BITS: u8 = 26;
const SINGLE_BITS: u8 = 20;

/// Refuses to take memory for so many samples of a tile with so few bytes.
fn admit(samples: u64, bytes: usize) -> Result<()> {
    const TOO_MANY: Error =
        Error::new(ErrorKind::Limit, "JPEG 2000: more samples than so few bytes of a tile can hold");
    if samples > FREE && samples / EXPANSION > bytes as u64 { Err(TOO_MANY) } else { Ok(()) }
}

const TOO_DEAR: Error = Error::new(
    ErrorKind::Limit,
    "JPEG 2000: more transforms of components than so short a codestream may ask for",
);

impl Context<'_> {
    /// Decodes a tile into its pixels of `out`. Where no block of it has anything, its pixels are not touched.
    pub(super) fn tile(&mut self, number: u16, parts: &[Part], out: &mut [u8]) -> Result<Held> {
        let size = &self.header.size;
        if parts.is_empty() {
            if self.has_pixels(number) {
                self.faults.note(self.data.len(), "a tile is missing, and was taken to be empty");
            }
            return Ok(Held { is_cut: true, ..Held::default() });
        }
        let held = TileParts::read(self.data, parts, size.components.len(), self.packed)?;
        let joined = held.joined(self.data)?;
        let body = held.bodies.first().cloned().unwrap_or_default();
        let data = joined.as_deref().unwrap_or(self.data.get(body).unwrap_or_default());
        let effective = Effective { tile: &held.parameters, main: &self.header.main };
        let area = size.tile_area(number.into());
        let place = |at| held.place(at);
        let mut tile = Tile::new(size, &area, effective, data, &place)?;
        let Walked { count: packets, left, .. } = self.packets(&area, &mut tile, &held)?;
        // Zeros stay zeros through every wavelet, but not through every component transform.
        let (is_cut, has_blocks) = (left > 0, !tile.state.is_empty());
        let is_made = has_blocks || packets > 0 && !is_cut && effective.together()?.is_some();
        if is_made {
            self.components(number, &tile, out)?;
        }
        Ok(Held { packets, is_cut, has_blocks, is_made })
    }

    /// Reads the packets that are needed.
    pub(super) fn packets(&self, area: &Area, tile: &mut Tile, held: &TileParts) -> Result<Walked> {
        let headers = held.packed.as_deref().map(|headers| (headers, 0));
        let mut source = Source { data: tile.data, at: 0, packed: headers };
        let needs = self.needs(tile)?;
        let mut left = needs.packets;
        let sum: u64 = held.lengths.iter().map(|&length| u64::from(length)).sum();
        let is_listed = headers.is_none() && sum == tile.data.len() as u64;
        let mut lengths = held.lengths.iter().filter(|_| is_listed);
        let bytes = tile.data.len() + held.packed.as_ref().map_or(0, Vec::len);
        tile.state.expect(bytes);
        let mut order = tile.order(area, bytes)?;
        let mut count = 0;
        while left > 0 {
            let Some(packet) = order.next() else { break };
            if source.is_at_end() {
                self.faults.note((tile.place)(source.at), "a tile ends before its last packet");
                break;
            }
            let component = usize::from(packet.component);
            let (Some(part), Some(&first)) = (tile.components.get(component), tile.first.get(component))
            else {
                break;
            };
            let resolution = first + usize::from(packet.resolution);
            let is_kept = needs.hold(&packet, resolution);
            let length = lengths.next();
            if let Some(&length) = length.filter(|_| !is_kept) {
                source.at += length as usize;
                continue;
            }
            let wanted = Wanted {
                resolution,
                precinct: packet.precinct,
                layer: packet.layer,
                bands: if packet.resolution == 0 { 1 } else { 3 },
                style: part.coding.style,
                is_kept,
            };
            let part = *part;
            let at = source.at;
            match source.read(&mut tile.state, &wanted, || part.resolution(packet.resolution)) {
                Ok(true) => {
                    if length.is_some_and(|&length| source.at - at != length as usize) {
                        self.faults.pass((tile.place)(at), "a packet is not as long as its table says");
                    }
                }
                Ok(false) => {
                    self.faults.note((tile.place)(at), "a packet is cut off");
                    count += 1;
                    break;
                }
                Err(error) if error.kind == ErrorKind::Limit => return Err(error),
                Err(error) => {
                    // What stands behind a broken packet header cannot be found.
                    self.faults.note((tile.place)(at), error.message);
                    break;
                }
            }
            (count, left) = (count + 1, left - u64::from(is_kept));
        }
        Ok(Walked { count, left, at: source.at })
    }

    /// Which packets are needed.
    pub(super) fn needs(&self, tile: &Tile) -> Result<Needs> {
        let layers = self.options.layers.unwrap_or(u16::MAX).min(tile.effective.default()?.layers);
        let (mut needed, mut packets) = (Vec::new(), 0_u64);
        for part in &tile.components {
            if part.area.is_empty() {
                needed.resize(needed.len() + usize::from(part.coding.levels) + 1, (Area::default(), 0));
                continue;
            }
            let plan = Plan::new(part, self.options.reduce, &self.canvas.window(part.component))?;
            for r in 0..=part.coding.levels {
                let precincts = part.resolution(r).precincts;
                let area = plan.precincts(r, &precincts);
                packets = packets.saturating_add(area.samples().saturating_mul(layers.into()));
                needed.push((area, precincts.across));
            }
        }
        Ok(Needs { layers, precincts: needed, packets })
    }

    /// Makes the samples of all components.
    fn components(&mut self, number: u16, tile: &Tile, out: &mut [u8]) -> Result<()> {
        let count = tile.components.len();
        let default = tile.effective.default()?;
        let arrays = match tile.effective.together()? {
            Some(together) => {
                if together.order().is_none() {
                    self.faults.note(
                        (tile.place)(0),
                        "transforms of components whose order is not told were left out",
                    );
                }
                Some(Arrays::new(&together, count, self.canvas.depths())?)
            }
            None => None,
        };
        if let Some(arrays) = &arrays {
            let pixels =
                tile.components.first().map_or(0, |part| part.area.reduced(self.options.reduce).samples());
            // Making them ready costs as much as a pixel.
            let left = self.patience.checked_sub(arrays.cost.saturating_mul(pixels.saturating_add(1)));
            self.patience = left.ok_or(TOO_DEAR)?;
        } else if self.canvas.depths().len() > count {
            // Components that nothing gives.
            self.blank(number, out);
        }
        let mut next = 0;
        while next < count {
            let (end, transform) = match &arrays {
                Some(arrays) => (count, Transform::Arrays(arrays)),
                None if default.transform & 1 != 0 && next == 0 && count >= 3 => (3, Transform::Colour),
                None => (next + 1, Transform::None),
            };
            self.group(tile, next..end, transform, out)?;
            next = end;
        }
        Ok(())
    }

    /// Makes the samples of components that are transformed together.
    fn group(
        &mut self,
        tile: &Tile,
        range: Range<usize>,
        transform: Transform,
        out: &mut [u8],
    ) -> Result<()> {
        const UNEQUAL: &str =
            "JPEG 2000: components of different size or wavelet cannot be transformed together";
        let parts = tile.components.get(range.clone()).unwrap_or_default();
        let [part, others @ ..] = parts else { return Ok(()) };
        let is_equal = |other: &TileComponent| {
            other.area == part.area
                && other.coding.is_reversible == part.coding.is_reversible
                && (other.component.dx, other.component.dy) == (part.component.dx, part.component.dy)
        };
        if !others.iter().all(is_equal) {
            return Err(malformed(UNEQUAL));
        }
        let (mut bits, mut planes) = (0, 0);
        for (index, part) in range.clone().zip(parts) {
            bits = bits.max(part.component.precision);
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            let (steps, shift) = (tile.effective.steps(index)?, tile.effective.shift(index));
            for r in 0..=part.coding.levels {
                for band in part.resolution(r).bands() {
                    let which = (part.coding.levels, band.level, band.orientation);
                    let scale = Scale::new(steps, which, part.component.precision, shift)?;
                    planes = planes.max(scale.coded());
                    if steps.step(part.coding.levels, band.level, band.orientation).is_none() {
                        self.faults.note(
                            (tile.place)(0),
                            "a band without a quantisation step was taken to have the least",
                        );
                    }
                }
            }
        }
        let is_narrow = planes <= NARROW_PLANES;
        let Memory { mut narrow, mut wide, mut single, mut double } = std::mem::take(self.memory);
        let result = match part.coding.is_reversible {
            true if is_narrow && bits <= NARROW_BITS => self.decode(&mut narrow, tile, range, transform, out),
            true => self.decode(&mut wide, tile, range, transform, out),
            false if is_narrow && bits <= SINGLE_BITS => {
                self.decode(&mut single, tile, range, transform, out)
            }
            false => self.decode(&mut double, tile, range, transform, out),
        };
        *self.memory = Memory { narrow, wide, single, double };
        result
    }

    fn decode<P: Path>(
        &self,
        pool: &mut Pool<P>,
        tile: &Tile,
        range: Range<usize>,
        transform: Transform,
        out: &mut [u8],
    ) -> Result<()> {
        let (mut components, mut samples) = (Vec::new(), 0_u64);
        let parts = tile.components.get(range.clone()).unwrap_or_default();
        for (index, part) in range.clone().zip(parts) {
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            let (steps, shift) = (tile.effective.steps(number)?, tile.effective.shift(number));
            let plan = Plan::new(part, self.options.reduce, &self.canvas.window(part.component))?;
            samples = samples.saturating_add(plan.made(plan.top).samples());
            admit(samples, tile.data.len())?;
            let first = tile.first.get(index).copied().unwrap_or(0);
            // T.800 D.4.2: where layers are left out, segments that go on in them have no end yet.
            let is_ended = part.coding.style.termall
                || self.options.layers.is_none_or(|layers| {
                    layers >= tile.effective.default().map_or(0, |default| default.layers)
                });
            let coded = |r: u8, resolution: &crate::j2k::geometry::Resolution, band: usize| {
                let held = resolution.bands().get(band).copied().unwrap_or_default();
                let which = (part.coding.levels, held.level, held.orientation);
                Ok(Coded {
                    state: &tile.state,
                    data: tile.data,
                    index: first + usize::from(r),
                    resolution: *resolution,
                    number: band,
                    band: held,
                    style: Style {
                        predictable: part.coding.style.predictable && is_ended,
                        ..part.coding.style
                    },
                    scale: Scale::new(steps, which, part.component.precision, shift)?,
                    level: self.level,
                    faults: self.faults,
                    place: tile.place,
                })
            };
            let planes = pool.planes.pop().unwrap_or_default();
            let how = (self.executor, self.level);
            components.push(Component::decode::<P>(part, &plan, planes, &pool.workers, how, coded)?);
        }
        let (Some(part), Some(component)) = (parts.first(), components.first()) else { return Ok(()) };
        // By arrays all components come out, as many as these are; else those that are coded, if they come out.
        let depths = self.canvas.depths();
        let depths = match transform {
            Transform::Arrays(_) => depths,
            _ => depths.get(range.start..range.end.min(depths.len())).unwrap_or_default(),
        };
        let group = Group {
            components: &components,
            first: range.start,
            depths,
            transform,
            canvas: self.canvas,
            axes: self.canvas.axes(part.component),
            wanted: component.plan.wanted(component.plan.top),
            level: self.level,
        };
        let result = group.store::<P>(&mut pool.seams, &pool.workers, self.executor, out);
        pool.planes.extend(components.into_iter().map(Component::into_memory));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::{FREE, admit};

    #[test]
    fn samples_beyond_what_is_free_need_bytes() {
        assert!(admit(FREE, 0).is_ok());
        assert!(admit(FREE + 1, 4095).is_err());
        assert!(admit(FREE + 1, 4096).is_ok());
    }
}
