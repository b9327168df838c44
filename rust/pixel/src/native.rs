//! Uncompressed frames: from the bytes of the element to samples by pixel, in the host's order (PS3.5 8.1, 8.2).
//!
//! 32-bit and 64-bit cells of an OW element in Explicit VR Big Endian are read as whole big endian numbers. A reading as
//! pairs of 16-bit words exists too, but the files that writers made agree with this one.

use std::ops::Range;

use radiogram_core::{Error, ErrorKind, Result, try_vec};

use crate::in_place;
use crate::kernel::{self, BLOCK, Linear, each};
use crate::layout::PixelLayout;
use crate::sample::{Dtype, Samples};

/// Whether the stored bytes can serve as the array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// They are the array.
    Always,
    /// They are the array if [`is_clean`] says so: no bit outside Bits Stored is set.
    IfClean,
    /// They must be converted.
    Never,
}

/// Whether frames can be shown in place: host order, whole bytes, colour by pixel, values at bit 0.
pub fn view(layout: &PixelLayout) -> View {
    let sample = layout.sample();
    let in_place = layout.bits_allocated >= 8
        && !layout.planar
        && !layout.subsampled
        && !layout.word_swapped
        && !sample.swapped
        && sample.shift == 0;
    match (in_place, sample.has_unused_bits()) {
        (false, _) => View::Never,
        (true, true) => View::IfClean,
        (true, false) => View::Always,
    }
}

/// True where the bytes equal the converted samples; they must be frames of a layout that [`view`] allows.
pub fn is_clean(layout: &PixelLayout, stored: &[u8]) -> bool {
    kernel::is_clean(&layout.sample(), stored)
}

fn missing(layout: &PixelLayout, frame: u64) -> Error {
    let message = format!("the pixel data end before frame {}", frame.saturating_add(1));
    Error::new(ErrorKind::Pixel, message).in_path(&radiogram_core::Path::of(layout.kind.tag()))
}

/// Where a frame of whole bytes lies in the element's bytes.
pub fn frame_range(layout: &PixelLayout, frame: u64) -> Result<Range<usize>> {
    let size = layout.frame_bits() / 8;
    let start = size.checked_mul(frame).and_then(|start| usize::try_from(start).ok());
    let end = start.and_then(|start| start.checked_add(usize::try_from(size).ok()?));
    start.zip(end).map(|(start, end)| start..end).ok_or_else(|| missing(layout, frame))
}

/// The bytes that frame `frame` returns.
pub fn frame_len(layout: &PixelLayout) -> Result<usize> {
    let bytes = layout.frame_samples().checked_mul(layout.dtype().size() as u64);
    bytes
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| Error::new(ErrorKind::Limit, "a frame is larger than memory"))
}

pub(crate) fn check_out(out: &[u8], expected: usize) -> Result<()> {
    if out.len() == expected {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Argument, format!("room for {} bytes where a frame has {expected}", out.len())))
}

/// Writes the samples of one frame: by pixel, in the host's order, unused bits cleared or filled with the sign.
///
/// `stored` is the value of the whole element; `out` has [`frame_len`] bytes.
pub fn frame_into(layout: &PixelLayout, stored: &[u8], frame: u64, out: &mut [u8]) -> Result<()> {
    check_out(out, frame_len(layout)?)?;
    if layout.bits_allocated == 1 {
        return bits_into(layout, stored, frame, 0, out);
    }
    let swapped;
    let cells = if layout.word_swapped {
        swapped = exchanged(layout, stored, frame)?;
        swapped.as_slice()
    } else {
        stored.get(frame_range(layout, frame)?).ok_or_else(|| missing(layout, frame))?
    };
    let sample = layout.sample();
    if layout.subsampled || layout.planar {
        match (layout.subsampled, sample.dtype.size()) {
            (true, 1) => share_chrominance::<1>(cells, out),
            (true, 2) => share_chrominance::<2>(cells, out),
            (true, 4) => share_chrominance::<4>(cells, out),
            (true, _) => share_chrominance::<8>(cells, out),
            (false, 1) => interleave::<1>(cells, layout.samples as usize, out),
            (false, 2) => interleave::<2>(cells, layout.samples as usize, out),
            (false, 4) => interleave::<4>(cells, layout.samples as usize, out),
            (false, _) => interleave::<8>(cells, layout.samples as usize, out),
        }
        if !sample.is_plain() {
            in_place::unpack(&sample, out);
        }
    } else if sample.is_plain() {
        out.copy_from_slice(cells);
    } else {
        kernel::unpack(&sample, cells, out);
    }
    Ok(())
}

