//! From an image to a codestream: headers, scans, lines in their order (T.87 Annexes B and C).

use crate::simd::Level;
use crate::{Encoder, Error, ErrorKind, Image, Result};

use super::context::{RunIndex, State};
use super::encode_line::{LineEncoder, Samples};
use super::gradient::{Gradients, filled};
use super::header::Interleave;
use super::params::{Coding, Presets};
use super::segments;
use super::writer::BitWriter;

const fn argument(message: &'static str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

/// The encoder, and what may be chosen.
#[derive(Clone, Copy, Default, Debug)]
pub struct JpegLsEncoder {
    /// By how much a sample may differ; 0 is lossless.
    pub near: u8,
    /// How components alternate; an image of one component has one scan in any case.
    pub interleave: Interleave,
    /// Coding parameters; zeros are the defaults of the standard.
    pub presets: Presets,
    /// Lines between restart markers; 0 for none.
    pub restart: u32,
}

impl Encoder for JpegLsEncoder {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        if !(2..=16).contains(&image.precision) || !(1..=255).contains(&image.components) || image.is_empty()
        {
            return Err(argument("JPEG-LS: 2 to 16 bits, 1 to 255 components, at least one pixel"));
        }
        if image.len()? != samples.len() {
            return Err(argument("JPEG-LS: samples that are not those of the image"));
        }
        let count = usize::from(image.components);
        let together = if count == 1 || self.interleave == Interleave::None { 1 } else { count };
        if together > 4 {
            return Err(argument("JPEG-LS: more than four components in a scan"));
        }
        self.encode_with(Level::best(), image, samples, together, out)
    }
}

impl JpegLsEncoder {
    pub(super) fn encode_with(
        &self,
        level: Level,
        image: &Image,
        samples: &[u8],
        together: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let coding = Coding::new(image.precision, self.near, self.presets)
            .map_err(|_| argument("JPEG-LS: near or presets outside of their range"))?;
        let kept = out.len();
        self.write(level, image, samples, &coding, together, out).inspect_err(|_| out.truncate(kept))
    }

    fn write(
        &self,
        level: Level,
        image: &Image,
        samples: &[u8],
        coding: &Coding,
        together: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        self.write_header(image, coding, out)?;
        for first in (0..usize::from(image.components)).step_by(together) {
            self.write_scan_header(first, together, out)?;
            Scan::new(self, image, samples, coding, first, together)?.write(level, out)?;
        }
        append(out, &[0xFF, segments::EOI])
    }

    fn write_header(&self, image: &Image, coding: &Coding, out: &mut Vec<u8>) -> Result<()> {
        append(out, &[0xFF, segments::SOI])?;
        let sizes = [image.rows, image.columns];
        let is_oversize = sizes.iter().any(|&size| size > 0xFFFF);
        let [rows, columns] =
            sizes.map(|size| if is_oversize { [0; 2] } else { [(size >> 8) as u8, size as u8] });
        let frame = [image.precision, rows[0], rows[1], columns[0], columns[1], image.components as u8];
        segment(out, segments::SOF55, &[&frame])?;
        for id in 1..=image.components as u8 {
            append(out, &[id, 0x11, 0])?;
        }
        lengthen(out, 3 * usize::from(image.components), frame.len());
        if is_oversize {
            segment(out, segments::LSE, &[&[4, 4], &image.rows.to_be_bytes(), &image.columns.to_be_bytes()])?;
        }
        // Some decoders have other defaults for more than 12 bits.
        if self.presets != Presets::default() || image.precision > 12 {
            let [t1, t2, t3] = coding.thresholds.map(|threshold| threshold as u16);
            let words = [coding.maxval as u16, t1, t2, t3, coding.reset as u16].map(u16::to_be_bytes);
            segment(out, segments::LSE, &[&[1], words.as_flattened()])?;
        }
        match (self.restart, self.restart.to_be_bytes()) {
            (0, _) => Ok(()),
            (0..=0xFFFF, [_, _, high, low]) => segment(out, segments::DRI, &[&[high, low]]),
            (_, bytes) => segment(out, segments::DRI, &[&bytes]),
        }
    }

    fn write_scan_header(&self, first: usize, count: usize, out: &mut Vec<u8>) -> Result<()> {
        let interleave = match self.interleave {
            _ if count == 1 => 0,
            Interleave::None => 0,
            Interleave::Line => 1,
            Interleave::Sample => 2,
        };
        let mut payload = [0; 12];
        let ids = (first as u8 + 1..).flat_map(|id| [id, 0]).take(2 * count);
        let fields = std::iter::once(count as u8).chain(ids).chain([self.near, interleave, 0]);
        let length = payload.iter_mut().zip(fields).map(|(slot, field)| *slot = field).count();
        segment(out, segments::SOS, &[payload.get(..length).unwrap_or_default()])
    }
}

fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    let no_memory = Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for the codestream");
    out.try_reserve(bytes.len()).map_err(|_| no_memory)?;
    out.extend_from_slice(bytes);
    Ok(())
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) -> Result<()> {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    append(out, &[0xFF, marker, (length >> 8) as u8, length as u8])?;
    parts.iter().try_for_each(|part| append(out, part))
}

