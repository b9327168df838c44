//! From samples to a codestream: the differences are counted, the best Huffman table for them is made, then they are written.

use super::predict::apply;
use crate::jpeg::header::COMPONENTS;
use crate::jpeg::markers::{DHT, DRI, EOI, RST0, SOF3, SOI, SOS};
use crate::jpeg::{HuffmanSpec, optimal, stuff};
use crate::simd::Level;
use crate::{Encoder, Error, ErrorKind, Image, Result};

/// Samples that are written between two looks for FF.
const PIECE: usize = 1024;

/// The encoder of frames that begin with SOF3, and what may be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LosslessEncoder {
    /// 1 to 7; 1 is what DICOM's `.70` asks for.
    pub predictor: u8,
    /// Low bits of each sample that are dropped. Only 0 is lossless.
    pub point_transform: u8,
    /// Rows in a restart interval, 0 for none.
    pub restart_rows: u16,
    /// The instructions that may be used.
    pub level: Level,
}

impl Default for LosslessEncoder {
    fn default() -> Self {
        Self { predictor: 1, point_transform: 0, restart_rows: 0, level: Level::best() }
    }
}

/// All components are in one scan, with one Huffman table that is optimal for the image. Signed samples are written as the low bits of
/// their two's complement, because T.81 has no signed ones; a sample with more bits than the image's precision is refused.
impl Encoder for LosslessEncoder {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        let plan = Plan::new(samples, image, *self)?;
        let level = self.level;
        let mut counts = [0; 256];
        plan.differences(samples, &mut |differences, _| {
            count(level, differences, &mut counts);
            Ok(())
        })?;
        let spec = optimal(&counts);
        plan.write_head(&spec, out)?;
        let mut writer = Writer::new(&spec, level)?;
        let mut interval = 0_u8;
        plan.differences(samples, &mut |differences, is_fresh| {
            if is_fresh {
                writer.finish(out)?;
                out.extend_from_slice(&[0xFF, RST0 | interval]);
                interval = (interval + 1) & 7;
            }
            differences.chunks(PIECE).try_for_each(|piece| writer.put(piece, out))
        })?;
        writer.finish(out)?;
        out.extend_from_slice(&[0xFF, EOI]);
        Ok(())
    }
}

/// What is encoded, all of it checked.
struct Plan {
    rows: u16,
    columns: u16,
    components: u8,
    precision: u8,
    is_wide: bool,
    is_signed: bool,
    restart: u16,
    options: LosslessEncoder,
}

impl Plan {
    fn new(samples: &[u8], image: &Image, options: LosslessEncoder) -> Result<Self> {
        let argument = |message| Error::new(ErrorKind::Argument, message);
        let size = (u16::try_from(image.rows), u16::try_from(image.columns));
        let (Ok(rows @ 1..), Ok(columns @ 1..)) = size else {
            return Err(argument("JPEG has 1 to 65535 rows and columns"));
        };
        if image.components == 0 || usize::from(image.components) > COMPONENTS {
            return Err(argument("JPEG lossless has 1 to 4 components"));
        }
        if image.precision == 0 || image.precision > 16 {
            return Err(argument("JPEG lossless has 2 to 16 bits a sample"));
        }
        if samples.len() != image.len()? {
            return Err(argument("the samples have another size than the image"));
        }
        let precision = image.precision.max(2);
        if !(1..=7).contains(&options.predictor) || options.point_transform >= precision {
            return Err(argument("predictors are 1 to 7, and the point transform leaves a bit"));
        }
        let restart = columns.checked_mul(options.restart_rows);
        let restart = restart.ok_or(argument("a restart interval has at most 65535 pixels"))?;
        Ok(Self {
            rows,
            columns,
            components: u8::try_from(image.components).unwrap_or(0),
            precision,
            is_wide: image.precision > 8,
            is_signed: image.is_signed,
            restart,
            options,
        })
    }