/// Calls `f` with the samples of a frame in the host's order, run after run; in place where that can be done.
///
/// The samples of a colour image come as they lie, so the layout must be by pixel.
pub(crate) fn for_each_run(
    layout: &PixelLayout,
    stored: &[u8],
    frame: u64,
    mut f: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if layout.planar || layout.subsampled || layout.word_swapped {
        let samples = frame_vec(layout, stored, frame)?;
        return f(&samples);
    }
    let mut block = [0; BLOCK];
    if layout.bits_allocated == 1 {
        let total = frame_len(layout)?;
        for start in (0..total).step_by(BLOCK) {
            let Some(part) = block.get_mut(..BLOCK.min(total - start)) else { continue };
            bits_into(layout, stored, frame, start as u64, part)?;
            f(part)?;
        }
        return Ok(());
    }
    let cells = stored.get(frame_range(layout, frame)?).ok_or_else(|| missing(layout, frame))?;
    let sample = layout.sample();
    if sample.is_plain() {
        return f(cells);
    }
    for cells in cells.chunks(BLOCK) {
        if let Some(part) = block.get_mut(..cells.len()) {
            kernel::unpack(&sample, cells, part);
            f(part)?;
        }
    }
    Ok(())
}

/// Writes `slope * sample + intercept` for cells as they are stored, in another type: one pass over memory.
///
/// This is what assembles volumes: `cells` are stored samples in either byte order, with or without unused bits.
///
/// # Errors
///
/// `ArgumentError` where an integer type cannot hold a value: nothing wraps.
pub fn rescale_cells(samples: &Samples, cells: &[u8], line: Linear, to: Dtype, out: &mut [u8]) -> Result<()> {
    let (size, range) = (samples.dtype.size(), samples.range());
    check_out(out, cells.len() / size * to.size())?;
    if samples.is_plain() {
        return kernel::rescale(cells, samples.dtype, range, line, to, out);
    }
    let mut block = [0; BLOCK];
    for (cells, out) in cells.chunks(BLOCK).zip(out.chunks_mut(BLOCK / size * to.size())) {
        if let Some(part) = block.get_mut(..cells.len()) {
            kernel::unpack(samples, cells, part);
            kernel::rescale(part, samples.dtype, range, line, to, out)?;
        }
    }
    Ok(())
}

/// Refuses a frame whose bytes are not all there: called before anything is allocated for it.
pub(crate) fn check_present(layout: &PixelLayout, stored: &[u8], frame: u64) -> Result<()> {
    let last = layout.frame_bits().checked_mul(frame.saturating_add(1));
    if last.is_none_or(|bits| bits.div_ceil(8) > stored.len() as u64) {
        return Err(missing(layout, frame));
    }
    Ok(())
}

/// The samples of a frame in a vector of their own.
pub(crate) fn frame_vec(layout: &PixelLayout, stored: &[u8], frame: u64) -> Result<Vec<u8>> {
    check_present(layout, stored, frame)?;
    let mut samples = zeros(frame_len(layout)?)?;
    frame_into(layout, stored, frame, &mut samples)?;
    Ok(samples)
}

pub(crate) fn zeros(count: usize) -> Result<Vec<u8>> {
    let mut bytes = try_vec(count)?;
    bytes.resize(count, 0);
    Ok(bytes)
}

/// A frame of bytes that were stored as big endian words: byte `i` of the element is at `i ^ 1` (PS3.5 8.1.1).
fn exchanged(layout: &PixelLayout, stored: &[u8], frame: u64) -> Result<Vec<u8>> {
    let range = frame_range(layout, frame)?;
    if range.end > stored.len() {
        return Err(missing(layout, frame));
    }
    let mut bytes = try_vec(range.len())?;
    for at in range {
        bytes.push(*stored.get(at ^ 1).ok_or_else(|| missing(layout, frame))?);
    }
    Ok(bytes)
}

/// Single bits, the least significant first, frames not aligned to bytes (PS3.5 8.1.1, Annex D), from sample `skip` on.
fn bits_into(layout: &PixelLayout, stored: &[u8], frame: u64, skip: u64, out: &mut [u8]) -> Result<()> {
    let first = layout.frame_bits().checked_mul(frame).and_then(|bits| bits.checked_add(skip));
    first.and_then(|first| unpack_bits(stored, first, out)).ok_or_else(|| missing(layout, frame))
}

