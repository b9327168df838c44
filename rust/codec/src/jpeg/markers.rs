//! The walk over marker segments, T.81 B.1.1, and the rules by which it goes on after a fault.
//!
//! What is read past, and noted as a [`Markers::fault`]: bytes between two segments, a missing EOI, a stray RSTn or RES marker between
//! segments, application data and comments with a length below 2. What is not: a codestream without SOI, a segment longer than the bytes that are there.

use crate::{Error, ErrorKind, Result};

/// Start of frame, baseline DCT.
pub const SOF0: u8 = 0xC0;
/// Start of frame, extended sequential DCT.
pub const SOF1: u8 = 0xC1;
/// Start of frame, progressive DCT.
pub const SOF2: u8 = 0xC2;
/// Start of frame, lossless.
pub const SOF3: u8 = 0xC3;
/// Huffman tables.
pub const DHT: u8 = 0xC4;
/// Reserved for extensions.
pub const JPG: u8 = 0xC8;
/// Arithmetic conditioning.
pub const DAC: u8 = 0xCC;
/// The first of eight restart markers.
pub const RST0: u8 = 0xD0;
/// The last of eight restart markers.
pub const RST7: u8 = 0xD7;
/// Start of image.
pub const SOI: u8 = 0xD8;
/// End of image.
pub const EOI: u8 = 0xD9;
/// Start of scan.
pub const SOS: u8 = 0xDA;
/// Quantization tables.
pub const DQT: u8 = 0xDB;
/// Number of lines.
pub const DNL: u8 = 0xDC;
/// Restart interval.
pub const DRI: u8 = 0xDD;
/// Start of frame of JPEG-LS (T.87), which is refused here.
pub const SOF55: u8 = 0xF7;
/// Application data of JFIF.
pub const APP0: u8 = 0xE0;
/// Application data of Adobe.
pub const APP14: u8 = 0xEE;
/// The last of sixteen kinds of application data.
pub const APP15: u8 = 0xEF;
/// Comment.
pub const COM: u8 = 0xFE;

/// True for the markers that begin a frame: SOF0 to SOF15 without DHT, JPG and DAC.
pub const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, DHT | JPG | DAC)
}

/// True for RST0 to RST7.
pub const fn is_restart(marker: u8) -> bool {
    matches!(marker, RST0..=RST7)
}

/// True for the markers without a length: TEM, RSTn, SOI, EOI.
const fn stands_alone(marker: u8) -> bool {
    matches!(marker, 0x01 | RST0..=EOI)
}

/// One marker with what follows its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment<'a> {
    /// The second byte of the marker.
    pub marker: u8,
    /// Where the marker's FF is.
    pub offset: usize,
    /// What follows the two bytes of length; empty for markers without one.
    pub body: &'a [u8],
}

impl Segment<'_> {
    /// An error of this segment.
    pub const fn error(&self, kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, message).at(self.offset)
    }

    /// The two bytes at `at` of the body, as a number.
    pub fn u16(&self, at: usize) -> Result<u16> {
        let short = self.error(ErrorKind::Malformed, "a marker segment shorter than its contents");
        let rest = self.body.get(at..).ok_or(short)?;
        rest.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)).ok_or(short)
    }

    /// The byte at `at` of the body.
    pub fn u8(&self, at: usize) -> Result<u8> {
        let short = self.error(ErrorKind::Malformed, "a marker segment shorter than its contents");
        self.body.get(at).copied().ok_or(short)
    }
}

/// The walk. After an SOS segment [`Markers::at`] is the first entropy-coded byte: the caller decodes from there and calls
/// [`Markers::seek`], or [`Markers::skip_entropy`].
#[derive(Clone, Debug)]
pub struct Markers<'a> {
    data: &'a [u8],
    at: usize,
    fault: Option<(usize, &'static str)>,
}

impl<'a> Markers<'a> {
    /// Begins after SOI, which may follow fill bytes.
    ///
    /// # Errors
    ///
    /// `Malformed` where there is no SOI.
    pub fn new(data: &'a [u8]) -> Result<Self> {
        let fill = data.iter().take_while(|&&byte| byte == 0xFF).count();
        match data.get(fill) {
            Some(&SOI) if fill > 0 => Ok(Self { data, at: fill + 1, fault: None }),
            None => Err(Error::new(ErrorKind::Truncated, "no codestream").at(0)),
            Some(_) => Err(Error::new(ErrorKind::Malformed, "a JPEG codestream begins with SOI").at(0)),
        }
    }

    /// The whole codestream.
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Where the next segment, or the entropy-coded data, begins.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Goes on at `at`, which is never behind the place reached.
    pub fn seek(&mut self, at: usize) {
        self.at = at.clamp(self.at, self.data.len());
    }

    /// What is left from [`Markers::at`].
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// The first fault that was read past.
    pub const fn fault(&self) -> Option<(usize, &'static str)> {
        self.fault
    }

    /// Notes a fault, if it is the first.
    pub fn note(&mut self, offset: usize, message: &'static str) {
        self.fault.get_or_insert((offset, message));
    }