    /// Hands on the differences of each row, and whether the row begins a restart interval after another.
    fn differences(&self, samples: &[u8], take: &mut dyn FnMut(&[u16], bool) -> Result<()>) -> Result<()> {
        let step = usize::from(self.components);
        let width = usize::from(self.columns) * step;
        let mut held = Vec::new();
        if held.try_reserve_exact(3 * width).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for the rows"));
        }
        held.resize(3 * width, 0_u16);
        let (rows, out) = held.split_at_mut(2 * width);
        let (mut above, mut row) = rows.split_at_mut(width);
        let first = 1 << (self.precision - self.options.point_transform - 1);
        let line = width * if self.is_wide { 2 } else { 1 };
        for (index, line) in samples.chunks_exact(line).enumerate() {
            self.load(line, row)?;
            let rows = usize::from(self.options.restart_rows);
            let is_fresh = index == 0 || (rows > 0 && index.is_multiple_of(rows));
            apply(self.options.predictor, step, first, (!is_fresh).then_some(&*above), row, out);
            take(out, is_fresh && index > 0)?;
            std::mem::swap(&mut above, &mut row);
        }
        Ok(())
    }

    /// A row of samples, shifted by the point transform.
    fn load(&self, line: &[u8], row: &mut [u16]) -> Result<()> {
        let unused = 16 - u32::from(self.precision);
        let (mask, shift) = (u16::MAX >> unused, self.options.point_transform);
        let mut beyond = 0;
        let mut put = |place: &mut u16, sample: u16, signed: u16| {
            beyond |= if self.is_signed { signed } else { sample & !mask };
            *place = (sample & mask) >> shift;
        };
        if self.is_wide {
            for (place, bytes) in row.iter_mut().zip(line.as_chunks::<2>().0) {
                let sample = u16::from_ne_bytes(*bytes);
                let signed = (sample << unused).cast_signed() >> unused;
                put(place, sample, signed.cast_unsigned() ^ sample);
            }
        } else {
            for (place, &sample) in row.iter_mut().zip(line) {
                let signed = (u16::from(sample) << unused).cast_signed() >> unused;
                put(place, sample.into(), (signed.cast_unsigned() ^ u16::from(sample)) & 0xFF);
            }
        }
        if beyond != 0 {
            return Err(Error::new(ErrorKind::Argument, "a sample has more bits than the image's precision"));
        }
        Ok(())
    }

    /// SOI, SOF3, DHT, DRI and SOS.
    fn write_head(&self, spec: &HuffmanSpec, out: &mut Vec<u8>) -> Result<()> {
        let mut frame = vec![self.precision];
        frame.extend(self.rows.to_be_bytes());
        frame.extend(self.columns.to_be_bytes());
        frame.push(self.components);
        let mut scan = vec![self.components];
        for id in 1..=self.components {
            frame.extend([id, 0x11, 0]);
            scan.extend([id, 0]);
        }
        scan.extend([self.options.predictor, 0, self.options.point_transform]);
        let mut table = vec![0];
        table.extend(spec.counts);
        table.extend(spec.symbols.iter().take(spec.len()));
        if out.try_reserve(64 + frame.len() + scan.len() + table.len()).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for a codestream"));
        }
        out.extend_from_slice(&[0xFF, SOI]);
        let mut segment = |marker: u8, body: &[u8]| {
            let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
            out.extend_from_slice(&[0xFF, marker]);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(body);
        };
        segment(SOF3, &frame);
        segment(DHT, &table);
        if self.restart > 0 {
            segment(DRI, &self.restart.to_be_bytes());
        }
        segment(SOS, &scan);
        Ok(())
    }
}

/// The bits that a difference needs, T.81 table H.2.
#[inline(always)]
const fn size(difference: u16) -> u32 {
    // One bit more, so that the logarithm is never that of nothing.
    let absolute = difference.cast_signed().unsigned_abs() as u32;
    (absolute << 1 | 1).ilog2()
}

/// Counts differences by their sizes.
fn count(level: Level, differences: &[u16], counts: &mut [u64; 256]) {
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        #[expect(unsafe_code, reason = "instructions that were asked for")]
        // SAFETY: the level says that this machine has them.
        return unsafe { count_bmi(differences, counts) };
    }
    count_of(differences, counts);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
fn count_bmi(differences: &[u16], counts: &mut [u64; 256]) {
    count_of(differences, counts);
}

