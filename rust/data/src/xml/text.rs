//! Text of XML 1.0: what has to be escaped is, and what cannot be said is known.

use radiogram_core::Tag;

/// True where XML 1.0 has every character (production 2, Char).
pub(super) fn is_sayable(text: &str) -> bool {
    let is_plain = |byte: u8| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r');
    text.bytes().all(is_plain) && (text.is_ascii() || !text.contains(['\u{FFFE}', '\u{FFFF}']))
}

/// Appends text as the content of an element or the value of an attribute.
pub(super) fn escaped(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\r')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, behind)) = special.split_first() else { break };
        out.extend_from_slice(match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            // A reader makes a line feed of one that stands there as it is.
            _ => b"&#13;",
        });
        rest = behind;
    }
    out.extend_from_slice(rest);
}

/// A tag as eight digits, in capitals.
pub(super) fn tag(tag: Tag, out: &mut Vec<u8>) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "{:08X}", tag.0);
}