    /// The next segment; `None` where the bytes end without EOI, which is noted. EOI is a segment too.
    ///
    /// # Errors
    ///
    /// `Malformed` and `Truncated` where a segment's length is wrong.
    pub fn segment(&mut self) -> Result<Option<Segment<'a>>> {
        loop {
            let Some((marker, offset)) = self.marker() else {
                self.at = self.data.len();
                self.note(self.at, "the codestream ends without EOI");
                return Ok(None);
            };
            self.at = offset + 2;
            if marker == EOI {
                return Ok(Some(Segment { marker, offset, body: &[] }));
            }
            if stands_alone(marker) || matches!(marker, 0x02..=0xBF) {
                self.note(offset, "a marker where none belongs was passed over");
                continue;
            }
            let segment = Segment { marker, offset, body: self.rest() };
            // T.81 B.1.1.4: the length counts itself, not the marker.
            let length =
                usize::from(segment.u16(0).map_err(|error| Error { kind: ErrorKind::Truncated, ..error })?);
            if length < 2 && matches!(marker, APP0..=APP15 | COM) {
                // Nobody needs what is in it: the walk goes on at the next marker.
                self.note(offset, "a segment of application data without a length was passed over");
                self.at += 2;
                continue;
            }
            if length < 2 {
                return Err(
                    segment.error(ErrorKind::Malformed, "the length of a marker segment is at least 2")
                );
            }
            let Some(body) = segment.body.get(2..length) else {
                return Err(segment.error(ErrorKind::Truncated, "a marker segment ends after the codestream"));
            };
            self.at += length;
            return Ok(Some(Segment { body, ..segment }));
        }
    }

    /// Passes over entropy-coded data and its restart markers, to the next marker or the end.
    pub fn skip_entropy(&mut self) {
        let mut at = self.at;
        loop {
            at = next_marker(self.data, at);
            match self.data.get(at + 1) {
                Some(&marker) if is_restart(marker) => at += 2,
                _ => break,
            }
        }
        self.at = at.min(self.data.len());
    }

    /// The next marker and the place of the FF before it, fill bytes and other bytes passed over (T.81 B.1.1.2).
    fn marker(&mut self) -> Option<(u8, usize)> {
        let offset = next_marker(self.data, self.at);
        let between = self.data.get(self.at..offset.min(self.data.len())).unwrap_or_default();
        if between.iter().any(|&byte| byte != 0xFF) {
            self.note(self.at, "bytes between two marker segments were passed over");
        }
        self.data.get(offset + 1).map(|&marker| (marker, offset))
    }
}

/// The place of the first FF at or after `from` that is followed by neither 00 nor FF; the length of `data` where there is none.
pub fn next_marker(data: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = data.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF)) {
        at += found;
        match data.get(at + 1) {
            Some(0) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => return at,
            None => break,
        }
    }
    data.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers(data: &[u8]) -> (Vec<(u8, usize, usize)>, Option<usize>) {
        let mut walk = Markers::new(data).unwrap();
        let mut found = Vec::new();
        while let Some(segment) = walk.segment().unwrap() {
            found.push((segment.marker, segment.offset, segment.body.len()));
            if segment.marker == SOS {
                walk.skip_entropy();
            }
            if segment.marker == EOI {
                break;
            }
        }
        (found, walk.fault().map(|(offset, _)| offset))
    }

    #[test]
    fn segments_and_fill_bytes() {
        let data = b"\xFF\xD8\xFF\xFF\xFF\xE0\0\x03x\xFF\xDA\0\x02\xFF\0a\xFF\xD0b\xFF\xFF\xD9\0\0";
        assert_eq!(markers(data), (vec![(APP0, 4, 1), (SOS, 9, 0), (EOI, 20, 0)], None));
    }

    #[test]
    fn faults_are_noted() {
        assert_eq!(
            markers(b"\xFF\xD8junk\xFF\xFE\0\x02\xFF\xD9"),
            (vec![(COM, 6, 0), (EOI, 10, 0)], Some(2))
        );
        assert_eq!(markers(b"\xFF\xD8\xFF\xFE\0\x02"), (vec![(COM, 2, 0)], Some(6)));
        assert_eq!(
            markers(b"\xFF\xD8\xFF\xD3\xFF\xFE\0\x02\xFF\xD9"),
            (vec![(COM, 4, 0), (EOI, 8, 0)], Some(2))
        );
    }

    #[test]
    fn wrong_lengths_are_errors() {
        let kind = |data| Markers::new(data).unwrap().segment().unwrap_err().kind;
        assert_eq!(kind(b"\xFF\xD8\xFF\xC4\0\x01"), ErrorKind::Malformed);
        assert_eq!(kind(b"\xFF\xD8\xFF\xFE\0\x03"), ErrorKind::Truncated);
        assert_eq!(kind(b"\xFF\xD8\xFF\xFE\0"), ErrorKind::Truncated);
        assert!(Markers::new(b"").is_err());
        assert!(Markers::new(b"\xD8").is_err());
    }
}
