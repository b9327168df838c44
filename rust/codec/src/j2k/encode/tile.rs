//! One tile: bands, blocks, layers, packets, and the tile-part that holds them.

use std::cell::RefCell;

use crate::j2k::geometry::{Area, TileComponent};
use crate::j2k::kept::Kept;
use crate::j2k::markers::tile_part::TilePart;
use crate::j2k::markers::{self, pointers};
use crate::j2k::packet::write::{Blocks, Cell, Cells, Told};
use crate::j2k::progression::{Packet, Packets, Volume};
use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::super::Executor;
use super::blocks::{Block, Coder, Heap, Workers};
use super::path::{Double, Narrow, Path, Single, Wide};
use super::plan::Plan;
use super::rate::Cuts;
use super::stripes;
use super::transform::{self, Component, Group, Transform};
use super::{Jpeg2000Encoder, Layer};

const TOO_LONG: Error = Error::new(ErrorKind::Limit, "JPEG 2000: a tile-part of more than 4 GiB");
const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for packets");

/// What tiles are encoded by.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) options: &'a Jpeg2000Encoder,
    pub(super) plan: &'a Plan<'a>,
    pub(super) image: &'a Image,
    pub(super) samples: &'a [u8],
    pub(super) executor: Executor<'a>,
    pub(super) level: Level,
    /// Bytes of the codestream beside its tile-parts.
    pub(super) around: usize,
}

/// What is kept from tile to tile, and from image to image.
pub(super) struct Memory<P: Path> {
    pub(super) components: Vec<Component<P::Sample>>,
    pub(super) workers: Workers<P>,
    pub(super) heap: Heap,
    packets: Vec<u8>,
}

impl<P: Path> Default for Memory<P> {
    fn default() -> Self {
        Self {
            components: Vec::new(),
            workers: Workers::default(),
            heap: Heap::default(),
            packets: Vec::new(),
        }
    }
}

impl<P: Path> Memory<P> {
    fn bytes(&self) -> usize {
        let samples: usize = self.components.iter().map(Component::samples).sum();
        let samples = samples * size_of::<P::Sample>();
        samples + self.workers.bytes() + self.heap.bytes() + self.packets.capacity()
    }
}

/// The same of all paths.
#[derive(Default)]
pub(super) struct Memories {
    pub(super) narrow: Memory<Narrow>,
    pub(super) wide: Memory<Wide>,
    pub(super) single: Memory<Single>,
    pub(super) double: Memory<Double>,
}

impl Kept for Memories {
    fn bytes(&self) -> usize {
        self.narrow.bytes() + self.wide.bytes() + self.single.bytes() + self.double.bytes()
    }
}

thread_local! {
    /// What this thread has for encoding.
    pub(super) static KEPT: RefCell<Memories> = RefCell::default();
}

/// A tile's precincts, and how many passes of each block each layer has.
struct Layout {
    cells: Cells,
    /// The first cell of each resolution of each component, and how many bands a precinct of it has.
    firsts: Vec<(usize, usize)>,
    resolutions: usize,
    layers: Vec<Vec<u8>>,
}

impl Layout {
    fn cells(&self, packet: &Packet) -> &[Cell] {
        let resolution = usize::from(packet.component) * self.resolutions + usize::from(packet.resolution);
        let Some(&(first, bands)) = self.firsts.get(resolution) else { return &[] };
        let start = first + packet.precinct as usize * bands;
        self.cells.list().get(start..start + bands).unwrap_or_default()
    }
}