#[inline(always)]
fn count_of(differences: &[u16], counts: &mut [u64; 256]) {
    // Four counts, because neighbours are often of one size.
    let mut parts = [[0_u32; 32]; 4];
    let (fours, rest) = differences.as_chunks::<4>();
    for four in fours {
        for (part, &difference) in parts.iter_mut().zip(four) {
            add(part, difference);
        }
    }
    for (part, &difference) in parts.iter_mut().zip(rest) {
        add(part, difference);
    }
    for part in parts {
        for (all, count) in counts.iter_mut().zip(part) {
            *all += u64::from(count);
        }
    }
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a size is below 32")]
const fn add(counts: &mut [u32; 32], difference: u16) {
    counts[(size(difference) & 31) as usize] += 1;
}

/// Writes differences as bits.
struct Writer {
    /// By size: `code shifted by the size << 8 | bits of both`.
    codes: [u64; 32],
    /// Bits that do not fill a byte yet, from the highest.
    bits: u64,
    filled: u64,
    buffer: Vec<u8>,
    level: Level,
}

impl Writer {
    fn new(spec: &HuffmanSpec, level: Level) -> Result<Self> {
        let mut codes = [0; 32];
        for (code, length, size) in spec.codes() {
            // A difference of 16 bits has none that follow (T.81 H.1.2.2).
            let follow = if size == 16 { 0 } else { size };
            let entry = (u64::from(code) << follow) << 8 | u64::from(length + follow);
            codes.get_mut(usize::from(size)).into_iter().for_each(|place| *place = entry);
        }
        let mut buffer = Vec::new();
        if buffer.try_reserve_exact(4 * PIECE + 8).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for a buffer"));
        }
        buffer.resize(4 * PIECE + 8, 0);
        Ok(Self { codes, bits: 0, filled: 0, buffer, level })
    }

    /// Writes at most [`PIECE`] differences.
    fn put(&mut self, differences: &[u16], out: &mut Vec<u8>) -> Result<()> {
        let bytes = self.put_bits(differences);
        stuff(self.buffer.get(..bytes).unwrap_or_default(), out)
    }

    /// Puts the bits of differences into the buffer. Returns how many bytes they fill.
    fn put_bits(&mut self, differences: &[u16]) -> usize {
        #[cfg(target_arch = "x86_64")]
        if self.level.has_avx2() {
            #[expect(unsafe_code, reason = "instructions that were asked for")]
            // SAFETY: the level says that this machine has them.
            return unsafe { self.put_bits_bmi(differences) };
        }
        self.put_bits_of(differences)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
    fn put_bits_bmi(&mut self, differences: &[u16]) -> usize {
        self.put_bits_of(differences)
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "a size is below 32")]
    fn put_bits_of(&mut self, differences: &[u16]) -> usize {
        let (mut bits, mut filled, mut at) = (self.bits, self.filled, 0);
        let codes = self.codes;
        for &difference in differences {
            let size = size(difference);
            let entry = codes[(size & 31) as usize];
            // T.81 F.1.2.1: a negative difference less one, in its low bits.
            let signed = i32::from(difference.cast_signed());
            let low = (signed + (signed >> 31)).cast_unsigned() & ((1 << (size & 15)) - 1);
            let length = entry & 0xFF;
            bits |= (entry >> 8 | u64::from(low)) << ((64 - filled - length) & 63);
            filled += length;
            if let Some(place) = self.buffer.get_mut(at..at + 8) {
                place.copy_from_slice(&bits.to_be_bytes());
            }
            let whole = filled & 0x38;
            at += (whole >> 3) as usize;
            bits <<= whole;
            filled &= 7;
        }
        (self.bits, self.filled) = (bits, filled);
        at
    }

    /// Fills the last byte with ones (T.81 F.1.2.3).
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.filled > 0 {
            let [last, ..] = (self.bits | u64::MAX >> self.filled).to_be_bytes();
            stuff(&[last], out)?;
        }
        (self.bits, self.filled) = (0, 0);
        out.try_reserve(2).map_err(|_| Error::new(ErrorKind::Limit, "no memory for a codestream"))
    }
}
