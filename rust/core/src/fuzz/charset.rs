//! Targets for fuzzing: each takes any bytes and panics where a law of this crate does not hold.

use std::borrow::Cow;

use crate::{Charset, TextKind};

/// Values of Specific Character Set that reach every set and every pairing of halves.
const CHARSETS: [&[u8]; 24] = [
    b"",
    b"ISO_IR 13",
    b"ISO_IR 100",
    b"ISO_IR 101",
    b"ISO_IR 109",
    b"ISO_IR 110",
    b"ISO_IR 126",
    b"ISO_IR 127",
    b"ISO_IR 138",
    b"ISO_IR 144",
    b"ISO_IR 148",
    b"ISO_IR 166",
    b"ISO_IR 192",
    b"ISO_IR 203",
    b"GB18030",
    b"GBK",
    b"ISO 2022 IR 87",
    b"\\ISO 2022 IR 87\\ISO 2022 IR 159",
    b"ISO 2022 IR 13\\ISO 2022 IR 87",
    b"\\ISO 2022 IR 149",
    b"ISO 2022 IR 149",
    b"\\ISO 2022 IR 58",
    b"ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126\\ISO 2022 IR 149",
    b"\\ISO 2022 IR 13\\ISO 2022 IR 159\\ISO 2022 IR 58\\ISO 2022 IR 203\\ISO 2022 IR 166",
];

/// Decodes with a charset that the first byte chooses (or, past the list, that the next bytes spell), as the second byte says.
///
/// # Panics
///
/// Where text that was not flagged does not encode, or reads differently once it was encoded.
pub fn fuzz_charset(data: &[u8]) {
    let Some((&[choice, kind], rest)) = data.split_first_chunk() else { return };
    let (value, bytes) = match CHARSETS.get(usize::from(choice)) {
        Some(value) => (*value, rest),
        None => rest.split_at_checked(usize::from(choice & 0x3F)).unwrap_or((rest, &[])),
    };
    let (charset, _) = Charset::from_value(value);
    let kind = match kind % 3 {
        0 => TextKind::Text,
        1 => TextKind::Values,
        _ => TextKind::PersonName,
    };
    let (text, flagged) = decode(&charset, bytes, kind);
    let encoded = charset.encode(&text, kind);
    if flagged {
        return;
    }
    assert!(encoded.is_ok(), "{charset:?} {kind:?}: what was read cannot be written");
    let encoded = encoded.unwrap_or_default();
    let again = decode(&charset, &encoded, kind);
    assert_eq!(again, (text, false), "{charset:?} {kind:?}: reads differently once written");
    assert_eq!(charset.encode(&again.0, kind), Ok(encoded), "{charset:?} {kind:?}: writes differently");
}

fn decode(charset: &Charset, bytes: &[u8], kind: TextKind) -> (String, bool) {
    let mut values: Vec<String> = Vec::new();
    let mut sink = |text: Cow<'_, str>| values.push(text.into_owned());
    let flagged = match kind {
        TextKind::Values => charset.decode_values(bytes, &mut sink),
        TextKind::PersonName => charset.decode_person_names(bytes, &mut sink),
        TextKind::Text => {
            let (text, flagged) = charset.decode(bytes);
            sink(text);
            flagged
        }
    };
    (values.join("\\"), flagged)
}

#[cfg(test)]
mod tests {
    use super::{CHARSETS, fuzz_charset};
    use crate::fuzz::mutator::{Random, rounds};

    /// What the mutator puts together: escapes, delimiters, pairs of each set, text, faults.
    const PIECES: [&[u8]; 39] = [
        b"\x1b(B",
        b"\x1b(J",
        b"\x1b$B",
        b"\x1b$(D",
        b"\x1b-A",
        b"\x1b-L",
        b"\x1b-F",
        b"\x1b-b",
        b"\x1b-T",
        b"\x1b)I",
        b"\x1b$)C",
        b"\x1b$)A",
        b"\x1b",
        b"\x1b$@",
        b"\\",
        b"^",
        b"=",
        b"\r\n",
        b"\t",
        b" ",
        b"\0",
        b"\x7f",
        b"Yamada",
        b";3ED",
        b"\"7",
        b"-!",
        b"\xc8\xab",
        b"\xb1\xe6",
        b"\xd4\xcf\xc0\xde",
        b"\xe4",
        b"\x81\\",
        b"\x81\x30\x84\x36",
        b"\xa2\xe3",
        b"\xfe\x59",
        b"\xe5\xb0\x8f",
        b"\x80",
        b"\xa4\xd4",
        b"\xa4\xa1\xa4\xbf",
        b"\xa4\xd4\xa4\xa8\xa4\xc7\xa4\xb1",
    ];

    #[test]
    fn charset_holds_its_laws_on_mutated_bytes() {
        let mut random = Random(20_260_101);
        for _ in rounds(20_000) {
            let choice = if random.below(16) == 0 {
                random.byte()
            } else {
                u8::try_from(random.below(CHARSETS.len())).unwrap()
            };
            let mut data = vec![choice, random.byte()];
            if usize::from(choice) >= CHARSETS.len() {
                data[0] = 0x80 | u8::try_from(CHARSETS[random.below(CHARSETS.len())].len() & 0x3F).unwrap();
                data.extend_from_slice(CHARSETS[random.below(CHARSETS.len())]);
            }
            for _ in 0..random.below(12) {
                data.extend_from_slice(PIECES[random.below(PIECES.len())]);
            }
            for _ in 0..random.below(3) {
                let place = random.below(data.len());
                data[place] = random.byte();
            }
            data.truncate(2 + random.below(data.len()));
            fuzz_charset(&data);
        }
    }

    #[test]
    fn every_pair_above_7f_in_the_sets_that_pair_bytes() {
        for choice in 12..CHARSETS.len() {
            for pair in 0x8000..=u16::MAX {
                let [lead, trail] = pair.to_be_bytes();
                fuzz_charset(&[u8::try_from(choice).unwrap(), 2, lead, trail]);
            }
        }
    }
}
