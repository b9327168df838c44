//! What DS and IS have in common: components between backslashes, spaces round them, and runs of digits.

use memchr::memchr_iter;

/// What a column of numbers was filled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filled {
    /// Slots that were written, from the front.
    pub count: usize,
    /// Of these, components without a character.
    pub missing: usize,
    /// Of these, components that are no number (BadDecimal, BadInteger).
    pub bad: usize,
}

/// How many values a DS or IS has: one more than its backslashes, none where there are only spaces or NULs.
pub fn count_values(bytes: &[u8]) -> usize {
    let backslashes = memchr_iter(b'\\', bytes).count();
    if backslashes == 0 && is_blank(bytes) {
        return 0;
    }
    backslashes.saturating_add(1)
}

/// Nothing but spaces and NULs.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| is_space(byte) || byte == 0)
}

/// White space as Python has it in the first 256 code points, which is what strips the text VRs there.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1C..=0x1F | b' ' | 0x85 | 0xA0)
}

/// Without white space at both ends.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end_by(trim_start(bytes), is_space)
}

/// Without white space in front.
fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    bytes
}

/// Without the bytes at the end that are padding.
pub(super) fn trim_end_by(mut bytes: &[u8], is_padding: impl Fn(u8) -> bool) -> &[u8] {
    while let [rest @ .., last] = bytes
        && is_padding(*last)
    {
        bytes = rest;
    }
    bytes
}

/// A component of a DS or IS without white space at both ends and NULs at the end.
pub(super) fn trim_component(bytes: &[u8]) -> &[u8] {
    trim_end_by(trim_start(bytes), |byte| is_space(byte) || byte == 0)
}

/// A one in each of eight bytes, and the high bit of each.
const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// Eight bytes from `at`, the first one lowest; zeros past the end.
#[inline]
pub(super) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_tail(bytes, at),
    }
}

#[inline(never)]
fn load_tail(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    for (slot, &byte) in word.iter_mut().zip(bytes.get(at..).unwrap_or_default()) {
        *slot = byte;
    }
    u64::from_le_bytes(word)
}

/// The high bit of each of eight bytes that is this one, up to the first; the bits above it say nothing.
#[inline]
pub(super) const fn matches(word: u64, byte: u8) -> u64 {
    let other = word ^ (ONES * byte as u64);
    other.wrapping_sub(ONES) & !other & HIGHS
}

/// How many bytes [`places`] looks at.
pub(super) const BLOCK: usize = 64;

/// A bit for each of the bytes from `at` on that is this one.
#[inline]
pub(super) fn places(bytes: &[u8], at: usize, byte: u8) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return places_in(block, byte);
    }
    // Past the end there is anything else.
    let mut block = [!byte; BLOCK];
    for (slot, &byte) in block.iter_mut().zip(rest) {
        *slot = byte;
    }
    places_in(&block, byte)
}

#[inline]
fn places_in(block: &[u8; BLOCK], byte: u8) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    let mut places = 0;
    for word in words.iter().rev() {
        let other = u64::from_le_bytes(*word) ^ (ONES * u64::from(byte));
        // Exact for each byte: the sum of seven bits carries into no other.
        let highs = !(((other & !HIGHS).wrapping_add(!HIGHS)) | other) & HIGHS;
        places = (places << 8) | gather(highs);
    }
    places
}

/// The high bits of eight bytes as eight bits.
#[inline]
pub(super) const fn gather(highs: u64) -> u64 {
    (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The first `count` of eight characters as the values of digits, zeros in front of them; `count` is at most 8.
#[inline]
pub(super) fn align(word: u64, count: usize) -> u64 {
    let values = word ^ (ONES * 0x30);
    if count == 0 { 0 } else { values << (64_usize.wrapping_sub(count << 3) & 63) }
}

/// The high bit of each of eight bytes that is above 9.
#[inline]
pub(super) const fn non_digits(values: u64) -> u64 {
    ((values & !HIGHS).wrapping_add(ONES * 0x76) | values) & HIGHS
}

/// The number that eight digits say, each of them a byte of 0 to 9, the first one lowest.
#[inline]
pub(super) const fn eight_digits(values: u64) -> u64 {
    // Pairs first, then all four of them with two multiplications.
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let even = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(100 + (1_000_000 << 32));
    let odd = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(1 + (10_000 << 32));
    even.wrapping_add(odd) >> 32
}

/// Python allows one underscore between two digits. `None` where there is none, or one elsewhere.
pub(super) fn without_underscores(component: &[u8]) -> Option<String> {
    if !component.contains(&b'_') || !component.is_ascii() {
        return None;
    }
    let mut kept = String::new();
    let mut previous = 0_u8;
    for (at, &byte) in component.iter().enumerate() {
        if byte == b'_' {
            let next = component.get(at + 1).copied().unwrap_or(0);
            if !(previous.is_ascii_digit() && next.is_ascii_digit()) {
                return None;
            }
        } else {
            kept.push(char::from(byte));
        }
        previous = byte;
    }
    Some(kept)
}
