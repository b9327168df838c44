//! What the options mean for an image: the segments of the main header, and how each band is quantised.

use crate::j2k::block::{Orientation, Throughput};
use crate::j2k::geometry::Area;
use crate::j2k::markers::coding::{Coding, CodingDefault, MAX_LEVELS};
use crate::j2k::markers::quantisation::{MAX_STEPS, Quantisation, Scheme, Step};
use crate::j2k::markers::size::{Component, Size};
use crate::{Image, Result};

use super::path::Scale;
use super::together::Forward;
use super::{Jpeg2000Encoder, Layer, argument, norms};

/// The main header, and what follows from it.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) size: Size,
    pub(super) default: CodingDefault,
    pub(super) steps: Quantisation,
    /// log2 gains of precision: one bit where the transform of colour adds one.
    precision: u8,
    is_transformed: bool,
    together: Option<&'a Forward>,
}

/// log2 of the gain of a band (T.800 Table E.1).
const fn gain(orientation: Orientation) -> u8 {
    match orientation {
        Orientation::LL => 0,
        Orientation::HL | Orientation::LH => 1,
        Orientation::HH => 2,
    }
}

/// Levels and orientations of all bands, as QCD lists them.
fn bands(levels: u8) -> impl Iterator<Item = (u8, Orientation)> {
    let high = [Orientation::HL, Orientation::LH, Orientation::HH];
    let above = (1..=levels).rev().flat_map(move |level| high.map(|orientation| (level, orientation)));
    std::iter::once((levels, Orientation::LL)).chain(above)
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        options: &Jpeg2000Encoder,
        image: &Image,
        together: Option<&'a Forward>,
    ) -> Result<Self> {
        let count = usize::from(image.components);
        if !(1..=38).contains(&image.precision) || !(1..=16_384).contains(&count) || image.is_empty() {
            return Err(argument("JPEG 2000: 1 to 38 bits, 1 to 16,384 components, at least one pixel"));
        }
        let coding = coding(options, image)?;
        let is_transformed = options.colour && count >= 3 && together.is_none();
        let area = Area { x0: 0, y0: 0, x1: image.columns, y1: image.rows };
        let tile = match options.tile {
            Some((0, _) | (_, 0)) => return Err(argument("JPEG 2000: tiles of no size")),
            Some((width, height)) => Area { x0: 0, y0: 0, x1: width, y1: height },
            None => area,
        };
        // Samples that are coded: those of the image, or what is made of them, which has signs.
        let (bits, is_signed) =
            together.map_or((image.precision, image.is_signed), |forward| (forward.precision(), true));
        let component = Component { precision: bits, is_signed, dx: 1, dy: 1 };
        let capabilities = match (coding.style.ht, together) {
            (Throughput::Off, None) => 0,
            // T.801 A.2.1: extensions, of which one is that of components.
            (Throughput::Off, Some(_)) => 0x8100,
            (_, None) => 0x4000,
            (_, Some(_)) => {
                return Err(argument(
                    "JPEG 2000: components transformed together have no high-throughput blocks",
                ));
            }
        };
        let size = Size { capabilities, image: area, tile, components: vec![component; count] };
        if size.tiles_across() * size.tiles_down() > 65_535 {
            return Err(argument("JPEG 2000: more than 65,535 tiles"));
        }
        let default = CodingDefault {
            order: options.order,
            layers: u16::try_from(options.layers.len().max(1))
                .map_err(|_| argument("JPEG 2000: more than 65,535 layers"))?,
            // T.801 Table A.8.
            transform: if together.is_some() { 2 } else { u8::from(is_transformed) },
            has_sop: options.sop,
            has_eph: options.eph,
            coding,
        };
        let precision = bits + u8::from(is_transformed && coding.is_reversible);
        let steps = if coding.is_reversible {
            exponents(coding.levels, precision)?
        } else {
            // The inverse transform of colour makes one error of three: sqrt((1.73^2 + 1.81^2 + 1.57^2) / 3) times as large.
            let base = if is_transformed { options.step / 1.708 } else { options.step };
            #[expect(clippy::cast_possible_truncation, reason = "a step has but twelve bits")]
            let gain = together.map_or(1.0, |forward| forward.gain() as f32);
            steps(coding.levels, bits, base / gain)?
        };
        Ok(Self { size, default, steps, precision, is_transformed, together })
    }

    /// True where 32 bits are enough for coefficients and their words.
    pub(super) fn is_narrow(&self) -> bool {
        let most = if self.default.coding.is_reversible { 25 } else { 20 };
        self.precision <= most && self.most_planes() <= 30
    }

    /// True where the first three components are transformed together.
    pub(super) const fn is_transformed(&self) -> bool {
        self.is_transformed
    }

    /// How all components are transformed together.
    pub(super) const fn together(&self) -> Option<&'a Forward> {
        self.together
    }

    /// How the coefficients of a band become words.
    pub(super) fn scale(&self, component: usize, level: u8, orientation: Orientation) -> Result<Scale> {
        let coding = &self.default.coding;
        let stated = self.steps.step(coding.levels, level, orientation);
        let stated = stated.ok_or(argument("JPEG 2000: a band without a step"))?;
        let planes = self.steps.guard + stated.exponent - 1;
        let step = if coding.is_reversible {
            1.0
        } else {
            // T.800 E-3.
            let power = i32::from(self.precision + gain(orientation)) - i32::from(stated.exponent);
            f64::from(power).exp2() * (1.0 + f64::from(stated.mantissa) / 2048.0)
        };
        let norm = norms::norm(coding.is_reversible, level, orientation)
            * self.together.map_or_else(
                || norms::of_component(coding.is_reversible, self.is_transformed, component),
                |forward| forward.norm(component),
            );
        Ok(Scale { planes, step, weight: (step * norm).powi(2) })
    }

    /// The largest Mb of all bands.
    pub(super) fn most_planes(&self) -> u8 {
        let stated = self.steps.steps.iter().take(usize::from(self.steps.count));
        let exponent = stated.map(|step| step.exponent).max().unwrap_or(0);
        self.steps.guard + exponent - 1
    }
}

