//! From segments to an image: planes unpacked side by side, a piece at a time, and woven into samples.

use super::header::Header;
use super::header::SEGMENTS;
use super::segment::{LONGEST, Segment};
use crate::simd::Level;
use crate::weave::weave3;
use crate::{Decoded, Error, ErrorKind, Image, Result};

/// Pixels that are woven at a time.
const PIECE: usize = 2048;
/// A plane's buffer: a piece and what one control byte may give beyond it.
const BUFFER: usize = PIECE + LONGEST;

pub(super) fn decode_into(codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    if out.len() != image.len()? {
        return Err(Error::new(ErrorKind::Argument, "the buffer has another size than the image"));
    }
    let (size, components) = (image.sample_size(), usize::from(image.components));
    let planes = size * components;
    if planes == 0 || out.is_empty() {
        return Err(Error::new(ErrorKind::Argument, "an image without samples"));
    }
    let header = Header::read(codestream)?;
    let (starts, fault) = header.starts(planes, codestream.len())?;
    let mut segments = [Segment::new(codestream, 0); SEGMENTS];
    segments.iter_mut().zip(starts).for_each(|(segment, &start)| *segment = Segment::new(codestream, start));
    let own = segments.get_mut(..planes).unwrap_or_default();
    if let [segment] = own {
        let filled = segment.unpack(out, 0)?;
        segment.unpack_carefully(out, filled, 0)?;
    } else {
        unweave(own, size, out)?;
    }
    let ends = own.iter().map(|segment| segment.at);
    let fault = fault.or_else(|| overlap(starts, ends.clone()));
    Ok(Decoded::whole(ends.max().unwrap_or(0), fault.map(|message| (0, message))))
}

/// Segments that were read past the beginning of the next.
fn overlap(starts: &[usize], ends: impl Iterator<Item = usize>) -> Option<&'static str> {
    let mut nexts = starts.iter().skip(1).zip(ends);
    nexts.any(|(&next, end)| end > next).then_some("RLE segments overlap")
}

/// Unpacks planes side by side and weaves them into samples of `size` bytes.
fn unweave(segments: &mut [Segment<'_>], size: usize, out: &mut [u8]) -> Result<()> {
    let planes = segments.len();
    let mut buffers = Vec::new();
    if buffers.try_reserve_exact(planes * BUFFER).is_err() {
        return Err(Error::new(ErrorKind::Limit, "no memory for a buffer"));
    }
    buffers.resize(planes * BUFFER, 0);
    let mut filled = [0; SEGMENTS];
    let mut left = out.len() / planes;
    for pixels in out.chunks_mut(PIECE * planes) {
        let count = pixels.len() / planes;
        for ((segment, buffer), filled) in
            segments.iter_mut().zip(buffers.chunks_exact_mut(BUFFER)).zip(&mut filled)
        {
            // The bytes beyond the piece before.
            if *filled > PIECE {
                buffer.copy_within(PIECE..*filled, 0);
            }
            *filled = filled.saturating_sub(PIECE);
            // Not beyond the plane's end: what follows there is no longer this segment's.
            let is_last = left <= BUFFER;
            let room = buffer.get_mut(..left.min(BUFFER)).unwrap_or_default();
            *filled = segment.unpack(room, *filled)?;
            if is_last {
                *filled = segment.unpack_carefully(room, *filled, 0)?;
            }
        }
        left -= count;
        weave(&buffers, count, size, planes, pixels);
    }
    Ok(())
}

/// Weaves `count` bytes of each plane.
fn weave(buffers: &[u8], count: usize, size: usize, planes: usize, pixels: &mut [u8]) {
    let plane = |index: usize| buffers.get(index * BUFFER..index * BUFFER + count).unwrap_or_default();
    match (size, planes) {
        (1, 3) => weave3(Level::best(), [plane(0), plane(1), plane(2)], pixels),
        (2, 2) => {
            let woven = pixels.as_chunks_mut::<2>().0;
            let bytes = plane(0).iter().zip(plane(1));
            woven.iter_mut().zip(bytes).for_each(|(place, (&high, &low))| {
                *place = u16::from_be_bytes([high, low]).to_ne_bytes();
            });
        }
        (4, 4) => {
            let woven = pixels.as_chunks_mut::<4>().0;
            let bytes = plane(0).iter().zip(plane(1)).zip(plane(2).iter().zip(plane(3)));
            woven.iter_mut().zip(bytes).for_each(|(place, ((&a, &b), (&c, &d)))| {
                *place = u32::from_be_bytes([a, b, c, d]).to_ne_bytes();
            });
        }
        _ => {
            for index in 0..planes {
                // PS3.5 G.2: the most significant byte of a sample comes first.
                let (sample, byte) = (index / size, index % size);
                let byte = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
                let woven = pixels.iter_mut().skip(sample * size + byte).step_by(planes);
                woven.zip(plane(index)).for_each(|(place, &value)| *place = value);
            }
        }
    }
}
