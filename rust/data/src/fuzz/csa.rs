//! CSA headers: whatever the bytes, the table ends within them.

use crate::csa::Csa;

/// Reads any bytes as a CSA header.
///
/// # Panics
///
/// Where a value lies outside of the bytes, or one way of reading says what the other does not.
pub fn fuzz_csa(data: &[u8]) {
    let Some(csa) = Csa::new(data) else { return };
    let within = data.as_ptr_range();
    for entry in csa.entries() {
        for text in [entry.name].into_iter().chain(entry.values.iter().copied()) {
            let lies = text.as_bytes().as_ptr_range();
            assert!(text.is_empty() || (within.start <= lies.start && lies.end <= within.end));
        }
    }
    if let Some(first) = csa.entries().next() {
        assert_eq!(csa.values(first.name), first.values);
        assert!(csa.numbers(first.name).len() <= first.values.len());
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_csa;

    /// Two entries with a value or two, as in the middle of what a scanner writes.
    fn seed(is_second: bool) -> Vec<u8> {
        let mut made = if is_second { b"SV10\x04\x03\x02\x01".to_vec() } else { Vec::new() };
        made.extend([2, 0, 0, 0, 77, 0, 0, 0]);
        for (name, value) in [("B_value", "1000"), ("SliceNormalVector", "0.5")] {
            let mut head = name.as_bytes().to_vec();
            head.resize(64, 0);
            made.extend(head);
            for number in [1_u32, 0x5349, 6, 2, 77] {
                made.extend(number.to_le_bytes());
            }
            for length in [u32::try_from(value.len()).unwrap(), 0] {
                let said = if is_second { length } else { length + 2 };
                for number in [said, length, 77, length] {
                    made.extend(number.to_le_bytes());
                }
                if length > 0 {
                    let mut bytes = value.as_bytes().to_vec();
                    bytes.resize(bytes.len().next_multiple_of(4), 0);
                    made.extend(bytes);
                }
            }
        }
        made
    }

    #[test]
    fn any_bytes_are_a_table_or_none() {
        for is_second in [false, true] {
            let seed = seed(is_second);
            fuzz_csa(&seed);
            let mut random = Random(7);
            for _ in rounds(20_000) {
                let mut data = seed.clone();
                mutate(&mut random, &mut data, &[b"SV10", b"\xFF\xFF\xFF\xFF", b"\0\0\0\0", b"\x06\0\0\0"]);
                fuzz_csa(&data);
            }
        }
    }
}
