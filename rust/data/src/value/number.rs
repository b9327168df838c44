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

/// Eight bytes from `at`, the first one lowest; zeros past the end.
#[inline]
pub(super) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_tail(bytes, at),
    }
}

#[cold]
fn load_tail(bytes: &[u8], at: usize) -> u64 {
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter().take(8).rev().fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// The high bit of each of the eight bytes that is no digit.
#[inline]
pub(super) const fn non_digits(word: u64) -> u64 {
    let digits = word ^ 0x3030_3030_3030_3030;
    (((digits & 0x7F7F_7F7F_7F7F_7F7F).wrapping_add(0x7676_7676_7676_7676)) | digits) & 0x8080_8080_8080_8080
}

/// The number that the first `count` of eight digits say; `count` is at most 8.
#[inline]
pub(super) fn eight_digits(word: u64, count: u32) -> u64 {
    // Shifted up, the bytes that are not asked for turn into leading zeros.
    let digits = (word ^ 0x3030_3030_3030_3030).checked_shl(64 - 8 * count).unwrap_or(0);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
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