/// Writes bits from `first` on, each in a byte of its own; `None` where there are fewer.
pub(crate) fn unpack_bits(stored: &[u8], first: u64, out: &mut [u8]) -> Option<()> {
    let bytes = usize::try_from(first / 8).ok()..usize::try_from((first + out.len() as u64).div_ceil(8)).ok();
    let packed = stored.get(bytes.start?..bytes.end?)?;
    let skip = usize::try_from(first % 8).ok()?;
    let lead = ((8 - skip) % 8).min(out.len());
    let (head, body) = out.split_at_mut_checked(lead)?;
    for (at, bit) in head.iter_mut().enumerate() {
        *bit = (packed.first()? >> (skip + at)) & 1;
    }
    let packed = if skip > 0 { packed.get(1..)? } else { packed };
    each(packed, body, |[byte]: [u8; 1]| {
        let mut bits = [0; 8];
        for (at, bit) in bits.iter_mut().enumerate() {
            *bit = (byte >> at) & 1;
        }
        bits
    });
    let (whole, tail) = body.as_chunks_mut::<8>();
    for (at, bit) in tail.iter_mut().enumerate() {
        *bit = (packed.get(whole.len())? >> at) & 1;
    }
    Some(())
}

/// Planes to pixels.
fn interleave<const N: usize>(planes: &[u8], samples: usize, out: &mut [u8]) {
    let (cells, _) = planes.as_chunks::<N>();
    let (into, _) = out.as_chunks_mut::<N>();
    let pixels = cells.len() / samples;
    let mut plane = cells.chunks_exact(pixels.max(1));
    if let (3, Some(red), Some(green), Some(blue)) = (samples, plane.next(), plane.next(), plane.next()) {
        let (into, _) = into.as_chunks_mut::<3>();
        for (((pixel, r), g), b) in into.iter_mut().zip(red).zip(green).zip(blue) {
            *pixel = [*r, *g, *b];
        }
        return;
    }
    for (at, plane) in cells.chunks_exact(pixels.max(1)).enumerate() {
        for (pixel, cell) in into.chunks_exact_mut(samples).zip(plane) {
            if let Some(into) = pixel.get_mut(at) {
                *into = *cell;
            }
        }
    }
}

