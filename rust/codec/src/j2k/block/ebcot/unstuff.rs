//! A codeword segment without its stuffing: 32-bit words, every bit turned round.
//!
//! The MQ decoder measures from the top of its interval, where the complement of the codeword is what it needs; the ones that stand for
//! everything behind the end (T.800 C.3.4) are zeros then.

/// How the bit above a byte that follows 0xFF is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stuffing {
    /// A carry (T.800 C.3.4).
    Carry,
    /// Nothing (T.800 D.6).
    Void,
}

/// Writes the words of `data` into `words` and gives how many bits they hold; what is behind is zero.
pub(super) fn unstuff(data: &[u8], stuffing: Stuffing, words: &mut Vec<u32>) -> usize {
    words.clear();
    // Bits that are not a whole word yet, fewer than 32 between two bytes.
    let (mut held, mut count) = (0_u64, 0);
    let mut rest = data;
    let mut after_ones = false;
    loop {
        if !after_ones {
            while let Some((four, behind)) = rest.split_first_chunk::<4>() {
                let four = u32::from_be_bytes(*four);
                // A byte of ones among the four?
                if (!four).wrapping_sub(0x0101_0101) & four & 0x8080_8080 != 0 {
                    break;
                }
                held = held << 32 | u64::from(four);
                words.push(!((held >> count) as u32));
                held &= (1 << count) - 1;
                rest = behind;
            }
        }
        let Some((&byte, behind)) = rest.split_first() else { break };
        rest = behind;
        if after_ones {
            // T.800 C.3.4: more than 0x8F is a marker, where the segment ends.
            if byte > 0x8F {
                break;
            }
            let byte = if stuffing == Stuffing::Void { byte & 0x7F } else { byte };
            held = (held << 7) + u64::from(byte);
            count += 7;
            if held >> count != 0 {
                carry(words);
                held &= (1 << count) - 1;
            }
        } else {
            held = held << 8 | u64::from(byte);
            count += 8;
        }
        after_ones = byte == 0xFF;
        if count >= 32 {
            count -= 32;
            words.push(!((held >> count) as u32));
            held &= (1 << count) - 1;
        }
    }
    let bits = words.len() * 32 + count;
    if count > 0 {
        words.push(!((held << (32 - count)) as u32) & !(u32::MAX.checked_shr(count as u32).unwrap_or(0)));
    }
    bits
}

/// One is added to the bits that are words already: one is taken from their complement.
fn carry(words: &mut [u32]) {
    for word in words.iter_mut().rev() {
        let (less, borrows) = word.overflowing_sub(1);
        *word = less;
        if !borrows {
            return;
        }
    }
}
