//! Where one is in bytes that lie in many places: heads of PDUs and what is between them become records that are full.

use std::io::IoSlice;

use super::engine::RECORD;

/// A place in slices.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    slice: usize,
    at: usize,
}

impl Place {
    /// What is left of the first slice of which something is left.
    pub(super) fn rest<'s>(&mut self, slices: &'s [IoSlice<'_>]) -> Option<&'s [u8]> {
        loop {
            match slices.get(self.slice)?.get(self.at..) {
                Some(rest) if !rest.is_empty() => return Some(rest),
                _ => *self = Self { slice: self.slice + 1, at: 0 },
            }
        }
    }

    /// The bytes that are next, up to a record of them.
    pub(super) fn gather<'r>(
        mut self,
        slices: &[IoSlice<'_>],
        record: &'r mut [u8; RECORD],
    ) -> Option<&'r [u8]> {
        let mut count = 0;
        while count < RECORD
            && let Some(rest) = self.rest(slices)
        {
            let fits = rest.len().min(RECORD - count);
            record.get_mut(count..count + fits)?.copy_from_slice(rest.get(..fits)?);
            self.advance(slices, fits);
            count += fits;
        }
        record.get(..count)
    }

    pub(super) fn advance(&mut self, slices: &[IoSlice<'_>], count: usize) {
        let mut left = count;
        while left > 0
            && let Some(rest) = self.rest(slices)
        {
            let step = rest.len().min(left);
            self.at += step;
            left -= step;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::{Place, RECORD};

    #[test]
    fn records_are_gathered_over_slices() {
        let long: Vec<u8> = (0..=250).cycle().take(2 * RECORD).collect();
        let bytes: [&[u8]; 5] = [&[], &[1, 2, 3], &[], &long, &[9]];
        let slices: Vec<IoSlice<'_>> = bytes.iter().map(|bytes| IoSlice::new(bytes)).collect();
        let all = bytes.concat();
        let (mut place, mut seen) = (Place::default(), Vec::new());
        let mut record = [0; RECORD];
        while place.rest(&slices).is_some() {
            let gathered = place.gather(&slices, &mut record).unwrap();
            seen.extend_from_slice(gathered);
            place.advance(&slices, gathered.len());
        }
        assert!(seen == all);
        assert_eq!(place.gather(&slices, &mut record), Some(&[][..]));
    }
}
