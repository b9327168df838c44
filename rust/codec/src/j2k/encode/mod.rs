//! From samples to a codestream: tiles, wavelet, quantisation, blocks, layers, packets.
//!
//! `plan` makes the main header of the options, `stripes` and `transform` the bands of a tile's components, `blocks` encodes their code blocks, `rate` says
//! which passes are kept, `tile` writes what is left as packets.

mod axes;
mod blocks;
mod norms;
mod path;
mod plan;
mod rate;
mod stripes;
#[cfg(test)]
mod tests;
mod tile;
mod together;
mod transform;

use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::Executor;
use super::block::{Style, Throughput};
use super::kept;
use super::markers::{self, capability, pointers, quantisation};
use super::progression::Order;
use path::{Double, Narrow, Path, Single, Wide};
use plan::Plan;
use together::Forward;

const fn argument(message: &'static str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

/// How much the packets of a layer and of those before it hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Layer {
    /// All that was coded. With the reversible wavelet nothing is lost.
    Everything,
    /// So many times fewer bits than the samples have.
    Ratio(f32),
    /// A peak signal-to-noise ratio in decibels.
    Psnr(f32),
}

/// How all components are transformed together (T.801 Annex J), by arrays.
#[derive(Clone, PartialEq, Default, Debug)]
pub enum Components {
    /// Not at all, or only the first three as colours.
    #[default]
    Apart,
    /// By the principal axes of the image's own samples (Karhunen and Loève), the longest first. Irreversible.
    Principal,
    /// By a matrix, row by row, a row for each component that is coded. It must have an inverse. Irreversible.
    Matrix(Vec<f64>),
    /// Of each but the first the difference from the one before it: a dependency transform, reversible.
    Differences,
    /// By a reversible decorrelation: the array that a decoder takes (T.801 J.2.1), row by row, a row a component and a column more than these.
    Steps(Vec<i32>),
}

/// The encoder, and what may be chosen. The default loses nothing.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of the codestream that have nothing to do with each other"
)]
pub struct Jpeg2000Encoder {
    /// The reversible wavelet, 5/3 on whole numbers, or 9/7.
    pub reversible: bool,
    /// Whether the first three components are transformed from R, G, B, by the transform that belongs to the wavelet.
    pub colour: bool,
    /// How all components are transformed together, instead of the first three: by a transform that is as reversible as the wavelet.
    pub components: Components,
    /// Decomposition levels, at most 32; by default 5, or as many as halve the shorter side.
    pub levels: Option<u8>,
    /// log2 of width and height of code blocks: 2 to 10 each, together at most 12.
    pub block: (u8, u8),
    /// How blocks are coded: by T.814 (`ht: Only`), else by T.800.
    pub style: Style,
    /// Width and height of tiles; none for the whole image.
    pub tile: Option<(u32, u32)>,
    /// log2 of width and height of precincts, of the highest resolution first; the last one holds for all below. Empty for the largest.
    pub precincts: Vec<(u8, u8)>,
    /// The order of packets.
    pub order: Order,
    /// Quality layers, each of which adds to those before it. None are one that has everything. High-throughput blocks cannot be cut: only
    /// `Everything` is possible, or one layer `Psnr`, from which the step follows.
    pub layers: Vec<Layer>,
    /// The step of 9/7, in units of a sample: about the largest error where everything is kept.
    pub step: f32,
    /// SOP markers before packets.
    pub sop: bool,
    /// EPH markers behind packet headers.
    pub eph: bool,
    /// Lengths of packets (PLT) before each tile's.
    pub plt: bool,
    /// Lengths of tile-parts (TLM) in the main header.
    pub tlm: bool,
}

impl Default for Jpeg2000Encoder {
    fn default() -> Self {
        Self {
            reversible: true,
            colour: false,
            components: Components::Apart,
            levels: None,
            block: (6, 6),
            style: Style::default(),
            tile: None,
            precincts: Vec::new(),
            order: Order::Lrcp,
            layers: Vec::new(),
            step: 1.0,
            sop: false,
            eph: false,
            plt: false,
            tlm: false,
        }
    }
}

impl Jpeg2000Encoder {
    /// High throughput, without loss, in the order that DICOM's transfer syntax for it asks for: resolutions first, with tables of lengths.
    #[must_use]
    pub fn high_throughput() -> Self {
        let style = Style { ht: Throughput::Only, ..Style::default() };
        Self { style, order: Order::Rpcl, tlm: true, ..Self::default() }
    }

    /// Appends the codestream of `image` to `out`. Samples are those of [`Image`]: by pixel, in the host's order; the lowest bits are coded, as
    /// many as the precision says.
    ///
    /// # Errors
    ///
    /// `Argument` where the samples do not fit the image or the options do not fit JPEG 2000, `Limit` without memory.
    pub fn encode_into(
        &self,
        image: &Image,
        samples: &[u8],
        executor: Executor<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        self.encode_with(Level::best(), image, samples, executor, out)
    }

