//! What scans of every kind share: the way through restart intervals, and the end.

use super::bits::Bits;
use crate::jpeg::stuffing::{Stop, unstuff};
use crate::{Error, ErrorKind, Result};

/// Missing bits at the very end that are taken as zeros: some streams lost their last bytes.
const FORGIVEN: u64 = 32;
/// Zeros after a segment's bytes, so that the reader meets them without looking for the end.
const PADDING: usize = 16;

/// The segments of a scan between its restart markers, one at a time.
pub(super) struct Segments<'a> {
    data: &'a [u8],
    /// Where the present segment begins in `data`, and ends.
    start: usize,
    end: usize,
    stop: Stop,
    /// The bytes of the segment without stuffing, then zeros.
    pub(super) clean: Vec<u8>,
    length: usize,
    pub(super) bits: Bits,
    interval: u32,
    left: u32,
    next: u8,
    /// Blocks of a progressive scan that have nothing more in this band.
    pub(super) skip: u32,
    pub(super) fault: Option<(usize, &'static str)>,
}

impl<'a> Segments<'a> {
    /// Begins at byte `at`. `clean` is memory that scans may share.
    pub(super) fn new(data: &'a [u8], at: usize, interval: u16, mut clean: Vec<u8>) -> Result<Self> {
        let interval = u32::from(interval);
        let needed = data.len().saturating_sub(at) + PADDING;
        if clean.len() < needed {
            clean = super::zeroed(needed)?;
        }
        let mut segments = Self {
            data,
            start: at,
            end: at,
            stop: Stop::End,
            clean,
            length: 0,
            bits: Bits::default(),
            interval,
            left: interval,
            next: 0,
            skip: 0,
            fault: None,
        };
        segments.begin(at);
        Ok(segments)
    }

    fn begin(&mut self, at: usize) {
        let room = self.clean.len().saturating_sub(PADDING);
        let (wrote, end, stop) = unstuff(self.data, at, self.clean.get_mut(..room).unwrap_or_default());
        self.clean.get_mut(wrote..wrote + PADDING).unwrap_or_default().fill(0);
        (self.start, self.end, self.stop, self.length) = (at, end, stop, wrote);
        (self.bits, self.skip) = (Bits::default(), 0);
    }

    /// True where a restart marker must come before the next MCU. To be asked once before each.
    #[inline(always)]
    pub(super) const fn is_due(&mut self) -> bool {
        if self.interval == 0 {
            return false;
        }
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        false
    }

    /// Passes over the restart marker that is due (T.81 F.2.2.4). The reader begins anew.
    #[cold]
    #[inline(never)]
    pub(super) fn restart(&mut self) -> Result<()> {
        self.check()?;
        let read = usize::try_from(self.bits.taken().div_ceil(8)).unwrap_or(usize::MAX);
        if read < self.length {
            self.fault.get_or_insert((self.end, "bytes before a restart marker were passed over"));
        }
        match self.stop {
            Stop::Restart(number) if number == self.next => {}
            Stop::End | Stop::Full => return Err(self.cut()),
            _ => {
                return Err(
                    Error::new(ErrorKind::Malformed, "another marker than the restart marker").at(self.end)
                );
            }
        }
        self.begin(self.end + 2);
        self.next = (self.next + 1) & 7;
        self.left = self.interval - 1;
        Ok(())
    }

    /// Bits that were taken and are not there.
    pub(super) const fn overrun(&self) -> u64 {
        self.bits.taken().saturating_sub(self.length as u64 * 8)
    }

    /// Fails where bits were made up.
    #[inline(always)]
    pub(super) fn check(&self) -> Result<()> {
        if self.overrun() > FORGIVEN { Err(self.cut()) } else { Ok(()) }
    }

    #[cold]
    fn cut(&self) -> Error {
        Error::new(ErrorKind::Truncated, "the entropy-coded data ends before the image").at(self.end)
    }

    /// An error at the byte that was reached.
    #[cold]
    #[inline(never)]
    pub(super) fn locate(&self, error: Error) -> Error {
        if self.overrun() > 0 {
            return self.cut();
        }
        let mut left = self.bits.taken() / 8;
        let mut at = self.start;
        while left > 0 && at < self.end {
            at += if self.data.get(at) == Some(&0xFF) { 2 } else { 1 };
            left -= 1;
        }
        error.at(at)
    }

    /// The place behind the scan.
    pub(super) fn finish(&mut self) -> Result<usize> {
        self.check()?;
        if self.overrun() > 0 {
            self.fault
                .get_or_insert((self.end, "the last bits of a scan are missing and were taken as zeros"));
        }
        Ok(self.end)
    }
}
