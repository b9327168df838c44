//! New values as bytes: little endian, without padding (PS3.5 6.2).

use radiogram_core::vr::Storage;
use radiogram_core::{Charset, Error, ErrorKind, Result, TextKind, Vr};

use super::decimal;
use super::output::no_memory;
use crate::draft::Value;

/// Bytes of the numbers whose order depends on the syntax; 1 where there is none (PS3.5 7.3).
pub(super) const fn width(vr: Vr) -> u8 {
    match vr.storage() {
        Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size) => size,
        // A tag is two words, each with its own order.
        Storage::Tags => 2,
        Storage::Text | Storage::Bytes | Storage::Items => 1,
    }
}

/// The bytes of a value that is no block of bytes already.
pub(super) fn encode(vr: Vr, value: &Value, charset: &Charset) -> Result<Vec<u8>> {
    match value {
        Value::Empty | Value::Bytes(_) => Ok(Vec::new()),
        Value::Text(texts) => text(vr, texts, charset),
        Value::Integers(numbers) => integers(vr, numbers.iter().copied()),
        Value::Floats(numbers) => floats(vr, numbers),
    }
}

/// What a text is, for its character set.
pub(super) const fn kind(vr: Vr) -> TextKind {
    match vr {
        Vr::PN => TextKind::PersonName,
        Vr::LO | Vr::SH | Vr::UC => TextKind::Values,
        _ => TextKind::Text,
    }
}

fn text(vr: Vr, texts: &[String], charset: &Charset) -> Result<Vec<u8>> {
    if vr.storage() != Storage::Text {
        return Err(refuse("text for a VR that is none"));
    }
    // PS3.5 6.4: LT, ST, UT and UR have one value, in which a backslash is a character.
    if texts.len() > 1 && !vr.is_multi_text() {
        return Err(refuse("several values for a VR that has one"));
    }
    let joined = match texts {
        [text] => std::borrow::Cow::Borrowed(text.as_str()),
        texts => std::borrow::Cow::Owned(texts.join("\\")),
    };
    if vr.has_charset() {
        return charset.encode(&joined, kind(vr)).map_err(|_| unsayable());
    }
    // PS3.5 6.1.2.2: the other text VRs have the default repertoire, whatever the character set.
    if !joined.is_ascii() || joined.contains('\x1B') {
        return Err(refuse("text outside the default character repertoire, which is all that its VR allows"));
    }
    Ok(joined.into_owned().into_bytes())
}

/// Says what helps where a character set does not have a character; the text itself is in no message.
pub(super) fn unsayable() -> Error {
    refuse(
        "the specific character set in force does not have every character of the text: \
         SpecificCharacterSet 'ISO_IR 192' (UTF-8) has",
    )
}

/// Whole numbers for any VR that holds numbers; a number that its VR cannot hold is refused.
pub(super) fn integers(vr: Vr, values: impl Iterator<Item = i128> + Clone) -> Result<Vec<u8>> {
    let (low, high, size) = match vr.storage() {
        Storage::Unsigned(size) => (0, (1_i128 << (8 * u32::from(size))) - 1, usize::from(size)),
        Storage::Signed(size) => {
            let half = 1_i128 << (8 * u32::from(size) - 1);
            (-half, half - 1, usize::from(size))
        }
        Storage::Bytes => (0, 255, 1),
        Storage::Tags => (0, i128::from(u32::MAX), 4),
        // PS3.5 6.2: an integer string is a number of 32 bits.
        _ if vr == Vr::IS => (i128::from(i32::MIN), i128::from(i32::MAX), 0),
        // Beyond 2^53 not every whole number is an f64.
        Storage::Float(_) => (-(1 << 53), 1 << 53, 0),
        _ if vr == Vr::DS => (-(1 << 53), 1 << 53, 0),
        Storage::Text | Storage::Items => return Err(refuse("numbers for a VR that holds none")),
    };
    if values.clone().any(|value| !(low..=high).contains(&value)) {
        return Err(refuse("a number that its VR cannot hold"));
    }
    if vr == Vr::IS {
        let texts: Vec<String> = values.map(|value| value.to_string()).collect();
        return Ok(texts.join("\\").into_bytes());
    }
    if size == 0 {
        #[expect(clippy::cast_precision_loss, reason = "compared with 2^53 just now")]
        let values: Vec<f64> = values.map(|value| value as f64).collect();
        return floats(vr, &values);
    }
    let mut bytes = Vec::new();
    for value in values {
        bytes.try_reserve(size).map_err(|_| no_memory())?;
        let [a, b, c, d, ..] = value.to_le_bytes();
        match vr.storage() {
            // The group comes first.
            Storage::Tags => bytes.extend([c, d, a, b]),
            _ => bytes.extend(value.to_le_bytes().into_iter().take(size)),
        }
    }
    Ok(bytes)
}

/// Numbers with or without a fraction, for FL, FD, OF, OD and DS; for other VRs only whole ones.
pub(super) fn floats(vr: Vr, values: &[f64]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match vr {
        Vr::FD | Vr::OD => {
            bytes.try_reserve(8 * values.len()).map_err(|_| no_memory())?;
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        Vr::FL | Vr::OF => {
            bytes.try_reserve(4 * values.len()).map_err(|_| no_memory())?;
            for &value in values {
                #[expect(clippy::cast_possible_truncation, reason = "FL is what the caller asks for")]
                let single = value as f32;
                if value.is_finite() && !single.is_finite() {
                    return Err(refuse("a number that its VR cannot hold"));
                }
                bytes.extend(single.to_le_bytes());
            }
        }
        Vr::DS => {
            for (number, &value) in values.iter().enumerate() {
                let text = decimal(value)?;
                bytes.try_reserve(text.len() + 1).map_err(|_| no_memory())?;
                bytes.extend(b"\\".iter().filter(|_| number > 0));
                bytes.extend(text.bytes());
            }
        }
        _ => return Err(refuse("numbers with a fraction for a VR that holds none")),
    }
    Ok(bytes)
}

pub(super) fn refuse(message: &'static str) -> Error {
    Error::new(ErrorKind::Value, message)
}
