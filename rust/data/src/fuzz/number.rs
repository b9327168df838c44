//! DS and IS: every reading of the same text says the same, and a number is the one that `f64::from_str` gives.

use radiogram_core::{Charset, Vr};

use crate::value::decimal::{self, Decimal};
use crate::value::integer::{self, Integer};
use crate::value::{Scalar, Value, count_values, decimals_into, decode, integers_into};

/// Reads any bytes as DS and as IS, as values and as columns.
///
/// # Panics
///
/// Where the readings disagree.
pub fn fuzz_number(data: &[u8]) {
    for vr in [Vr::DS, Vr::IS] {
        let mut kinds = Vec::new();
        let value = decode(vr, data, false, &Charset::DEFAULT, &mut |kind, _| kinds.push(kind));
        let told = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), told, "a kind of problem is reported once");
        let scalars = match value {
            Value::Empty | Value::One(Scalar::Missing) => Vec::new(),
            Value::One(scalar) => vec![scalar],
            Value::Many(scalars) => scalars,
            Value::Bytes(_) => continue,
        };
        assert_eq!(scalars.len(), count_values(data), "the count is that of the values");
        if vr == Vr::DS { decimals_agree(data, &scalars) } else { integers_agree(data, &scalars) }
    }
    for component in data.split(|&byte| byte == b'\\') {
        is_exact(component);
    }
}

fn decimals_agree(data: &[u8], scalars: &[Scalar<'_>]) {
    let mut column = vec![0.0; scalars.len()];
    let filled = decimals_into(data, &mut column);
    assert_eq!(filled.count, scalars.len());
    for (slot, scalar) in column.iter().zip(scalars) {
        match scalar {
            Scalar::Decimal { number, .. } => {
                assert!(number.to_bits() == slot.to_bits() || number.is_nan() && slot.is_nan());
            }
            Scalar::Text(_) | Scalar::Missing => assert!(slot.is_nan()),
            _ => unreachable!("a DS has decimal numbers and text"),
        }
    }
}

fn integers_agree(data: &[u8], scalars: &[Scalar<'_>]) {
    let mut column = vec![0; scalars.len()];
    let filled = integers_into(data, &mut column);
    assert_eq!(filled.count, scalars.len());
    let mut lost = 0;
    for (slot, scalar) in column.iter().zip(scalars) {
        if let Scalar::Integer { number, .. } = scalar {
            assert_eq!(number, slot);
        } else {
            assert_eq!(*slot, 0);
            lost += 1;
        }
    }
    assert_eq!(filled.bad + filled.missing, lost);
}

/// One component against the standard library.
fn is_exact(component: &[u8]) {
    let text: String = component.iter().map(|&byte| char::from(byte)).collect();
    let text = text.trim_matches(is_space).trim_end_matches(|c| c == '\0' || is_space(c));
    match (decimal::parse(component), text.parse::<f64>()) {
        (Decimal::Number { value, .. }, Ok(expected)) => {
            assert!(value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan());
        }
        (Decimal::Number { conforms, .. }, Err(_)) => assert!(!conforms && text.contains('_')),
        (Decimal::Missing, _) => assert!(text.is_empty()),
        (Decimal::Bad, parsed) => assert!(parsed.is_err()),
    }
    if let (Integer::Number { value, .. }, Ok(expected)) = (integer::parse(component), text.parse::<i64>()) {
        assert_eq!(value, expected);
    }
}

/// White space as Python strips it, in Latin-1.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1C'..='\x1F').contains(&character)
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, rounds};

    use super::fuzz_number;

    const SEEDS: [&[u8]; 12] = [
        b"-123.45\\67.8901234\\0.000123456789012 ",
        b"1e5\\-1.5E-10\\+3.e+2\\.5",
        b"12345678901234567890\\0.1234567890123456789\\9007199254740993",
        b"1\\\\3\\ 4 \\5\0",
        b"nan\\-inf\\Infinity\\1_000\\_1\\1__0",
        b"1.0\\2147483648\\-9223372036854775808\\9223372036854775808",
        b"99999999.9999999\\12345678.1234567\\123456789.5",
        b"+-5\\--5\\- 5\\1,5\\abc\\1.2.3",
        b"1e400\\1e-400\\4.9e-324\\2.2250738585072014e-308",
        b"\xA01\xA0\\\x1C2\x1F\\\xFF",
        b"0000000000000000000001\\-0\\-0.0\\00.00",
        b" ",
    ];

    const ALPHABET: &[u8] =
        b"0123456789012345678901234567890123456789....--++eE\\\\\\   \0_naif\x85\xA0\xFF\t";

    #[test]
    fn mutated_numbers_keep_every_promise() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        for seed in SEEDS {
            fuzz_number(seed);
        }
        for round in rounds(60_000) {
            let mut data = SEEDS[random.below(SEEDS.len())].to_vec();
            if round % 3 == 0 {
                data.clear();
            }
            for _ in 0..random.below(24) {
                let byte = ALPHABET[random.below(ALPHABET.len())];
                let at = random.below(data.len() + 1);
                match random.below(3) {
                    0 if at < data.len() => data[at] = byte,
                    1 if at < data.len() => drop(data.remove(at)),
                    _ => data.insert(at, byte),
                }
            }
            fuzz_number(&data);
        }
    }
}