impl Context<'_> {
    /// Appends the tile-part of a tile; gives its length.
    pub(super) fn tile<P: Path>(&self, index: u16, memory: &mut Memory<P>, out: &mut Vec<u8>) -> Result<u32> {
        let area = self.plan.size.tile_area(index.into());
        let mut layout = self.blocks::<P>(&area, memory)?;
        let heap = &memory.heap;
        layout.layers = self.layers(&area, &layout, heap)?;
        let start = out.len();
        TilePart { tile: index, length: 0, index: 0, count: 1 }.write(out)?;
        let mut lengths = Vec::new();
        if self.options.plt {
            // Lengths come before what is so long.
            memory.packets.clear();
            self.packets(&area, &layout, heap, &mut memory.packets, &mut lengths)?;
            pointers::write_plt(out, &lengths)?;
            out.extend_from_slice(&markers::SOD.to_be_bytes());
            out.try_reserve(memory.packets.len()).map_err(|_| NO_MEMORY)?;
            out.extend_from_slice(&memory.packets);
        } else {
            out.extend_from_slice(&markers::SOD.to_be_bytes());
            out.try_reserve(heap.length()).map_err(|_| NO_MEMORY)?;
            self.packets(&area, &layout, heap, out, &mut lengths)?;
        }
        let length = u32::try_from(out.len() - start).map_err(|_| TOO_LONG)?;
        // T.800 A.4.2: Psot stands behind the marker, the segment's length and the tile's index.
        if let Some(field) = out.get_mut(start + 6..start + 10) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        Ok(length)
    }

    fn part(&self, area: &Area, component: usize) -> Option<TileComponent<'_>> {
        let component = self.plan.size.components.get(component)?;
        Some(TileComponent::new(area, *component, &self.plan.default.coding))
    }

    /// Transforms all components and encodes their blocks.
    fn blocks<P: Path>(&self, area: &Area, memory: &mut Memory<P>) -> Result<Layout> {
        let count = usize::from(self.image.components);
        let levels = self.plan.default.coding.levels;
        let coder = Coder {
            style: self.plan.default.coding.style,
            level: self.level,
            measures: self.options.layers.iter().any(|layer| *layer != Layer::Everything),
        };
        let mut layout = Layout {
            cells: Cells::default(),
            firsts: Vec::new(),
            resolutions: usize::from(levels) + 1,
            layers: Vec::new(),
        };
        memory.workers.take_back(&mut memory.heap);
        let mut first = 0;
        while first < count {
            let (transform, together) = match self.plan.together() {
                Some(forward) => (Transform::Together(forward), count),
                None if first == 0 && self.plan.is_transformed() => (Transform::Colour, 3),
                None => (Transform::None, 1),
            };
            let group = Group { first, count: together, transform };
            memory.components.resize_with(memory.components.len().max(together), Component::default);
            let (mut lower, mut highest) = (Vec::new(), Vec::new());
            for number in first..first + group.count {
                let (low, high) = self.list(area, number, &mut layout)?;
                lower.push(low);
                highest.push(high);
            }
            memory.heap.grow(layout.cells.block_count())?;
            let Some(part) = self.part(area, first) else { break };
            if levels == 0 {
                let components = memory.components.iter_mut().take(group.count);
                let mut lists: Vec<_> = components.map(|component| &mut component.samples).collect();
                let source = (self.image, self.samples);
                transform::load::<P>(self.level, source, area, group, &mut lists)?;
                std::mem::swap(&mut lower, &mut highest);
            } else {
                stripes::highest(self, &coder, &part, group, &mut highest, memory)?;
            }
            let Memory { components, workers, heap, .. } = &mut *memory;
            for (component, blocks) in components.iter_mut().zip(&lower) {
                transform::transform::<P>(self.level, &part, levels.saturating_sub(1), component)?;
                let plane = |block: &Block| component.band(block.band, &block.within);
                coder.run(blocks, plane, (self.executor, workers), heap)?;
            }
            first += group.count;
        }
        Ok(layout)
    }

    /// All blocks of a component in the order of its cells: those of the highest resolution apart.
    fn list(&self, area: &Area, number: usize, layout: &mut Layout) -> Result<(Vec<Block>, Vec<Block>)> {
        let (mut lower, mut highest) = (Vec::new(), Vec::new());
        let Some(part) = self.part(area, number) else { return Ok((lower, highest)) };
        for r in 0..=part.coding.levels {
            let resolution = part.resolution(r);
            let blocks = if r == part.coding.levels { &mut highest } else { &mut lower };
            layout.firsts.push((layout.cells.list().len(), resolution.bands().len()));
            let first_band = if r == 0 { 0 } else { usize::from(r - 1) * 3 + 1 };
            for precinct in 0..resolution.precincts.count() {
                let across = u64::from(resolution.precincts.across.max(1));
                let [column, row] =
                    [precinct % across, precinct / across].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
                for (index, band) in resolution.bands().iter().enumerate() {
                    let grid = band.blocks(&resolution.precincts, column, row);
                    let cell = layout.cells.push(grid)?;
                    let first = layout.cells.list().get(cell).map_or(0, |cell| cell.first);
                    let scale = self.plan.scale(number, band.level, band.orientation)?;
                    let (within, orientation, band) = (band.area, band.orientation, first_band + index);
                    let places =
                        (0..grid.down).flat_map(|row| (0..grid.across).map(move |column| (column, row)));
                    for (number, (column, row)) in (first..).zip(places) {
                        let area = grid.cell(column, row);
                        blocks.try_reserve(1).map_err(|_| NO_MEMORY)?;
                        blocks.push(Block { number, band, within, area, orientation, scale });
                    }
                }
            }
        }
        Ok((lower, highest))
    }

    /// How many passes of each block each layer has.
    #[expect(clippy::cast_precision_loss, reason = "estimates")]
    fn layers(&self, area: &Area, layout: &Layout, heap: &Heap) -> Result<Vec<Vec<u8>>> {
        let all: Vec<u8> = heap.coded.iter().map(|coded| coded.passes).collect();
        let stated = self.options.layers.as_slice();
        if stated.iter().all(|layer| *layer == Layer::Everything) {
            return Ok(vec![all; stated.len().max(1)]);
        }
        let blocks =
            Blocks { coded: &heap.coded, passes: &heap.passes, style: self.plan.default.coding.style };
        let cuts = Cuts::new(&heap.coded, &heap.passes);
        let samples = area.samples() as f64 * f64::from(self.image.components);
        let whole = self.plan.size.image.samples() as f64;
        let around = self.around as f64 * area.samples() as f64 / whole + 14.0;
        let mut layers: Vec<Vec<u8>> = Vec::new();
        let mut told = layout.cells.told()?;
        let mut had = vec![0; all.len()];
        let mut before = 0;
        for (number, layer) in (0..=u16::MAX).zip(stated) {
            let mut now = all.clone();
            match *layer {
                Layer::Everything => {}
                Layer::Ratio(ratio) => {
                    let bits =
                        samples * f64::from(self.image.precision) / f64::from(ratio.max(f32::MIN_POSITIVE));
                    let budget = bits / 8.0 - around - f64::from(before);
                    let threshold = cuts.lowest(|threshold| {
                        cuts.choose(threshold, &had, &mut now);
                        let mut told = told.clone();
                        Ok(f64::from(self.layer_length(layout, &blocks, number, &now, &mut told)?) <= budget)
                    })?;
                    cuts.choose(threshold, &had, &mut now);
                }
                Layer::Psnr(decibel) => {
                    let allowed = samples * super::allowed_error(self.image.precision, decibel);
                    // What steps alone spoil.
                    let step = if self.options.reversible { 0.0 } else { f64::from(self.options.step) };
                    let rest = allowed - samples * step * step / 12.0;
                    cuts.choose(cuts.leaving(rest), &had, &mut now);
                }
            }
            before += self.layer_length(layout, &blocks, number, &now, &mut told)?;
            had.clone_from(&now);
            layers.push(now);
        }
        Ok(layers)
    }

    /// Bytes of a layer's packets. `told` is what layers before it have told, and then this one too.
    fn layer_length(
        &self,
        layout: &Layout,
        blocks: &Blocks<'_>,
        layer: u16,
        now: &[u8],
        told: &mut Told,
    ) -> Result<u32> {
        let mut header = Vec::new();
        let mut length = 0_u64;
        let marked = u64::from(self.options.sop) * 6 + u64::from(self.options.eph) * 2;
        for ((&had, &now), coded) in told.had.iter().zip(now).zip(blocks.coded) {
            length += u64::from(coded.length(blocks.passes, now) - coded.length(blocks.passes, had));
        }
        told.plan(&layout.cells, blocks, layer, now);
        let mut ends =
            layout.firsts.iter().skip(1).map(|(first, _)| *first).chain([layout.cells.list().len()]);
        for &(first, bands) in &layout.firsts {
            let end = ends.next().unwrap_or(first);
            for cells in layout.cells.list().get(first..end).unwrap_or_default().chunks(bands.max(1)) {
                header.clear();
                told.header(cells, blocks, layer, now, &mut header);
                length += header.len() as u64 + marked;
            }
        }
        u32::try_from(length).map_err(|_| TOO_LONG)
    }

    /// Appends all packets in their order, and their lengths.
    fn packets(
        &self,
        area: &Area,
        layout: &Layout,
        heap: &Heap,
        out: &mut Vec<u8>,
        lengths: &mut Vec<u32>,
    ) -> Result<()> {
        let default = &self.plan.default;
        let blocks = Blocks { coded: &heap.coded, passes: &heap.passes, style: default.coding.style };
        let mut told = layout.cells.told()?;
        for (number, now) in (0..=u16::MAX).zip(&layout.layers) {
            told.plan(&layout.cells, &blocks, number, now);
        }
        let whole = Volume {
            order: default.order,
            resolutions: (0, 33),
            components: (0, u16::MAX),
            layers: default.layers,
        };
        let parts = (0..self.plan.size.components.len()).filter_map(|number| self.part(area, number));
        for (number, packet) in Packets::new(*area, parts, vec![whole], usize::MAX / 64).enumerate() {
            let cells = layout.cells(&packet);
            let Some(now) = layout.layers.get(usize::from(packet.layer)) else { continue };
            let start = out.len();
            if default.has_sop {
                out.extend_from_slice(&markers::SOP.to_be_bytes());
                let [.., high, low] = number.to_be_bytes();
                out.extend_from_slice(&[0, 4, high, low]);
            }
            let before: Vec<u8> =
                cells.iter().flat_map(Cell::blocks).map(|block| had(&told, block)).collect();
            told.header(cells, &blocks, packet.layer, now, out);
            if default.has_eph {
                out.extend_from_slice(&markers::EPH.to_be_bytes());
            }
            for (block, before) in cells.iter().flat_map(Cell::blocks).zip(before) {
                let Some(coded) = heap.coded.get(block) else { continue };
                let from = coded.length(&heap.passes, before);
                let bytes = heap.part(block, from..coded.length(&heap.passes, had(&told, block)));
                out.try_reserve(bytes.len()).map_err(|_| NO_MEMORY)?;
                out.extend_from_slice(bytes);
            }
            lengths.push(u32::try_from(out.len() - start).map_err(|_| TOO_LONG)?);
        }
        Ok(())
    }
}

fn had(told: &Told, block: usize) -> u8 {
    told.had.get(block).copied().unwrap_or(0)
}