/// Adds to the length of the last segment what was appended to its payload.
fn lengthen(out: &mut [u8], appended: usize, payload: usize) {
    let length = 2 + payload + appended;
    let at = out.len() - length;
    if let Some(slot) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *slot = (length as u16).to_be_bytes();
    }
}

/// Lines of one component, or of several whose samples alternate.
#[derive(Debug)]
struct Plane {
    above: Vec<u16>,
    here: Vec<u16>,
    runs: RunIndex,
    first: usize,
    count: usize,
}

impl Plane {
    fn new(samples: usize, first: usize, count: usize) -> Result<Self> {
        let buffer = || filled(samples + 2 * count);
        let (above, here) = (buffer()?, buffer()?);
        Ok(Self { above, here, runs: RunIndex::default(), first, count })
    }

    fn reset(&mut self) {
        self.above.fill(0);
        self.here.fill(0);
        self.runs = RunIndex::default();
    }

    /// Takes the samples of a line from the row of an image; gives the largest.
    fn take(&mut self, row: &[u8], image: &Image) -> u16 {
        std::mem::swap(&mut self.above, &mut self.here);
        let (count, end) = (self.count, self.above.len());
        self.above.copy_within(end - 2 * count..end - count, end - count);
        let (guard, line) = self.here.split_at_mut(count);
        guard.iter_mut().zip(self.above.iter().skip(count)).for_each(|(left, above)| *left = *above);
        let line = line.get_mut(..end - 2 * count).unwrap_or_default();
        let mask = if image.is_signed { u16::MAX >> (16 - image.precision) } else { u16::MAX };
        let step = usize::from(image.components);
        if image.sample_size() == 1 {
            copy(line, row, count, step, self.first, |&sample| u16::from(sample) & mask)
        } else {
            copy(line, row.as_chunks().0, count, step, self.first, |&bytes| u16::from_ne_bytes(bytes) & mask)
        }
    }

    fn encode(&mut self, encoder: &mut LineEncoder<'_>, level: Level) -> Result<()> {
        // A code has at most 64 bits and a run's begin 17; one bit in fifteen is stuffed.
        encoder.writer.reserve(12 * self.here.len() + 64)?;
        let mut line = Samples { above: &self.above, here: &mut self.here };
        encoder.encode(level, self.count, &mut line, &mut self.runs);
        Ok(())
    }
}

/// Copies `count` samples of each pixel of `step`, from the one at `first`; gives the largest.
fn copy<T>(
    line: &mut [u16],
    row: &[T],
    count: usize,
    step: usize,
    first: usize,
    sample: impl Fn(&T) -> u16,
) -> u16 {
    let mut largest = 0;
    if count == step {
        for (slot, from) in line.iter_mut().zip(row) {
            *slot = sample(from);
            largest = largest.max(*slot);
        }
        return largest;
    }
    for (slots, pixel) in line.chunks_exact_mut(count).zip(row.chunks_exact(step)) {
        for (slot, from) in slots.iter_mut().zip(pixel.iter().skip(first)) {
            *slot = sample(from);
            largest = largest.max(*slot);
        }
    }
    largest
}

/// One scan.
struct Scan<'a> {
    image: &'a Image,
    samples: &'a [u8],
    coding: Coding,
    restart: u32,
    planes: [Option<Plane>; 4],
}

impl<'a> Scan<'a> {
    fn new(
        options: &JpegLsEncoder,
        image: &'a Image,
        samples: &'a [u8],
        coding: &Coding,
        first: usize,
        together: usize,
    ) -> Result<Self> {
        let each = if options.interleave == Interleave::Sample { together } else { 1 };
        let mut planes = [const { None }; 4];
        for (i, slot) in planes.iter_mut().enumerate().take(together / each) {
            *slot = Some(Plane::new(image.columns as usize * each, first + i, each)?);
        }
        let restart = if options.restart == 0 { image.rows } else { options.restart };
        Ok(Self { image, samples, coding: *coding, restart, planes })
    }

    fn write(mut self, level: Level, out: &mut Vec<u8>) -> Result<()> {
        let row_length = self.samples.len() / self.image.rows as usize;
        let gradients = Gradients::compared(&self.coding);
        let intervals = self.samples.chunks(row_length.saturating_mul(self.restart as usize));
        for (number, interval) in intervals.enumerate() {
            if number > 0 {
                append(out, &[0xFF, segments::RST0 + ((number - 1) % 8) as u8])?;
            }
            self.planes.iter_mut().flatten().for_each(Plane::reset);
            let (writer, state) = (BitWriter::new(out), State::new(&self.coding));
            let mut encoder = LineEncoder { coding: self.coding, gradients: &gradients, writer, state };
            for row in interval.chunks_exact(row_length) {
                self.write_row(&mut encoder, row, level)?;
            }
            encoder.writer.finish();
        }
        Ok(())
    }

    fn write_row(&mut self, encoder: &mut LineEncoder<'_>, row: &[u8], level: Level) -> Result<()> {
        for plane in self.planes.iter_mut().flatten() {
            if i32::from(plane.take(row, self.image)) > self.coding.maxval {
                return Err(argument("JPEG-LS: a sample of more bits than the precision"));
            }
            plane.encode(encoder, level)?;
        }
        Ok(())
    }
}
