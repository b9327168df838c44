//! Bit streams without their stuffing: once flat, the bits of any sample are where a sum of lengths says.
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

#[cfg(target_arch = "x86_64")]
use super::flat_avx2;
use crate::simd::Level;

/// Bytes behind the data, filled with what a stream reads as behind its end.
const PAD: usize = 64;

/// The two ways in which T.814 7.1 stuffs bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stuffing {
    /// Forward: a byte after 0xFF has seven bits (MagSgn, SigProp).
    Forward,
    /// Backward: a byte whose seven lower bits are ones has only these after one above 0x8F (VLC, MagRef).
    Backward,
}

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const TOP: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

impl Stuffing {
    /// The top bit of each byte that has seven bits, given all bytes and each one's predecessor.
    pub(super) const fn mark(self, bytes: u64, before: u64) -> u64 {
        match self {
            Self::Forward => ((before & LOW) + ONES) & before & TOP,
            Self::Backward => {
                let after_high = ((before & LOW) + 0x70 * ONES) & before;
                ((bytes & LOW) + ONES) & after_high & TOP
            }
        }
    }
}

/// A flat stream in memory that is reused.
pub(super) struct Flat<const N: usize> {
    level: Level,
    bytes: Box<[u8; N]>,
    /// Where the bytes that read as the end begin.
    end: usize,
}

/// Bits being packed.
pub(super) struct Packer<'a> {
    pub(super) to: &'a mut [u8],
    /// Whole bytes, then what is not one yet: bits, and how many they are.
    pub(super) at: usize,
    pub(super) bits: u64,
    pub(super) held: u32,
}

impl Packer<'_> {
    /// True where eight bytes may be written.
    const fn has_room(&self) -> bool {
        self.at + 8 <= self.to.len()
    }

    #[inline]
    fn write(&mut self, word: u64) {
        if let Some(to) = self.to.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut) {
            *to = word.to_le_bytes();
        }
    }

    /// Eight whole bytes.
    #[inline]
    fn push_eight(&mut self, word: u64) {
        self.write(self.bits | word << self.held);
        // In two steps: nothing may be held.
        self.bits = word >> 1 >> (63 - self.held);
        self.at += 8;
    }

    /// The lower bits of a word, at most 56.
    #[inline]
    fn push(&mut self, word: u64, count: u32) {
        self.bits |= (word & ((1 << count) - 1)) << self.held;
        self.held += count;
        self.write(self.bits);
        self.at += self.held as usize / 8;
        self.bits >>= self.held & !7;
        self.held &= 7;
    }
}

impl<const N: usize> Flat<N> {
    pub(super) fn new(level: Level) -> Self {
        Self { level, bytes: Box::new([0; N]), end: 0 }
    }

    /// Fills it from a stream: `before` is the byte that counts as the one before the first. What has no room is left out: `N` is more than
    /// any block can use.
    pub(super) fn fill_forward(&mut self, stream: &[u8], end: u8) {
        self.start(Stuffing::Forward, (0, 0), 0, stream, end);
    }

    /// Fills it from a stream's end to its beginning, behind bits that are there already.
    pub(super) fn fill_backward(&mut self, stream: &[u8], before: u8, first: (u64, u32)) {
        self.start(Stuffing::Backward, first, before, stream, 0);
    }

    fn start(&mut self, stuffing: Stuffing, (bits, held): (u64, u32), before: u8, stream: &[u8], end: u8) {
        let room = N.saturating_sub(PAD);
        let to = self.bytes.get_mut(..room).unwrap_or_default();
        let mut packer = Packer { to, at: 0, bits, held };
        match stuffing {
            Stuffing::Forward => flatten::<false>(self.level, stream, before, &mut packer),
            Stuffing::Backward => flatten::<true>(self.level, stream, before, &mut packer),
        }
        let (at, bits, held) = (packer.at.min(room), packer.bits, packer.held);
        if let Some(pad) = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<PAD>) {
            pad.fill(end);
            let last = u8::try_from(bits & 0xFF).unwrap_or(0);
            *pad.first_mut().unwrap_or(&mut 0) = last | end.checked_shl(held).unwrap_or(0);
        }
        self.end = at + 1;
    }

    /// The first bit that is not of the stream: nothing behind it need be told apart.
    pub(super) const fn end_bit(&self) -> usize {
        self.end * 8
    }

    /// Eight bytes.
    #[inline(always)]
    pub(super) fn word(&self, at: usize) -> u64 {
        let bytes = self.bytes.get(at.min(self.end)..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |&bytes| u64::from_le_bytes(bytes))
    }

    /// Sixteen bytes: zeros where that is too far.
    #[inline(always)]
    pub(super) fn window(&self, at: usize) -> &[u8; 16] {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 16])
    }

    /// At least 57 bits from a bit on.
    #[inline(always)]
    pub(super) fn bits(&self, bit: usize) -> u64 {
        self.word(bit / 8) >> (bit % 8)
    }
}

fn flatten<const BACK: bool>(level: Level, mut stream: &[u8], mut before: u8, packer: &mut Packer<'_>) {
    let stuffing = if BACK { Stuffing::Backward } else { Stuffing::Forward };
    let _: Level = level;
    while packer.has_room() {
        #[cfg(target_arch = "x86_64")]
        if level.has_avx2() && stream.len() >= 32 {
            let taken = flat_avx2::run::<BACK>(stream, before, packer);
            let last = if BACK { stream.len().checked_sub(taken) } else { taken.checked_sub(1) };
            if let Some(&byte) = last.filter(|_| taken > 0).and_then(|last| stream.get(last)) {
                before = byte;
            }
            stream = cut::<BACK>(stream, taken);
        }
        let eight = if BACK { stream.last_chunk::<8>() } else { stream.first_chunk::<8>() };
        let Some(&eight) = eight else { break };
        let word = if BACK { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) };
        let marks = stuffing.mark(word, word << 8 | u64::from(before));
        let taken = if marks == 0 {
            packer.push_eight(word);
            8
        } else {
            let whole = marks.trailing_zeros() & !7;
            packer.push(word, whole);
            packer.push(word >> whole, 7);
            whole as usize / 8 + 1
        };
        before = (word >> (8 * taken - 8)).to_le_bytes()[0];
        stream = cut::<BACK>(stream, taken);
    }
    while packer.has_room() {
        let Some(&byte) = (if BACK { stream.last() } else { stream.first() }) else { break };
        let is_stuffed = stuffing.mark(byte.into(), before.into()) & 0x80 != 0;
        packer.push(byte.into(), 8 - u32::from(is_stuffed));
        before = byte;
        stream = cut::<BACK>(stream, 1);
    }
}

fn cut<const BACK: bool>(stream: &[u8], count: usize) -> &[u8] {
    let rest = if BACK {
        stream.len().checked_sub(count).and_then(|length| stream.get(..length))
    } else {
        stream.get(count..)
    };
    rest.unwrap_or_default()
}
