//! What a codec gives, as cells of the data set: wider ones, and no larger numbers than Bits Stored holds.

use crate::layout::PixelLayout;

/// Samples of one size as samples of a larger one.
pub(crate) fn widen(narrow: &[u8], from: usize, to: usize, cells: &mut [u8]) {
    for (cell, sample) in cells.chunks_exact_mut(to).zip(narrow.chunks_exact(from)) {
        cell.fill(0);
        let place =
            if cfg!(target_endian = "big") { cell.get_mut(to - from..) } else { cell.get_mut(..from) };
        if let Some(place) = place {
            place.copy_from_slice(sample);
        }
    }
}

/// Keeps unsigned samples within Bits Stored.
pub(crate) fn clamp(layout: &PixelLayout, cells: &mut [u8]) {
    let most = u64::MAX >> (64 - layout.bits_stored.clamp(1, 64));
    match layout.dtype().size() {
        1 => cells.iter_mut().for_each(|cell| *cell = (*cell).min(u8::try_from(most).unwrap_or(u8::MAX))),
        2 => {
            let most = u16::try_from(most).unwrap_or(u16::MAX);
            for cell in cells.as_chunks_mut::<2>().0 {
                *cell = u16::from_ne_bytes(*cell).min(most).to_ne_bytes();
            }
        }
        // No lossy codec gives more.
        _ => {}
    }
}
