//! Text to the bytes of a value: the mirror of decoding, with the escape sequences that it needs.

use std::fmt;

use encoding_rs::{EncoderResult, GB18030};

use super::double_byte::Plane;
use super::iso2022::{self, Designated, Designation, ESCAPE, ESCAPES, G0};
use super::set::Set;
use super::{Charset, TextKind, hangul, single_byte, standalone};
use crate::{Error, ErrorKind};

/// A character that the charset does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unencodable {
    /// The character. It is part of the value, and so in no message.
    pub character: char,
    /// Where it is, in characters from 0.
    pub index: usize,
}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {} of the text is not in the specific character set", self.index)
    }
}

impl std::error::Error for Unencodable {}

impl From<Unencodable> for Error {
    fn from(error: Unencodable) -> Self {
        Self::new(ErrorKind::Value, error.to_string())
    }
}

pub(super) fn encode(charset: &Charset, text: &str, kind: TextKind) -> Result<Vec<u8>, Unencodable> {
    // PS3.5 6.1.3: the escape character is there for code extensions alone.
    if let Some(index) = text.chars().position(|character| character == char::from(ESCAPE)) {
        return Err(Unencodable { character: char::from(ESCAPE), index });
    }
    if text.is_ascii() {
        return Ok(text.as_bytes().to_vec());
    }
    match charset.first() {
        Set::Utf8 => Ok(text.as_bytes().to_vec()),
        Set::Gb18030 => encode_gb18030(text),
        Set::Gbk => encode_gbk(text),
        _ => encode_extended(charset, text, kind),
    }
}

fn encode_gb18030(text: &str) -> Result<Vec<u8>, Unencodable> {
    let mut encoder = GB18030.new_encoder();
    let mut bytes = Vec::new();
    let mut block = [0; 1024];
    let mut rest = text;
    loop {
        let (result, read, written) = encoder.encode_from_utf8_without_replacement(rest, &mut block, true);
        bytes.extend_from_slice(block.get(..written).unwrap_or_default());
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(character) => {
                let index = (text.chars().count() - rest.chars().count()).saturating_sub(1);
                return Err(Unencodable { character, index });
            }
        }
    }
}

fn encode_gbk(text: &str) -> Result<Vec<u8>, Unencodable> {
    let bytes = encode_gb18030(text)?;
    let outside = standalone::units(&bytes)
        .zip(text.chars())
        .enumerate()
        .find(|(_, (unit, character))| unit.len() == 4 || standalone::is_private(*character));
    match outside {
        Some((index, (_, character))) => Err(Unencodable { character, index }),
        None => Ok(bytes),
    }
}

fn encode_extended(charset: &Charset, text: &str, kind: TextKind) -> Result<Vec<u8>, Unencodable> {
    let initial = Designated::initial(charset);
    let mut now = initial;
    let mut bytes = Vec::new();
    for (index, character) in text.chars().enumerate() {
        // PS3.5 6.1.2.5.3: the sets of value 1 are active before every delimiter.
        if let Some(byte) = ascii(character).filter(|&byte| iso2022::is_reset(kind, byte)) {
            restore(&mut now, initial, &mut bytes);
            bytes.push(byte);
            continue;
        }
        // At most two: G0 back to single bytes, then the upper half.
        while !push(now, character, &mut bytes) {
            let designation = find(charset, now, character).ok_or(Unencodable { character, index })?;
            escape(designation, &mut bytes);
            now.designate(designation);
            // An upper half outlasts a change of the lower one, but many readers forget it there: it is named again.
            if matches!(designation, Designation::Lower(_)) && now.g1 != initial.g1 {
                now.g1 = None;
            }
        }
    }
    // PS3.5 6.1.2.5.3: and at the end of the value.
    restore(&mut now, initial, &mut bytes);
    Ok(bytes)
}

/// The character as a byte below 80.
fn ascii(character: char) -> Option<u8> {
    u8::try_from(character).ok().filter(u8::is_ascii)
}

/// Returns to the initial sets. An upper half that the initial sets lack is left: the delimiter itself drops it.
fn restore(now: &mut Designated, initial: Designated, bytes: &mut Vec<u8>) {
    if now.g0 != initial.g0 {
        escape(Designation::Lower(initial.g0), bytes);
    }
    if let Some(set) = initial.g1.filter(|_| now.g1 != initial.g1) {
        escape(Designation::Upper(set), bytes);
    }
    *now = initial;
}

fn escape(designation: Designation, bytes: &mut Vec<u8>) {
    if let Some((code, _)) = ESCAPES.iter().find(|(_, other)| *other == designation) {
        bytes.push(ESCAPE);
        bytes.extend_from_slice(code);
    }
}

/// Appends the character as the designated sets say it, where they have it. The upper half is used beside single bytes only:
/// many readers take what follows an escape sequence to be of one set.
fn push(now: Designated, character: char, bytes: &mut Vec<u8>) -> bool {
    lower(now.g0, character, bytes)
        || now.g1.is_some_and(|set| now.g0.double().is_none() && upper(set, character, bytes))
}

fn lower(g0: G0, character: char, bytes: &mut Vec<u8>) -> bool {
    match g0.double() {
        None => ascii(character).map(|byte| bytes.push(byte)).is_some(),
        Some(set) => match Plane::of(set).and_then(|plane| plane.pair(character)) {
            Some(pair) => {
                bytes.extend_from_slice(&pair);
                true
            }
            None => false,
        },
    }
}

fn upper(set: Set, character: char, bytes: &mut Vec<u8>) -> bool {
    if let Some(table) = single_byte::upper_half(set) {
        return single_byte::byte(table, character).map(|byte| bytes.push(byte)).is_some();
    }
    if let Some(pair) = Plane::of(set).and_then(|plane| plane.pair(character)) {
        bytes.extend_from_slice(&pair.map(|byte| byte | 0x80));
        return true;
    }
    match hangul::decompose(character).filter(|_| set == Set::Ksx1001) {
        Some(spelt) => {
            bytes.extend_from_slice(&spelt);
            true
        }
        None => false,
    }
}

/// The next escape sequence on the way to the character: to the first of the sets listed that has it.
fn find(charset: &Charset, now: Designated, character: char) -> Option<Designation> {
    let initial = Designated::initial(charset);
    let single = (now.g0 != initial.g0).then_some(Designation::Lower(initial.g0));
    if ascii(character).is_some() {
        return single;
    }
    if !charset.extended {
        return None;
    }
    let mut probe = Vec::new();
    let wanted = charset.sets().iter().find_map(|&set| {
        let g0 = match set {
            Set::Jis0208 => Some(G0::Jis0208),
            Set::Jis0212 => Some(G0::Jis0212),
            _ => None,
        };
        match g0 {
            Some(g0) => lower(g0, character, &mut probe).then_some(Designation::Lower(g0)),
            None => upper(set, character, &mut probe).then_some(Designation::Upper(set)),
        }
    })?;
    match wanted {
        Designation::Upper(_) => single.or(Some(wanted)),
        Designation::Lower(_) => Some(wanted),
    }
}
