//! Offset tables: the basic one, the extended one, and whether they name fragments.

use std::ops::Range;

use radiogram_core::{Result, try_vec};

use super::Reader;

/// Little endian numbers of `N` bytes, as encapsulated pixel data has them always (PS3.5 A.4).
pub(super) fn numbers<const N: usize>(bytes: &[u8]) -> Result<Vec<u64>> {
    let mut numbers = try_vec(bytes.len() / N)?;
    numbers.extend(bytes.as_chunks::<N>().0.iter().map(|digits| {
        let mut eight = [0; 8];
        eight.iter_mut().zip(digits).for_each(|(place, digit)| *place = *digit);
        u64::from_le_bytes(eight)
    }));
    Ok(numbers)
}

impl Reader<'_> {
    /// Where the fragment whose item begins at `offset` has its bytes.
    fn start_of(&self, offset: u64) -> Option<u64> {
        let at = self.fragments.binary_search_by_key(&offset, |fragment| fragment.item).ok()?;
        self.fragments.get(at).map(|fragment| fragment.start)
    }

    /// PS3.5 A.4: an offset a frame, from the first byte of the first fragment's item to that of the frame's first one.
    pub(super) fn by_basic(&self, offsets: &[u64]) -> Result<Option<Vec<Range<u64>>>> {
        let ascends = offsets.first() == Some(&0) && offsets.is_sorted_by(|a, b| a < b);
        if !ascends || offsets.len() > self.fragments.len() {
            return Ok(None);
        }
        let mut frames = try_vec(offsets.len())?;
        let ends = offsets.iter().skip(1).map(|offset| self.start_of(*offset));
        for (from, to) in offsets.iter().zip(ends.chain([Some(self.whole().end)])) {
            let (Some(from), Some(to)) = (self.start_of(*from), to) else { return Ok(None) };
            frames.push(from..to);
        }
        Ok(Some(frames))
    }

    /// PS3.3 C.7.6.3.1.8: 64-bit offsets, and the length of each frame, which is in one fragment.
    pub(super) fn by_extended(&self, offsets: &[u8], lengths: &[u8]) -> Result<Option<Vec<Range<u64>>>> {
        let (offsets, lengths) = (numbers::<8>(offsets)?, numbers::<8>(lengths)?);
        if offsets.len() != lengths.len() || offsets.len() > self.fragments.len() {
            return Ok(None);
        }
        let mut frames = try_vec(offsets.len())?;
        for (offset, length) in offsets.iter().zip(&lengths) {
            let found = self.fragments.binary_search_by_key(offset, |fragment| fragment.item).ok();
            let fragment = found.and_then(|at| self.fragments.get(at));
            let Some(fragment) = fragment.filter(|fragment| *length > 0 && *length <= fragment.length) else {
                return Ok(None);
            };
            frames.push(fragment.start..fragment.start + length);
        }
        Ok(offsets.is_sorted_by(|a, b| a < b).then_some(frames))
    }
}