/// `Y1 Y2 B R` to `Y1 B R Y2 B R` (PS3.3 C.7.6.3.1.2).
fn share_chrominance<const N: usize>(cells: &[u8], out: &mut [u8]) {
    let (cells, _) = cells.as_chunks::<N>();
    let (into, _) = out.as_chunks_mut::<N>();
    let (pairs, _) = cells.as_chunks::<4>();
    let (pixels, _) = into.as_chunks_mut::<6>();
    for (into, [first, second, blue, red]) in pixels.iter_mut().zip(pairs) {
        *into = [*first, *blue, *red, *second, *blue, *red];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags;
    use crate::testing::{Made, Random};

    fn layout(header: &Made) -> PixelLayout {
        PixelLayout::from_attributes(header).unwrap()
    }

    fn frame(layout: &PixelLayout, stored: &[u8], frame: u64) -> Vec<u8> {
        frame_vec(layout, stored, frame).unwrap()
    }

    #[test]
    fn bits_of_frames_follow_each_other() {
        let header = Made::grey(1, 1, 0).us(tags::ROWS, &[3]).us(tags::COLUMNS, &[7]).us(tags::FRAMES, &[40]);
        let layout = layout(&header);
        let stored = Random::new(4).bytes(105);
        for at in 0..40_usize {
            let expected: Vec<u8> =
                (at * 21..(at + 1) * 21).map(|bit| (stored[bit / 8] >> (bit % 8)) & 1).collect();
            assert_eq!(frame(&layout, &stored, at as u64), expected, "frame {at}");
        }
        assert!(frame_vec(&layout, &stored, 40).is_err());
        assert!(frame_vec(&layout, &stored, u64::MAX).is_err());
    }

    #[test]
    fn planes_become_pixels_at_every_width() {
        for bits in [8_usize, 16, 32, 64] {
            let (size, width) = (bits / 8, i64::try_from(bits).unwrap());
            let header = Made::colour("RGB", 1).us(tags::BITS_ALLOCATED, &[width]);
            let header = header.us(tags::BITS_STORED, &[width]).us(tags::HIGH_BIT, &[width - 1]);
            let stored = Random::new(5).bytes(12 * size);
            let pixels = frame(&layout(&header), &stored, 0);
            for pixel in 0..4 {
                for plane in 0..3 {
                    let (from, to) = ((plane * 4 + pixel) * size, (pixel * 3 + plane) * size);
                    assert_eq!(pixels[to..to + size], stored[from..from + size]);
                }
            }
        }
    }

    #[test]
    fn shared_chrominance_is_repeated() {
        let stored = [10, 20, 1, 2, 30, 40, 3, 4];
        let pixels = frame(&layout(&Made::colour("YBR_FULL_422", 0)), &stored, 0);
        assert_eq!(pixels, [10, 1, 2, 20, 1, 2, 30, 3, 4, 40, 3, 4]);
    }

    #[test]
    fn bytes_in_big_endian_words_are_exchanged_across_frames() {
        let mut header =
            Made::grey(8, 8, 0).us(tags::ROWS, &[1]).us(tags::COLUMNS, &[3]).us(tags::FRAMES, &[2]);
        header.big_endian = true;
        let layout = layout(&header);
        assert_eq!(view(&layout), View::Never);
        let stored = [2, 1, 4, 3, 6, 5];
        assert_eq!(frame(&layout, &stored, 0), [1, 2, 3]);
        assert_eq!(frame(&layout, &stored, 1), [4, 5, 6]);
    }

    #[test]
    fn words_of_32_bits_are_whole_big_endian_numbers() {
        let mut header = Made::grey(32, 32, 0).us(tags::ROWS, &[1]).us(tags::COLUMNS, &[1]);
        header.big_endian = true;
        assert_eq!(frame(&layout(&header), &[1, 2, 3, 4], 0), 0x0102_0304_u32.to_ne_bytes());
    }

    #[test]
    fn a_view_is_offered_only_where_the_bytes_are_the_array() {
        let of = |header: &Made| view(&layout(header));
        assert_eq!(of(&Made::grey(16, 16, 1)), View::Always);
        assert_eq!(of(&Made::grey(16, 12, 1)), View::IfClean);
        assert_eq!(of(&Made::grey(1, 1, 0)), View::Never);
        assert_eq!(of(&Made::grey(16, 12, 0).us(tags::HIGH_BIT, &[15])), View::Never);
        assert_eq!(of(&Made::colour("RGB", 0)), View::Always);
        assert_eq!(of(&Made::colour("RGB", 1)), View::Never);
        let mut swapped = Made::grey(16, 16, 0);
        swapped.big_endian = true;
        assert_eq!(of(&swapped), View::Never);
    }

    #[test]
    fn cells_are_rescaled_in_one_pass_as_in_two() {
        let mut random = Random::new(12);
        let line = Linear { slope: 2.0, intercept: -7.0 };
        for _ in 0..60 {
            let dtype = [Dtype::U8, Dtype::I8, Dtype::U16, Dtype::I16][random.below(4)];
            let bits = 1 + u32::try_from(random.below(8 * dtype.size())).unwrap();
            let samples = Samples { dtype, bits, shift: 0, swapped: random.below(2) == 1 };
            let cells = random.bytes((BLOCK + 77) * dtype.size());
            let mut plain = vec![0; cells.len()];
            kernel::unpack(&samples, &cells, &mut plain);
            for to in [Dtype::I32, Dtype::F32, Dtype::F64] {
                let size = (BLOCK + 77) * to.size();
                let (mut one, mut two) = (vec![0; size], vec![0; size]);
                rescale_cells(&samples, &cells, line, to, &mut one).unwrap();
                kernel::rescale(&plain, dtype, samples.range(), line, to, &mut two).unwrap();
                assert_eq!(one, two, "{samples:?} {to}");
            }
        }
        let samples = Samples::whole(Dtype::U16);
        let error = rescale_cells(&samples, &[0, 0xFF], line, Dtype::I16, &mut [0; 2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }

    #[test]
    fn runs_together_are_the_frame() {
        let mut random = Random::new(6);
        for (allocated, stored_bits) in [(1, 1), (8, 8), (8, 5), (16, 16), (16, 12), (32, 20)] {
            let mut header = Made::grey(allocated, stored_bits, i64::from(allocated > 1));
            header = header.us(tags::ROWS, &[91]).us(tags::COLUMNS, &[201]).us(tags::FRAMES, &[3]);
            header.big_endian = random.below(2) == 1;
            let layout = layout(&header);
            let stored = random.bytes(usize::try_from(layout.stored_len().unwrap()).unwrap() + 1);
            for at in 0..3 {
                let mut runs = Vec::new();
                for_each_run(&layout, &stored, at, |run| {
                    runs.extend_from_slice(run);
                    Ok(())
                })
                .unwrap();
                assert_eq!(runs, frame(&layout, &stored, at));
            }
        }
    }
}
