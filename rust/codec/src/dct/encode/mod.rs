//! Encoding with the DCT: baseline frames of 8 bits (PS3.5 A.4.1, .50) and extended sequential frames of 12 bits (.51).
#![expect(clippy::cast_possible_truncation, reason = "there are at most four components")]

mod entropy;
mod forward;
#[cfg(target_arch = "x86_64")]
mod forward_avx2;
mod source;
mod tables;

use super::plan::Plan;
use super::scan::ZIGZAG;
use super::{dispatch, idct::Block};
use crate::jpeg::markers::{APP0, APP14, DHT, DQT, DRI, EOI, RST0, SOF0, SOF1, SOI, SOS};
use crate::jpeg::{Frame, HuffmanSpec, Segment, optimal};
use crate::simd::Level;
use crate::{Encoder, Error, ErrorKind, Image, Result};
use entropy::{BLOCK_BYTES, Coder, Writer, encode_block};
pub(super) use entropy::{Codes, Counter, nonzero};
pub(super) use forward::Factors;
#[cfg(target_arch = "x86_64")]
pub(super) use forward_avx2::nonzero as nonzero_avx2;
pub(super) use source::Source;

/// How the second and third component are subsampled.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Subsampling {
    /// Not at all: 4:4:4.
    #[default]
    Full,
    /// Half as wide: 4:2:2.
    Half,
    /// Half as wide and high: 4:2:0.
    Quarter,
}

/// What three components are, and what they are coded as.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Conversion {
    /// RGB comes in and is coded as YCbCr.
    #[default]
    RgbToYCbCr,
    /// YCbCr comes in.
    YCbCr,
    /// RGB comes in and stays, which Adobe's marker says. It is never subsampled.
    Rgb,
}

/// The encoder, and what may be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DctEncoder {
    /// 1 to 100, on the scale that reference encoders use.
    pub quality: u8,
    /// Of three components.
    pub subsampling: Subsampling,
    /// Of three components.
    pub conversion: Conversion,
    /// MCUs between restart markers, 0 for none.
    pub restart_interval: u16,
    /// Huffman tables made for the image: smaller and slower. 12-bit images always have them.
    pub is_optimal: bool,
    /// Which kernels are used.
    pub level: Level,
}

impl Default for DctEncoder {
    fn default() -> Self {
        Self {
            quality: 90,
            subsampling: Subsampling::Full,
            conversion: Conversion::RgbToYCbCr,
            restart_interval: 0,
            is_optimal: false,
            level: Level::best(),
        }
    }
}

/// Images of 1 to 4 unsigned components of up to 8 or 12 bits.
impl Encoder for DctEncoder {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        let argument = |message| Err(Error::new(ErrorKind::Argument, message));
        let sizes = (u16::try_from(image.rows), u16::try_from(image.columns));
        let (Ok(rows @ 1..), Ok(columns @ 1..)) = sizes else {
            return argument("an image of 1 to 65535 rows and columns");
        };
        if image.is_signed || !matches!(image.precision, 1..=12) || !matches!(image.components, 1..=4) {
            return argument("1 to 4 unsigned components of up to 12 bits");
        }
        if samples.len() != image.len()? || !(1..=100).contains(&self.quality) {
            return argument("as many samples as the image has, and a quality of 1 to 100");
        }
        let head = header(image, rows, columns, *self);
        let frame = Frame::read(&Segment { marker: head.marker, offset: 0, body: &head.body })?;
        let plan = Plan::new(&frame);
        let converts = image.components == 3 && self.conversion == Conversion::RgbToYCbCr;
        let mut job = Job {
            source: Source::new(samples, &plan, image.precision > 8, converts)?,
            plan,
            is_wide: image.precision > 8,
            has_chrominance: image.components == 3 && self.conversion != Conversion::Rgb,
            options: *self,
            level: self.level,
            writer: Writer::default(),
        };
        std::mem::swap(&mut job.writer.out, out);
        job.write_head(&head);
        let result = job.run();
        job.marker(EOI);
        std::mem::swap(&mut job.writer.out, out);
        result
    }
}

/// An SOF segment.
struct Head {
    marker: u8,
    body: Vec<u8>,
}

fn header(image: &Image, rows: u16, columns: u16, options: DctEncoder) -> Head {
    let is_wide = image.precision > 8;
    let [[r0, r1], [c0, c1]] = [rows.to_be_bytes(), columns.to_be_bytes()];
    let mut body = vec![if is_wide { 12 } else { 8 }, r0, r1, c0, c1, image.components as u8];
    let is_rgb = options.conversion == Conversion::Rgb;
    for (component, id) in (0..image.components).zip(1_u8..) {
        let is_chrominance = image.components == 3 && component > 0 && !is_rgb;
        let is_luminance = image.components == 3 && component == 0 && !is_rgb;
        let factors = match options.subsampling {
            Subsampling::Half if is_luminance => 0x21,
            Subsampling::Quarter if is_luminance => 0x22,
            _ => 0x11,
        };
        body.extend([id, factors, u8::from(is_chrominance)]);
    }
    Head { marker: if is_wide { SOF1 } else { SOF0 }, body }
}

