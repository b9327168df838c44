//! The best Huffman table for known frequencies, T.81 K.2.

use super::huffman::HuffmanSpec;

/// One more than the symbols: the last stands for the code of all ones, which T.81 C.2 reserves.
const PLACES: usize = 257;

/// The table that writes symbols, of which each is there `counts[symbol]` times, in the fewest bits of codes up to 16 bits.
pub fn optimal(counts: &[u64; 256]) -> HuffmanSpec {
    let lengths = code_lengths(counts);
    let mut of_length = [0_usize; PLACES + 1];
    for length in lengths {
        of_length.get_mut(length).into_iter().for_each(|held| *held += 1);
    }
    shorten(&mut of_length);
    let mut spec = HuffmanSpec { counts: [0; 16], symbols: [0; 256] };
    for (place, &count) in spec.counts.iter_mut().zip(of_length.iter().skip(1)) {
        *place = u8::try_from(count).unwrap_or(u8::MAX);
    }
    // Shorter codes for the more frequent, whatever the adjustment did (T.81 figure K.4).
    let mut order: Vec<(usize, u8)> =
        lengths.iter().copied().zip(0..=u8::MAX).filter(|held| held.0 > 0).collect();
    order.sort_unstable();
    spec.symbols.iter_mut().zip(order).for_each(|(place, (_, symbol))| *place = symbol);
    spec
}

/// The length of each symbol's code by Huffman's own way, 0 where there is none (T.81 figure K.1).
fn code_lengths(counts: &[u64; 256]) -> [usize; PLACES] {
    let mut lengths = [0; PLACES];
    // A tree is its weight and the symbols that hang from it.
    let mut trees: Vec<(u64, Vec<usize>)> = counts
        .iter()
        .enumerate()
        .filter(|held| *held.1 > 0)
        .map(|(symbol, &count)| (count, vec![symbol]))
        .collect();
    trees.push((0, vec![PLACES - 1]));
    while trees.len() > 1 {
        // The lightest two are at the end. Of equals the reserved place is the lightest, so that its code is the longest.
        trees.sort_by_key(|tree| std::cmp::Reverse(tree.0));
        let (Some(one), Some(other)) = (trees.pop(), trees.pop()) else { break };
        let symbols = [one.1, other.1].concat();
        for &symbol in &symbols {
            lengths.get_mut(symbol).into_iter().for_each(|length| *length += 1);
        }
        trees.push((one.0 + other.0, symbols));
    }
    lengths
}

/// Brings all codes to 16 bits at most, and takes out the reserved one (T.81 figure K.3).
#[expect(
    clippy::indexing_slicing,
    reason = "lengths are below the places, and each step has two codes of the length it shortens"
)]
fn shorten(of_length: &mut [usize; PLACES + 1]) {
    for length in (17..=PLACES).rev() {
        while of_length[length] > 0 {
            // Two siblings: one takes their parent's place, the other goes down beside a shorter code.
            let Some(shorter) = (1..length - 1).rev().find(|&shorter| of_length[shorter] > 0) else { break };
            of_length[length] -= 2;
            of_length[length - 1] += 1;
            of_length[shorter + 1] += 2;
            of_length[shorter] -= 1;
        }
    }
    if let Some(longest) = (1..=16).rev().find(|&length| of_length[length] > 0) {
        of_length[longest] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(counts: &[u64; 256], spec: &HuffmanSpec) -> u64 {
        spec.codes().map(|(_, length, symbol)| counts[usize::from(symbol)] * u64::from(length)).sum()
    }

    #[test]
    fn frequent_symbols_get_short_codes() {
        let mut counts = [0; 256];
        (counts[3], counts[200], counts[7]) = (10, 1000, 10);
        let spec = optimal(&counts);
        assert_eq!(spec.codes().collect::<Vec<_>>(), [(0, 1, 200), (2, 2, 3), (6, 3, 7)]);
        counts = [0; 256];
        counts[9] = 1;
        assert_eq!(optimal(&counts).codes().collect::<Vec<_>>(), [(0, 1, 9)]);
        assert!(optimal(&[0; 256]).is_empty());
    }

    #[test]
    fn codes_have_at_most_sixteen_bits() {
        // Fibonacci's numbers give the deepest trees.
        let mut counts = [0; 256];
        let (mut a, mut b) = (1_u64, 1_u64);
        for count in counts.iter_mut().take(60) {
            *count = a;
            (a, b) = (b, a + b);
        }
        for filler in [0, 1, 1000] {
            counts.iter_mut().skip(60).for_each(|count| *count = filler);
            let spec = optimal(&counts);
            let symbols = counts.iter().filter(|&&count| count > 0).count();
            assert_eq!(spec.len(), symbols);
            let mut found: Vec<u8> = spec.codes().map(|(_, _, symbol)| symbol).collect();
            found.sort_unstable();
            assert!(found.windows(2).all(|two| two[0] < two[1]));
            // None is all ones, none begins another.
            let space: u32 = spec.codes().map(|(_, length, _)| 1 << (16 - length)).sum();
            assert!(space < 1 << 16);
            assert!(bits(&counts, &spec) > 0);
        }
    }
}
