//! Entropy-coded bytes without their stuffed zeros, T.81 F.1.2.3: after this a bit reader needs no look at single bytes.

use super::markers::is_restart;
use crate::{Error, ErrorKind, Result};

/// Why [`unstuff`] stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// `out` has no room for more.
    Full,
    /// The bytes ended without a marker.
    End,
    /// Before a restart marker: 0 to 7.
    Restart(u8),
    /// Before another marker.
    Marker(u8),
}

/// Copies entropy-coded bytes from `data` at `at` to `out` until something stops it, FF00 as FF. Returns how many were written, where
/// reading ended (at the FF of a marker) and why.
pub fn unstuff(data: &[u8], at: usize, out: &mut [u8]) -> (usize, usize, Stop) {
    let (mut from, mut to) = (at, 0);
    loop {
        // Eight bytes at a time while none of them is FF.
        while let (Some(eight), Some(place)) = (eight(data, from), out.get_mut(to..to + 8)) {
            if has_ones(eight) {
                break;
            }
            place.copy_from_slice(&eight.to_ne_bytes());
            (from, to) = (from + 8, to + 8);
        }
        // Then by single bytes, past one FF.
        loop {
            let Some(&byte) = data.get(from) else { return (to, from, Stop::End) };
            if byte == 0xFF {
                match data.get(from + 1) {
                    Some(0) => {}
                    None => return (to, from + 1, Stop::End),
                    Some(0xFF) => {
                        // Fill bytes before a marker.
                        from += 1;
                        continue;
                    }
                    Some(&marker) if is_restart(marker) => return (to, from, Stop::Restart(marker & 7)),
                    Some(&marker) => return (to, from, Stop::Marker(marker)),
                }
            }
            let Some(place) = out.get_mut(to) else { return (to, from, Stop::Full) };
            *place = byte;
            to += 1;
            if byte == 0xFF {
                from += 2;
                break;
            }
            from += 1;
        }
    }
}

/// Appends entropy-coded bytes to `out`, FF as FF00.
///
/// # Errors
///
/// `Limit` where there is no memory.
pub fn stuff(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    if out.try_reserve(2 * bytes.len()).is_err() {
        return Err(Error::new(ErrorKind::Limit, "no memory for a codestream"));
    }
    let mut rest = bytes;
    loop {
        let eights =
            rest.as_chunks::<8>().0.iter().take_while(|eight| !has_ones(u64::from_ne_bytes(**eight))).count();
        let (_, tail) = rest.split_at_checked(8 * eights).unwrap_or_default();
        let Some(found) = tail.iter().position(|&byte| byte == 0xFF) else { break };
        let (clean, after) = rest.split_at_checked(8 * eights + found + 1).unwrap_or_default();
        out.extend_from_slice(clean);
        out.push(0);
        rest = after;
    }
    out.extend_from_slice(rest);
    Ok(())
}

fn eight(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..)?.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes))
}

/// True where one of the eight bytes is FF.
const fn has_ones(eight: u64) -> bool {
    let zeros = !eight;
    zeros.wrapping_sub(0x0101_0101_0101_0101) & !zeros & 0x8080_8080_8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_taken_out_wherever_they_are() {
        for lead in 0..20 {
            let mut data = vec![7; lead];
            data.extend(b"\xFF\0\xFF\0abcdefghijkl\xFF\0z\xFF\xFF\xD3rest");
            let mut out = [0; 64];
            let (wrote, at, stop) = unstuff(&data, 0, &mut out);
            assert_eq!(stop, Stop::Restart(3));
            assert_eq!(at, lead + 20);
            assert_eq!(&out[lead..wrote], b"\xFF\xFFabcdefghijkl\xFFz");
        }
    }

    #[test]
    fn stuffing_and_back() {
        for lead in 0..20 {
            let mut bytes = vec![1; lead];
            bytes.extend(b"\xFF\xFFabcdefghijklmnopqrstuvwxyz\xFF\0\xD9\xFF");
            let mut stuffed = Vec::new();
            stuff(&bytes, &mut stuffed).unwrap();
            assert_eq!(stuffed.len(), bytes.len() + 4);
            let mut back = vec![0; bytes.len()];
            assert_eq!(unstuff(&stuffed, 0, &mut back), (bytes.len(), stuffed.len(), Stop::End));
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn it_goes_on_where_it_was_full() {
        let data = b"0123456789\xFF\0abcdef\xFF\0\xFF\0\xFF\xD9";
        for room in 1..30 {
            let (mut at, mut all) = (0, Vec::<u8>::new());
            loop {
                let mut out = vec![0; room];
                let (wrote, next, stop) = unstuff(data, at, &mut out);
                all.extend(&out[..wrote]);
                at = next;
                if stop != Stop::Full {
                    assert_eq!((stop, at), (Stop::Marker(0xD9), data.len() - 2));
                    break;
                }
            }
            assert_eq!(all, b"0123456789\xFFabcdef\xFF\xFF");
        }
        assert_eq!(unstuff(b"ab\xFF", 0, &mut [0; 9]), (2, 3, Stop::End));
        assert_eq!(unstuff(b"", 0, &mut []), (0, 0, Stop::End));
    }
}