/// One image on its way.
pub(super) struct Job<'a> {
    source: Source<'a>,
    plan: Plan,
    is_wide: bool,
    has_chrominance: bool,
    options: DctEncoder,
    level: Level,
    writer: Writer,
}

impl Job<'_> {
    fn marker(&mut self, marker: u8) {
        self.writer.out.extend([0xFF, marker]);
    }

    fn segment(&mut self, marker: u8, body: &[u8]) {
        self.marker(marker);
        let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
        self.writer.out.extend(length.to_be_bytes());
        self.writer.out.extend_from_slice(body);
    }

    fn write_head(&mut self, head: &Head) {
        self.marker(SOI);
        match (self.plan.parts().len(), self.options.conversion) {
            (3, Conversion::Rgb) => self.segment(APP14, b"Adobe\0\x64\0\0\0\0\0"),
            (3, _) => self.segment(APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _ => {}
        }
        for (place, is_luminance) in self.classes() {
            let steps = tables::quantization(self.options.quality, is_luminance);
            let ordered = ZIGZAG.iter().take(64).filter_map(|&natural| steps.get(usize::from(natural)));
            let mut body = vec![place];
            body.extend(ordered.map(|&step| step.min(255) as u8));
            self.segment(DQT, &body);
        }
        self.segment(head.marker, &head.body);
        if self.options.restart_interval > 0 {
            self.segment(DRI, &self.options.restart_interval.to_be_bytes());
        }
    }

    /// Table destinations, with what they are for.
    fn classes(&self) -> impl Iterator<Item = (u8, bool)> + use<> {
        [(0, true), (1, false)].into_iter().take(if self.has_chrominance { 2 } else { 1 })
    }

    fn class_of(&self, component: usize) -> usize {
        usize::from(self.has_chrominance && component > 0)
    }

    fn run(&mut self) -> Result<()> {
        let is_optimal = self.options.is_optimal || self.is_wide;
        let factors: [Factors; 2] = [true, false]
            .map(|is_luminance| forward::factors(&tables::quantization(self.options.quality, is_luminance)));
        if !is_optimal {
            let specs = [tables::usual(true), tables::usual(false)];
            self.write_scan_head(&specs);
            let codes = specs.map(|spec| spec.map(|spec| Codes::new(&spec)));
            let mut state = State::default();
            let mut blocks = self.row_of_blocks()?;
            for mcu in 0..self.plan.mcus_down {
                dispatch::forward_row(
                    self.level,
                    &mut self.source,
                    mcu,
                    &self.plan,
                    &factors,
                    self.has_chrominance,
                    &mut blocks,
                );
                dispatch::write_row(self.level, self, &mut state, &codes, &blocks)?;
            }
            self.writer.flush();
            return Ok(());
        }
        let mut rows = Vec::new();
        rows.try_reserve_exact(self.plan.mcus_down)
            .map_err(|_| Error::new(ErrorKind::Limit, "no memory for the coefficients"))?;
        let mut counters = [Counter::default(), Counter::default()];
        let mut state = State::default();
        for mcu in 0..self.plan.mcus_down {
            let mut blocks = self.row_of_blocks()?;
            dispatch::forward_row(
                self.level,
                &mut self.source,
                mcu,
                &self.plan,
                &factors,
                self.has_chrominance,
                &mut blocks,
            );
            dispatch::count_row(self.level, self, &mut state, &mut counters, &blocks);
            rows.push(blocks);
        }
        let specs = counters.map(|counter| [optimal(&counter.dc), optimal(&counter.ac)]);
        self.write_scan_head(&specs);
        let codes = specs.map(|spec| spec.map(|spec| Codes::new(&spec)));
        let mut state = State::default();
        for blocks in &rows {
            dispatch::write_row(self.level, self, &mut state, &codes, blocks)?;
        }
        self.writer.flush();
        Ok(())
    }

    fn row_of_blocks(&self) -> Result<[Vec<Block>; 4]> {
        let mut blocks: [Vec<Block>; 4] = Default::default();
        for (blocks, part) in blocks.iter_mut().zip(self.plan.parts()) {
            *blocks = super::decode::zeroed_blocks(part.row_blocks())?;
        }
        Ok(blocks)
    }

    fn write_scan_head(&mut self, specs: &[[HuffmanSpec; 2]; 2]) {
        for ((place, _), pair) in self.classes().zip(specs) {
            for (class, spec) in (0_u8..).zip(pair) {
                let mut body = vec![class << 4 | place];
                body.extend(spec.counts);
                body.extend(spec.symbols.iter().take(spec.len()));
                self.segment(DHT, &body);
            }
        }
        let count = self.plan.parts().len();
        let mut body = vec![count as u8];
        for (component, id) in (0..count).zip(1_u8..) {
            body.extend([id, self.class_of(component) as u8 * 0x11]);
        }
        body.extend([0, 63, 0]);
        self.segment(SOS, &body);
    }

    #[inline(always)]
    pub(super) fn count_row(
        &self,
        nonzero: impl Fn(&Block) -> u64,
        state: &mut State,
        counters: &mut [Counter; 2],
        blocks: &[Vec<Block>; 4],
    ) {
        for mcu in 0..self.plan.mcus_across {
            state.step(self.options.restart_interval);
            for (component, block) in mcu_blocks(&self.plan, blocks, mcu) {
                let difference = state.difference(component, block);
                if let Some(counter) = counters.get_mut(self.class_of(component)) {
                    encode_block(counter, block, nonzero(block), difference);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn write_row(
        &mut self,
        nonzero: impl Fn(&Block) -> u64,
        state: &mut State,
        codes: &[[Codes; 2]; 2],
        blocks: &[Vec<Block>; 4],
    ) -> Result<()> {
        for mcu in 0..self.plan.mcus_across {
            if let Some(number) = state.step(self.options.restart_interval) {
                self.writer.flush();
                self.marker(RST0 + number);
            }
            self.writer.reserve(64 * BLOCK_BYTES)?;
            for (component, block) in mcu_blocks(&self.plan, blocks, mcu) {
                let difference = state.difference(component, block);
                if let Some([dc, ac]) = codes.get(self.class_of(component)) {
                    encode_block(
                        &mut Coder { writer: &mut self.writer, dc, ac },
                        block,
                        nonzero(block),
                        difference,
                    );
                }
            }
        }
        Ok(())
    }
}

/// The blocks of one MCU.
fn mcu_blocks<'b>(
    plan: &'b Plan,
    blocks: &'b [Vec<Block>; 4],
    mcu: usize,
) -> impl Iterator<Item = (usize, &'b Block)> {
    plan.parts().iter().zip(blocks).enumerate().flat_map(move |(component, (part, blocks))| {
        (0..part.down).flat_map(move |down| {
            let first = down * part.stride + mcu * part.across;
            let run = blocks.get(first..first + part.across).unwrap_or_default();
            run.iter().map(move |block| (component, block))
        })
    })
}

/// Predictions and the count-down to the next restart.
#[derive(Default)]
pub(super) struct State {
    predictions: [i32; 4],
    done: u32,
    next: u8,
}

impl State {
    /// To be called before each MCU; gives the number of the restart marker that comes first.
    fn step(&mut self, interval: u16) -> Option<u8> {
        let is_due = interval > 0 && self.done == u32::from(interval);
        let number = self.next;
        if is_due {
            (self.done, self.next, self.predictions) = (0, (self.next + 1) & 7, [0; 4]);
        }
        self.done += u32::from(interval > 0);
        is_due.then_some(number)
    }

    fn difference(&mut self, component: usize, block: &Block) -> i32 {
        let Some(prediction) = self.predictions.get_mut(component) else { return 0 };
        let first = i32::from(block[0]);
        first - std::mem::replace(prediction, first)
    }
}

/// Transforms, quantises and orders the blocks of one row of MCUs.
#[inline(always)]
pub(super) fn forward_row(
    source: &mut Source<'_>,
    mcu: usize,
    plan: &Plan,
    factors: &[Factors; 2],
    has_chrominance: bool,
    blocks: &mut [Vec<Block>; 4],
    transform: impl Fn([&[u16; 8]; 8], u16, &Factors) -> Block,
) {
    source.read(mcu);
    let centre = source.centre();
    let [luminance, chrominance] = factors;
    for (component, (part, blocks)) in plan.parts().iter().zip(blocks).enumerate() {
        let factors = if has_chrominance && component > 0 { chrominance } else { luminance };
        let (rows, stride) = source.rows(component);
        for (rows, blocks) in rows.chunks_exact(stride * 8).zip(blocks.chunks_exact_mut(part.stride)) {
            let mut lines = rows.chunks_exact(stride).map(|row| row.as_chunks::<8>().0);
            let lines: [&[[u16; 8]]; 8] = std::array::from_fn(|_| lines.next().unwrap_or_default());
            for (place, block) in blocks.iter_mut().enumerate().take(plan.mcus_across * part.across) {
                let samples = lines.map(|line| line.get(place).unwrap_or(&[0; 8]));
                *block = entropy::zigzag(&transform(samples, centre, factors));
            }
        }
    }
}

/// The kernels in plain code.
pub(super) fn forward_row_plain(
    source: &mut Source<'_>,
    mcu: usize,
    plan: &Plan,
    factors: &[Factors; 2],
    has_chrominance: bool,
    blocks: &mut [Vec<Block>; 4],
) {
    forward_row(source, mcu, plan, factors, has_chrominance, blocks, forward::transform);
}

/// The same for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
pub(super) fn forward_row_avx2(
    source: &mut Source<'_>,
    mcu: usize,
    plan: &Plan,
    factors: &[Factors; 2],
    has_chrominance: bool,
    blocks: &mut [Vec<Block>; 4],
) {
    forward_row(source, mcu, plan, factors, has_chrominance, blocks, |samples, centre, factors| {
        forward_avx2::transform(samples, centre, factors)
    });
}