    /// Encodes with the instructions of `level`.
    pub(crate) fn encode_with(
        &self,
        level: Level,
        image: &Image,
        samples: &[u8],
        executor: Executor<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        if image.len()? != samples.len() {
            return Err(argument("JPEG 2000: samples that are not those of the image"));
        }
        let options = self.resolved(image)?;
        let forward = Forward::new(&options, image, samples)?;
        let plan = Plan::new(&options, image, forward.as_ref())?;
        let kept = out.len();
        let work = Work { options: &options, plan: &plan, image, samples, executor, level };
        let done =
            kept::lend(&tile::KEPT, |memory| match (plan.default.coding.is_reversible, plan.is_narrow()) {
                (true, true) => work.write::<Narrow>(&mut memory.narrow, out),
                (true, false) => work.write::<Wide>(&mut memory.wide, out),
                (false, true) => work.write::<Single>(&mut memory.single, out),
                (false, false) => work.write::<Double>(&mut memory.double, out),
            });
        done.inspect_err(|_| out.truncate(kept))
    }

    /// The options with what follows from others.
    fn resolved(&self, image: &Image) -> Result<Self> {
        let mut options = self.clone();
        let is_cut = self.layers.iter().any(|layer| *layer != Layer::Everything);
        if self.style.ht != Throughput::Off && is_cut {
            let [Layer::Psnr(decibel)] = *self.layers else {
                return Err(argument("JPEG 2000: high-throughput blocks cannot be cut to layers"));
            };
            if self.reversible {
                return Err(argument("JPEG 2000: high-throughput blocks without loss cannot be cut"));
            }
            let allowed = allowed_error(image.precision, decibel);
            // An error that is spread evenly over a step has a square of a twelfth of the step's in the mean.
            #[expect(clippy::cast_possible_truncation, reason = "a step has but twelve bits")]
            let step = (12.0 * allowed).sqrt() as f32;
            options.step = step;
            options.layers = vec![Layer::Everything];
        }
        Ok(options)
    }
}

/// The mean squared error before samples are rounded to whole numbers, which adds a twelfth, for a peak signal-to-noise ratio.
fn allowed_error(precision: u8, decibel: f32) -> f64 {
    let peak = f64::from(precision).exp2() - 1.0;
    let error = peak * peak / 10_f64.powf(f64::from(decibel) / 10.0);
    (error - 1.0 / 12.0).max(error / 8.0)
}

/// An image on its way.
struct Work<'a> {
    options: &'a Jpeg2000Encoder,
    plan: &'a Plan<'a>,
    image: &'a Image,
    samples: &'a [u8],
    executor: Executor<'a>,
    level: Level,
}

impl Work<'_> {
    fn write<P: Path>(&self, memory: &mut tile::Memory<P>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let size = &self.plan.size;
        let tiles = u16::try_from(size.tiles_across() * size.tiles_down())
            .map_err(|_| argument("JPEG 2000: more than 65,535 tiles"))?;
        self.header(out)?;
        let lengths_at = out.len();
        let mut lengths: Vec<(u16, u32)> = (0..tiles).map(|tile| (tile, 0)).collect();
        if self.options.tlm {
            pointers::write_tlm(out, &lengths)?;
        }
        let Self { options, plan, image, samples, executor, level } = *self;
        let around = out.len() - start + 2;
        let context = tile::Context { options, plan, image, samples, executor, level, around };
        for (tile, length) in &mut lengths {
            *length = context.tile::<P>(*tile, memory, out)?;
        }
        if self.options.tlm {
            let mut table = Vec::new();
            pointers::write_tlm(&mut table, &lengths)?;
            if let Some(place) = out.get_mut(lengths_at..lengths_at + table.len()) {
                place.copy_from_slice(&table);
            }
        }
        out.extend_from_slice(&markers::EOC.to_be_bytes());
        Ok(())
    }

    /// The main header but for lengths of tile-parts.
    fn header(&self, out: &mut Vec<u8>) -> Result<()> {
        let Plan { size, default, steps, .. } = self.plan;
        out.extend_from_slice(&markers::SOC.to_be_bytes());
        size.write(out)?;
        if default.coding.style.ht != Throughput::Off {
            capability::write_part_15(out, self.capabilities())?;
        }
        default.write(out)?;
        quantisation::write_qcd(out, steps)?;
        self.plan.together().map_or(Ok(()), |forward| forward.write(self.image, out))
    }

    /// Ccap15 (T.814 A.3): all blocks are of T.814, each has one set of passes, no region, all alike; whether 9/7 is used, and a bound of
    /// magnitudes.
    fn capabilities(&self) -> u16 {
        let planes = u16::from(self.plan.most_planes());
        let bound = match planes {
            0..=8 => 0,
            9..=27 => planes - 8,
            28..=71 => 19 + (planes - 27).div_ceil(4),
            _ => 31,
        };
        u16::from(!self.plan.default.coding.is_reversible) << 5 | bound
    }
}
