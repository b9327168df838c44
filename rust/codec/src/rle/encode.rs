//! From an image to segments: planes taken apart row by row, runs found eight bytes at a time.

use super::header::{HEADER, SEGMENTS};
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
    // A row grows by a control byte each 128 bytes, a segment by one for an even length.
    let segment = (columns + columns.div_ceil(128)).checked_mul(rows).and_then(|bytes| bytes.checked_add(1));
    let most = segment.and_then(|segment| segment.checked_mul(planes)?.checked_add(HEADER));
    let most = most.filter(|&most| u32::try_from(most).is_ok());
    let most = most.ok_or(Error::new(ErrorKind::Limit, "an RLE frame beyond 4 GiB"))?;
    let mut row = Vec::new();
    if out.try_reserve(most).is_err() || row.try_reserve_exact(columns).is_err() {
        return Err(Error::new(ErrorKind::Limit, "no memory for an RLE frame"));
    }
    row.resize(columns, 0);
    let start = out.len();
    out.resize(start + HEADER, 0);
    let mut offsets = [0; SEGMENTS];
    for (plane, offset) in offsets.iter_mut().enumerate().take(planes) {
        *offset = out.len() - start;
        let (sample, byte) = (plane / size, plane % size);
        let byte = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
        for line in samples.chunks_exact(columns * planes) {
            take_apart(line, sample * size + byte, planes, &mut row);
            pack(&row, out);
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
fn take_apart(line: &[u8], first: usize, planes: usize, row: &mut [u8]) {
    match planes {
        1 => row.copy_from_slice(line),
        2 => take_nth::<2>(line, first, row),
        3 => take_nth::<3>(line, first, row),
        4 => take_nth::<4>(line, first, row),
        6 => take_nth::<6>(line, first, row),
        8 => take_nth::<8>(line, first, row),
        12 => take_nth::<12>(line, first, row),
        _ => row
            .iter_mut()
            .zip(line.iter().skip(first).step_by(planes))
            .for_each(|(place, &byte)| *place = byte),
    }
}

fn take_nth<const PLANES: usize>(line: &[u8], first: usize, row: &mut [u8]) {
    let pixels = line.as_chunks::<PLANES>().0;
    row.iter_mut().zip(pixels).for_each(|(place, pixel)| *place = pixel.get(first).copied().unwrap_or(0));
}

/// Packs a row: runs of three and more, and of two where no literal is open (PS3.5 G.3.1).
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let (mut literal, mut at) = (0, 0);
    while at < row.len() {
        // Where a literal may end: the next place with three equal bytes.
        let found = next_run(row, at);
        let run = run_length(row, found);
        put_literal(row.get(literal..found).unwrap_or_default(), out);
        put_run(row.get(found).copied().unwrap_or(0), run, out);
        (literal, at) = (found + run, found + run);
    }
}

/// The first place from `at` with three equal bytes, or two right at `at`; the row's end where there is none.
fn next_run(row: &[u8], at: usize) -> usize {
    let rest = row.get(at..).unwrap_or_default();
    if let [first, second, ..] = rest
        && first == second
    {
        return at;
    }
    let mut from = 0;
    while let Some(ten) = rest.get(from..).and_then(<[u8]>::first_chunk::<10>) {
        let word = |skip: usize| {
            ten.get(skip..).and_then(<[u8]>::first_chunk).map_or(0, |eight| u64::from_le_bytes(*eight))
        };
        let (here, next, after) = (word(0), word(1), word(2));
        let zeros = zero_bytes((here ^ next) | (next ^ after));
        if zeros != 0 {
            return at + from + (zeros.trailing_zeros() / 8) as usize;
        }
        from += 8;
    }
    let tail = rest.get(from..).unwrap_or_default();
    let found = tail.windows(3).position(|three| three.iter().all(|byte| three.first() == Some(byte)));
    found.map_or(row.len(), |found| at + from + found)
}

/// The bytes from `at` that equal the byte there.
fn run_length(row: &[u8], at: usize) -> usize {
    let rest = row.get(at..).unwrap_or_default();
    let Some(&first) = rest.first() else { return 0 };
    let (eights, _) = rest.as_chunks::<8>();
    let all = u64::from_le_bytes([first; 8]);
    let mut length = 0;
    for eight in eights {
        let other = u64::from_le_bytes(*eight) ^ all;
        if other != 0 {
            return length + (other.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    length + rest.get(length..).unwrap_or_default().iter().take_while(|&&byte| byte == first).count()
}

/// The highest bit of each byte that is zero, exactly.
const fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    !(((word & LOW) + LOW) | word | LOW)
}

#[expect(clippy::cast_possible_truncation, reason = "1 to 128 bytes")]
fn put_literal(bytes: &[u8], out: &mut Vec<u8>) {
    for part in bytes.chunks(128) {
        out.push((part.len() - 1) as u8);
        out.extend_from_slice(part);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "2 to 128 bytes")]
fn put_run(byte: u8, mut length: usize, out: &mut Vec<u8>) {
    while length > 0 {
        let part = length.min(128);
        // A run of one is a literal of one: -0 does not exist.
        out.extend_from_slice(&[if part == 1 { 0 } else { (257 - part) as u8 }, byte]);
        length -= part;
    }
}
