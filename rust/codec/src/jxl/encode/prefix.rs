//! Prefix codes for counted symbols, and how they are written (18181-1 C.2.4; the same as in RFC 7932 3.5).

use super::bits::BitWriter;

/// Symbols an alphabet may have: those of samples, and lengths of runs from 224 on.
pub(super) const SYMBOLS: usize = 256;
/// The longest code. Two of it with the bits of two samples fit a word.
const LONGEST: u8 = 12;
/// Symbols of the code of code lengths.
const LENGTHS: usize = 18;
/// The order in which its lengths are written.
const ORDER: [usize; LENGTHS] = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// How each of its lengths is written: bits and their number.
const WRITTEN: [(u64, u32); 6] = [(0, 2), (7, 4), (3, 3), (2, 2), (1, 2), (15, 4)];

/// A code: for each symbol its bits, first one lowest, and their number, 0 where there is none.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) bits: [u16; SYMBOLS],
    pub(super) lengths: [u8; SYMBOLS],
}

impl Code {
    /// The best code, but for very rare symbols, of those that are there.
    pub(super) fn new(counts: &[u32; SYMBOLS]) -> Self {
        let mut lengths = [0; SYMBOLS];
        lengthen(counts, LONGEST, &mut lengths);
        let mut bits = [0; SYMBOLS];
        canonical(&lengths, &mut bits);
        Self { bits, lengths }
    }

    /// Symbols up to the last one that is there.
    pub(super) fn size(&self) -> usize {
        self.lengths.iter().rposition(|&length| length > 0).map_or(1, |last| last + 1)
    }

    /// Writes the lengths of all codes.
    pub(super) fn write(&self, out: &mut BitWriter) {
        let size = self.size();
        let mut steps: Vec<(usize, u32, u64)> = Vec::new();
        let mut at = 0;
        while let Some(&length) = self.lengths.get(at).filter(|_| at < size) {
            let zeros =
                self.lengths.get(at..size).map_or(0, |rest| rest.iter().take_while(|&&l| l == 0).count());
            if zeros < 3 {
                steps.push((length.into(), 0, 0));
                at += 1;
            } else {
                let first = steps.len();
                // Each such symbol after the first multiplies by eight what was there.
                let mut left = zeros - 3;
                loop {
                    steps.push((17, 3, (left & 7) as u64));
                    if left < 8 {
                        break;
                    }
                    left = (left >> 3) - 1;
                }
                steps.get_mut(first..).unwrap_or_default().reverse();
                at += zeros;
            }
        }
        let mut counts = [0_u32; LENGTHS];
        for &(symbol, ..) in &steps {
            counts.get_mut(symbol).into_iter().for_each(|count| *count += 1);
        }
        // A code of one symbol has no bits, and another form.
        let spare = usize::from(counts.first() == Some(&(steps.len() as u32)));
        counts.get_mut(spare).into_iter().for_each(|count| *count = (*count).max(1));
        let (mut lengths, mut codes) = ([0; LENGTHS], [0; LENGTHS]);
        lengthen(&counts, 5, &mut lengths);
        canonical(&lengths, &mut codes);
        // No length is skipped.
        out.put(2, 0);
        let mut room = 32_u32;
        for length in ORDER.iter().filter_map(|&symbol| lengths.get(symbol)) {
            if room == 0 {
                break;
            }
            let (bits, count) = WRITTEN.get(usize::from(*length)).copied().unwrap_or_default();
            out.put(count, bits);
            if *length > 0 {
                room = room.saturating_sub(32 >> length);
            }
        }
        for (symbol, count, extra) in steps {
            if let (Some(&code), Some(&length)) = (codes.get(symbol), lengths.get(symbol)) {
                out.put(length.into(), code.into());
                out.put(count, extra);
            }
        }
    }
}

/// The lengths of Huffman's code. Where one is too long, counts are brought closer to each other until none is.
fn lengthen<const N: usize>(counts: &[u32; N], longest: u8, lengths: &mut [u8; N]) {
    let mut weights: Vec<(u32, usize)> =
        (0..N).filter_map(|symbol| Some((*counts.get(symbol)?, symbol))).filter(|held| held.0 > 0).collect();
    loop {
        weights.sort_unstable();
        if tree(&weights, lengths) <= longest {
            return;
        }
        for (weight, _) in &mut weights {
            *weight = *weight / 2 + 1;
        }
    }
}

/// Huffman's tree over ascending weights: the lengths of its leaves, and the longest.
fn tree<const N: usize>(weights: &[(u32, usize)], lengths: &mut [u8; N]) -> u8 {
    let leaves = weights.len();
    // The parent of each node: leaves first, then inner nodes in the order in which they are made, whose weights ascend too.
    let mut parents = vec![0; 2 * leaves];
    let mut inner: Vec<u64> = Vec::new();
    let (mut leaf, mut taken) = (0, 0);
    for parent in leaves..(2 * leaves).saturating_sub(1) {
        let mut sum = 0;
        for _ in 0..2 {
            let own = weights.get(leaf).map(|held| u64::from(held.0));
            let made = inner.get(taken).copied();
            let (node, weight) = match (own, made) {
                (Some(own), Some(made)) if own > made => (leaves + taken, made),
                (None, Some(made)) => (leaves + taken, made),
                (own, _) => (leaf, own.unwrap_or(0)),
            };
            if node < leaves {
                leaf += 1;
            } else {
                taken += 1;
            }
            parents.get_mut(node).into_iter().for_each(|held| *held = parent);
            sum += weight;
        }
        inner.push(sum);
    }
    let mut depths = vec![0_u8; 2 * leaves];
    for node in (0..(2 * leaves).saturating_sub(2)).rev() {
        let depth =
            parents.get(node).and_then(|&parent| depths.get(parent)).map_or(0, |d| d.saturating_add(1));
        depths.get_mut(node).into_iter().for_each(|held| *held = depth);
    }
    for (&(_, symbol), &depth) in weights.iter().zip(&depths) {
        lengths.get_mut(symbol).into_iter().for_each(|held| *held = depth);
    }
    depths.iter().take(leaves).copied().max().unwrap_or(0)
}

/// Codes in the order of length and symbol, their bits turned round because the first one is read first.
fn canonical<const N: usize>(lengths: &[u8; N], codes: &mut [u16; N]) {
    let mut next = 0_u32;
    for length in 1..=15_u8 {
        next <<= 1;
        for (code, _) in codes.iter_mut().zip(lengths).filter(|held| *held.1 == length) {
            *code = (next as u16).reverse_bits() >> (16 - length);
            next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(code: &Code) -> u32 {
        code.lengths.iter().filter(|&&length| length > 0).map(|&length| 1 << (LONGEST - length)).sum()
    }

    #[test]
    fn codes_are_complete_and_short_for_what_is_frequent() {
        let mut counts = [0; SYMBOLS];
        (counts[0], counts[3], counts[200]) = (100, 30, 31);
        let code = Code::new(&counts);
        assert_eq!((code.lengths[0], code.lengths[3], code.lengths[200]), (1, 2, 2));
        assert_eq!((code.bits[0], code.bits[3], code.bits[200], code.size()), (0, 0b01, 0b11, 201));
        // Fibonacci's numbers give the deepest trees.
        let (mut a, mut b) = (1_u32, 1_u32);
        for count in counts.iter_mut().take(40) {
            *count = a;
            (a, b) = (b, a + b);
        }
        let code = Code::new(&counts);
        assert_eq!(space(&code), 1 << LONGEST);
        assert!(code.lengths.iter().all(|&length| length <= LONGEST));
    }
}
