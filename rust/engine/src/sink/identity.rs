//! Whether a data set is the instance that its command says it is: its first elements, looked at while it passes.

use radiogram_core::syntax::Syntax;
use radiogram_core::{Tag, Vr};

/// Bytes of a data set in which its SOP instance must have been named.
pub const LOOK: usize = 4096;

const SOP_CLASS: Tag = Tag::new(0x0008, 0x0016);
const SOP_INSTANCE: Tag = Tag::new(0x0008, 0x0018);

/// What the first bytes of a data set say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// They end before it can be known.
    Incomplete,
    /// It cannot be known without reading more than the beginning.
    Unknown,
    /// They are no data set of this transfer syntax.
    Nonsense,
    /// SOP class and SOP instance, as far as they are there.
    Instance(Option<String>, Option<String>),
}

/// Reads the first elements. `is_all` says that the data set ends with the bytes.
pub fn identify(bytes: &[u8], transfer_syntax: &str, is_all: bool) -> Said {
    let Some(syntax) = Syntax::from_uid(transfer_syntax).filter(|syntax| !syntax.deflated) else {
        return Said::Unknown;
    };
    let (mut class, mut instance) = (None, None);
    let (mut rest, mut last) = (bytes, Tag(0));
    loop {
        let end = if is_all { Said::Instance(class.clone(), instance.clone()) } else { Said::Incomplete };
        if rest.is_empty() {
            return end;
        }
        let Some(header) = header(rest, syntax) else { return if is_all { Said::Nonsense } else { end } };
        let Header { tag, size, length } = match header {
            Ok(header) => header,
            Err(said) => return said,
        };
        // PS3.5 7.1: ascending; group 0000 to 0007 belong to commands, files and directories (PS3.10 8.5: 0004).
        if tag <= last || tag.group() < 4 {
            return Said::Nonsense;
        }
        if tag > SOP_INSTANCE {
            return Said::Instance(class, instance);
        }
        // A sequence of undefined length in front of them: rare, and not worth a parser.
        let Some(length) = length else { return Said::Unknown };
        let Some((value, behind)) = rest.get(size..).and_then(|value| value.split_at_checked(length)) else {
            return if is_all { Said::Nonsense } else { end };
        };
        let text = || {
            value
                .iter()
                .map(|&byte| char::from(byte))
                .collect::<String>()
                .trim_matches(['\0', ' '])
                .to_owned()
        };
        match tag {
            SOP_CLASS => class = Some(text()),
            SOP_INSTANCE => instance = Some(text()),
            _ => {}
        }
        (rest, last) = (behind, tag);
    }
}

struct Header {
    tag: Tag,
    size: usize,
    /// `None` where it is not defined.
    length: Option<usize>,
}

/// `None` where the bytes end in it.
fn header(bytes: &[u8], syntax: &Syntax) -> Option<Result<Header, Said>> {
    let number = |at: usize| {
        let pair = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if syntax.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let long = |at: usize| {
        let four = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if syntax.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let tag = Tag::new(number(0)?, number(2)?);
    let (size, length) = if syntax.implicit {
        (8, long(4)?)
    } else {
        let Some(vr) = Vr::from_bytes(*bytes.get(4..)?.first_chunk()?) else {
            return Some(Err(Said::Nonsense));
        };
        if vr.has_long_length() { (12, long(8)?) } else { (8, u32::from(number(6)?)) }
    };
    let length = (length != u32::MAX).then(|| usize::try_from(length).unwrap_or(usize::MAX));
    Some(Ok(Header { tag, size, length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMPLICIT: &str = "1.2.840.10008.1.2";
    const EXPLICIT: &str = "1.2.840.10008.1.2.1";
    const BIG: &str = "1.2.840.10008.1.2.2";

    fn data_set(syntax: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let is_big = syntax == BIG;
        let two = |number: u16| if is_big { number.to_be_bytes() } else { number.to_le_bytes() };
        let four = |number: u32| if is_big { number.to_be_bytes() } else { number.to_le_bytes() };
        for (element, vr, value) in [
            (5, b"CS", &b"ISO_IR 100"[..]),
            (0x16, b"UI", b"1.2\0"),
            (0x18, b"UI", b"1.2.3\0"),
            (0x20, b"DA", b""),
        ] {
            out.extend_from_slice(&[two(8), two(element)].concat());
            if syntax == IMPLICIT {
                out.extend_from_slice(&four(value.len().try_into().unwrap()));
            } else {
                out.extend_from_slice(vr);
                out.extend_from_slice(&two(value.len().try_into().unwrap()));
            }
            out.extend_from_slice(value);
        }
        out
    }

    #[test]
    fn instances_are_known_by_their_first_elements() {
        let expected = Said::Instance(Some("1.2".into()), Some("1.2.3".into()));
        for syntax in [IMPLICIT, EXPLICIT, BIG, "1.2.840.10008.1.2.4.90"] {
            let bytes = data_set(syntax);
            assert_eq!(identify(&bytes, syntax, true), expected);
            for length in 0..bytes.len() - 8 {
                assert_eq!(identify(&bytes[..length], syntax, false), Said::Incomplete, "{syntax} {length}");
            }
        }
        assert_eq!(identify(&data_set(EXPLICIT), IMPLICIT, true), Said::Nonsense);
        assert_eq!(identify(&data_set(IMPLICIT), EXPLICIT, false), Said::Nonsense);
        assert_eq!(identify(&data_set(IMPLICIT), "1.2.840.10008.1.2.1.99", false), Said::Unknown);
        assert_eq!(identify(&[], IMPLICIT, true), Said::Instance(None, None));
    }
}
