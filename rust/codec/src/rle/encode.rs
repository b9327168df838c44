//! From an image to segments: planes taken apart row by row, each row packed.

use super::header::{HEADER, SEGMENTS};
use super::pack::{self, Packer};
use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

/// Appends one frame to `out`: a header and a segment a plane. Each row begins anew (PS3.5 G.3.1), each segment has an even length (G.3).
///
/// `samples` has exactly [`Image::len`] bytes, pixel by pixel, in the host's order.
///
/// # Errors
///
/// `Argument` where sizes do not fit, `Unsupported` for more than 15 planes, `Limit` where there is no memory or an offset would not fit 32
/// bits.
pub(super) fn encode(samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
    if samples.len() != image.len()? || samples.is_empty() {
        return Err(Error::new(ErrorKind::Argument, "the samples have another size than the image"));
    }
    let size = image.sample_size();
    let planes = size * usize::from(image.components);
    if planes > SEGMENTS {
        return Err(Error::new(ErrorKind::Unsupported, "an RLE image of more than 15 planes"));
    }
    let (rows, columns) = (samples.len() / planes / image.columns as usize, image.columns as usize);
    // A segment grows by one byte for an even length.
    let segment = pack::most(columns).and_then(|row| row.checked_mul(rows)?.checked_add(1));
    let most = segment.and_then(|segment| segment.checked_mul(planes)?.checked_add(HEADER));
    let most = most.filter(|&most| u32::try_from(most).is_ok());
    let most = most.ok_or(Error::new(ErrorKind::Limit, "an RLE frame beyond 4 GiB"))?;
    let no_memory = Error::new(ErrorKind::Limit, "no memory for an RLE frame");
    let (mut packer, level) = (Packer::new(columns).ok_or(no_memory)?, Level::best());
    out.try_reserve(most).map_err(|_| no_memory)?;
    let start = out.len();
    out.resize(start + HEADER, 0);
    let mut offsets = [0; SEGMENTS];
    for (plane, offset) in offsets.iter_mut().enumerate().take(planes) {
        *offset = out.len() - start;
        let (sample, byte) = (plane / size, plane % size);
        let byte = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
        for line in samples.chunks_exact(columns * planes) {
            take_apart(line, sample * size + byte, planes, packer.row());
            out.extend_from_slice(packer.pack(level));
        }
        if !(out.len() - start).is_multiple_of(2) {
            out.push(0);
        }
    }
    let header = out.get_mut(start..start + HEADER).unwrap_or_default();
    let numbers = [planes].into_iter().chain(offsets);
    for (place, number) in header.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
        *place = u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    }
    Ok(())
}

/// One plane of a row: each `planes`th byte from `first`.
#[expect(clippy::cast_possible_truncation, reason = "the lowest byte")]
fn take_apart(line: &[u8], first: usize, planes: usize, row: &mut [u8]) {
    match planes {
        1 => row.copy_from_slice(line),
        2 => take_shifted(line, row, |pixel| (u16::from_le_bytes(pixel) >> (8 * first)) as u8),
        3 => take_nth::<3>(line, first, row),
        4 => take_shifted(line, row, |pixel| (u32::from_le_bytes(pixel) >> (8 * first)) as u8),
        6 => take_nth::<6>(line, first, row),
        8 => take_nth::<8>(line, first, row),
        12 => take_nth::<12>(line, first, row),
        _ => row
            .iter_mut()
            .zip(line.iter().skip(first).step_by(planes))
            .for_each(|(place, &byte)| *place = byte),
    }
}

/// Pixels of two and four bytes as numbers: the compiler makes vectors of it.
fn take_shifted<const PLANES: usize>(line: &[u8], row: &mut [u8], byte: impl Fn([u8; PLANES]) -> u8) {
    row.iter_mut().zip(line.as_chunks::<PLANES>().0).for_each(|(place, pixel)| *place = byte(*pixel));
}

fn take_nth<const PLANES: usize>(line: &[u8], first: usize, row: &mut [u8]) {
    let pixels = line.as_chunks::<PLANES>().0;
    row.iter_mut().zip(pixels).for_each(|(place, pixel)| *place = pixel.get(first).copied().unwrap_or(0));
}