fn coding(options: &Jpeg2000Encoder, image: &Image) -> Result<Coding> {
    let smallest = image.rows.min(image.columns);
    let fitting = u8::try_from(smallest.ilog2()).unwrap_or(0).min(5);
    let levels = options.levels.unwrap_or(fitting);
    let (width, height) = options.block;
    let is_block = (2..=10).contains(&width) && (2..=10).contains(&height) && width + height <= 12;
    if levels > MAX_LEVELS || !is_block {
        return Err(argument("JPEG 2000: levels or code blocks out of range"));
    }
    let style = &options.style;
    let has_annex_style = style.bypass || style.reset || style.termall || style.predictable || style.symbols;
    if style.ht == Throughput::Mixed || style.ht == Throughput::Only && has_annex_style {
        return Err(argument("JPEG 2000: a style that high-throughput blocks do not have"));
    }
    // T.800 D.4.2: a segment ends as predicted, which one that is cut does not.
    let is_cut = options.layers.last().is_some_and(|layer| *layer != Layer::Everything);
    if style.predictable && !style.termall && is_cut {
        return Err(argument("JPEG 2000: passes of predictable ends cannot be cut unless each one ends"));
    }
    let mut coding = Coding {
        levels,
        block: options.block,
        style: *style,
        is_reversible: options.reversible,
        ..Coding::default()
    };
    if let Some(last) = options.precincts.first() {
        coding.has_precincts = true;
        // Stated from the highest resolution down, as is usual; the last one holds for all below.
        let sizes =
            options.precincts.iter().chain(std::iter::repeat(options.precincts.last().unwrap_or(last)));
        for (slot, &size) in coding.precincts.iter_mut().take(usize::from(levels) + 1).rev().zip(sizes) {
            if !(1..=15).contains(&size.0) || !(1..=15).contains(&size.1) {
                return Err(argument("JPEG 2000: precincts are of 2 to 32,768 samples"));
            }
            *slot = size;
        }
    }
    Ok(coding)
}

/// Of 5/3: no coefficient has more bits than the precision, its band's gain and one more (two guard bits), for the filters lengthen a signal by
/// less than 2.9 in both directions together.
fn exponents(levels: u8, precision: u8) -> Result<Quantisation> {
    let mut steps = [Step::default(); MAX_STEPS];
    let most = precision + if levels == 0 { 0 } else { 2 };
    // An exponent has five bits.
    let guard = 2.max((most + 2).saturating_sub(31));
    if guard > 7 {
        return Err(argument("JPEG 2000: more bits than can be told of reversible coefficients"));
    }
    let mut count = 0;
    for (slot, (_, orientation)) in steps.iter_mut().zip(bands(levels)) {
        *slot = Step { exponent: (precision + gain(orientation) + 2).saturating_sub(guard), mantissa: 0 };
        count += 1;
    }
    Ok(Quantisation { scheme: Scheme::None, guard, steps, count })
}

/// Of 9/7: steps whose errors weigh alike in the image, `base` of a sample's unit each.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mantissa has 11 bits, exponents are clamped"
)]
fn steps(levels: u8, precision: u8, base: f32) -> Result<Quantisation> {
    if !(base.is_finite() && base > 0.0) {
        return Err(argument("JPEG 2000: a step that is not positive"));
    }
    let mut steps = [Step::default(); MAX_STEPS];
    let mut count = 0;
    for (slot, (level, orientation)) in steps.iter_mut().zip(bands(levels)) {
        let step = f64::from(base) / norms::norm(false, level, orientation);
        let power = step.log2().floor();
        let exponent = f64::from(precision + gain(orientation)) - power;
        let mantissa = ((step / power.exp2() - 1.0) * 2048.0).round().clamp(0.0, 2047.0);
        // What is finer or coarser than can be told is as fine or as coarse as can be.
        *slot = Step { exponent: exponent.clamp(0.0, 31.0) as u8, mantissa: mantissa as u16 };
        count += 1;
    }
    Ok(Quantisation { scheme: Scheme::Expounded, guard: 2, steps, count })
}
