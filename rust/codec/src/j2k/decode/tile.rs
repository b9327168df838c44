//! One tile: its headers, its packets, then its components.

use std::cell::RefCell;
use std::ops::Range;

use crate::j2k::block::Style;
use crate::j2k::codestream::{Header, Part, TileParts};
use crate::j2k::colour::{self, Place};
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
use super::component::{Component, Memory as Planes, Workers};
use super::partial::Plan;
use super::path::{Double, Narrow, Path, Scale, Single, Wide};
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
    pub(super) memory: Memory,
    /// How many multiplications transforms of components may yet take.
    pub(super) patience: u64,
}

/// What a codestream may ask of transforms of components: so many multiplications, and so many more for each of its bytes. Stages are cheap to
/// tell and dear to undo.
pub(super) const fn patience(bytes: usize) -> u64 {
    (1 << 31) + ((bytes as u64) << 15)
}

/// What is kept from tile to tile for one path.
struct Pool<P: Path> {
    workers: Workers<P::Word, P::Sample>,
    planes: Vec<Planes<P::Sample>>,
}

impl<P: Path> Pool<P> {
    /// Bytes of what is kept for samples.
    fn bytes(&self) -> usize {
        let samples: usize = self.planes.iter().map(Planes::samples).sum();
        samples.saturating_mul(size_of::<P::Sample>())
    }
}

impl<P: Path> Default for Pool<P> {
    fn default() -> Self {
        Self { workers: Workers::default(), planes: Vec::new() }
    }
}

/// What is kept from tile to tile.
#[derive(Default)]
pub(super) struct Memory {
    narrow: Pool<Narrow>,
    wide: Pool<Wide>,
    single: Pool<Single>,
    double: Pool<Double>,
}

thread_local! {
    /// The memory of the last image that this thread decoded: frames come in series, and new memory costs more than a fast block coder.
    static KEPT: RefCell<Memory> = RefCell::default();
}

/// The most bytes that a thread keeps from image to image.
const KEPT_BYTES: usize = 32 << 20;

impl Memory {
    /// What this thread has kept.
    pub(super) fn take() -> Self {
        KEPT.take()
    }

    /// Keeps the memory for the next image, unless it is large.
    pub(super) fn keep(self) {
        let sum = self.narrow.bytes() + self.wide.bytes() + self.single.bytes() + self.double.bytes();
        if sum <= KEPT_BYTES {
            KEPT.set(self);
        }
    }
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

const TOO_DEAR: Error = Error::new(
    ErrorKind::Limit,
    "JPEG 2000: more transforms of components than so short a codestream may ask for",
);

impl Context<'_> {
    /// Decodes a tile into its pixels of `out`; gives how many packets it had.
    pub(super) fn tile(&mut self, number: u16, parts: &[Part], out: &mut [u8]) -> Result<u64> {
        let size = &self.header.size;
        if parts.is_empty() {
            if self.blank(number, out) {
                self.faults.note(self.data.len(), "a tile is missing, and was taken to be empty");
            }
            return Ok(0);
        }
        let held = TileParts::read(self.data, parts, size.components.len(), self.packed)?;
        let joined = held.joined(self.data)?;
        let body = held.bodies.first().cloned().unwrap_or_default();
        let data = joined.as_deref().unwrap_or(self.data.get(body).unwrap_or_default());
        let effective = Effective { tile: &held.parameters, main: &self.header.main };
        let area = size.tile_area(number.into());
        let place = |at| held.place(at);
        let mut tile = Tile::new(size, &area, effective, data, &place)?;
        let count = self.packets(&area, &mut tile, &held)?.count;
        if tile.state.is_empty() && effective.together()?.is_none() {
            // Zeros stay zeros through every wavelet.
            self.blank(number, out);
        } else {
            self.components(number, &tile, out)?;
        }
        Ok(count)
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
                        self.faults.note((tile.place)(at), "a packet is not as long as its table says");
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
        let memory = std::mem::take(&mut self.memory);
        let Memory { mut narrow, mut wide, mut single, mut double } = memory;
        let result = match part.coding.is_reversible {
            true if is_narrow && bits <= NARROW_BITS => self.decode(&mut narrow, tile, range, transform, out),
            true => self.decode(&mut wide, tile, range, transform, out),
            false if is_narrow && bits <= SINGLE_BITS => {
                self.decode(&mut single, tile, range, transform, out)
            }
            false => self.decode(&mut double, tile, range, transform, out),
        };
        self.memory = Memory { narrow, wide, single, double };
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
        let mut components = Vec::new();
        let parts = tile.components.get(range.clone()).unwrap_or_default();
        for (index, part) in range.clone().zip(parts) {
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            let (steps, shift) = (tile.effective.steps(number)?, tile.effective.shift(number));
            let plan = Plan::new(part, self.options.reduce, &self.canvas.window(part.component))?;
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
                    faults: self.faults,
                    place: tile.place,
                })
            };
            let planes = pool.planes.pop().unwrap_or_default();
            let how = (self.executor, self.level);
            components.push(Component::decode::<P>(part, &plan, planes, &pool.workers, how, coded)?);
        }
        // By arrays all components come out, as many as these are; else those that are coded, if they come out.
        let depths = self.canvas.depths();
        let depths = match transform {
            Transform::Arrays(_) => depths,
            _ => depths.get(range.start..range.end.min(depths.len())).unwrap_or_default(),
        };
        let [part, ..] = parts else { return Ok(()) };
        let group = Group {
            components: &components,
            first: range.start,
            depths,
            transform,
            canvas: self.canvas,
            axes: self.canvas.axes(part.component),
            level: self.level,
        };
        let result = group.store::<P>(&pool.workers, self.executor, out);
        pool.planes.extend(components.into_iter().map(Component::into_memory));
        result
    }

    /// Fills the pixels of a tile with what samples of nothing give. False where it has none.
    pub(super) fn blank(&self, number: u16, out: &mut [u8]) -> bool {
        let (size, image) = (&self.header.size, &self.canvas.image);
        let area = size.tile_area(number.into());
        let (bytes, components) = (image.sample_size(), usize::from(image.components));
        let row_bytes = image.columns as usize * components * bytes;
        let mut zeros: Vec<i64> = Vec::new();
        let mut has_pixels = false;
        for (index, &depth) in self.canvas.depths().iter().enumerate() {
            let component = self.header.component(index);
            let samples = area.spaced(component.dx, component.dy).reduced(self.canvas.reduce);
            let (across, down) = self.canvas.axes(component);
            let ((x0, x1), (y0, y1)) =
                (across.pixels((samples.x0, samples.x1)), down.pixels((samples.y0, samples.y1)));
            zeros.resize((x1 - x0) as usize, 0);
            has_pixels |= x1 > x0 && y1 > y0;
            let shown = &self.canvas.shown;
            let start = (x0 - shown.x0) as usize * components * bytes;
            let rows = out.chunks_exact_mut(row_bytes.max(1));
            for row in rows.skip((y0 - shown.y0) as usize).take((y1 - y0) as usize) {
                let place = Place { size: bytes, components, component: index };
                let end = start + zeros.len() * components * bytes;
                colour::store(self.level, &zeros, depth, place, row.get_mut(start..end).unwrap_or_default());
            }
        }
        has_pixels
    }
}
