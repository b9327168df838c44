//! What codestreams say of themselves: where they begin and end, and which process reads them.

use radiogram_codec::jpeg::header::is_jfif;
use radiogram_codec::jpeg::markers::{APP0, APP14, EOI, SOF3, SOF55, SOS, is_frame};
use radiogram_codec::jpeg::{Adobe, Frame, Markers};
use radiogram_codec::jxl;
use radiogram_codec::{Error, ErrorKind, Result};
use radiogram_core::syntax::Syntax;

use super::Process;

/// PS3.5 G.5: the number of segments, and the offset of the first one.
pub(super) fn begins_rle(bytes: &[u8]) -> bool {
    matches!(bytes, [1..=15, 0, 0, 0, 64, 0, 0, 0, ..])
}

/// True where a codestream begins that describes itself.
pub(super) fn begins(bytes: &[u8]) -> bool {
    begins_jpeg(bytes) || jxl::begins(bytes)
}

/// The length of such a codestream, where its markers tell.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    jpeg_length(bytes)
}

/// T.81 B.1.1.3: SOI, and the FF of another marker.
fn begins_jpeg(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xD8, 0xFF, ..] | [0xFF, 0xFF, 0xD8, ..])
}

/// T.800 A.4.1: SOC and SIZ; or the signature of a JP2 file (I.5.1), which some writers put in front.
fn begins_jpeg2000(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 12, b'j', b'P', ..])
}

/// Up to EOI, which no entropy-coded data contain.
fn jpeg_length(bytes: &[u8]) -> Option<usize> {
    let mut markers = Markers::new(bytes).ok()?;
    while let Some(segment) = markers.segment().ok()? {
        match segment.marker {
            EOI => return Some(markers.at()),
            SOS => markers.skip_entropy(),
            _ => {}
        }
    }
    None
}

/// What the headers of a codestream say, as far as it decides what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Headers {
    /// The process.
    pub process: Process,
    /// True where the components are named R, G, B.
    pub is_rgb: bool,
    /// True where JFIF's marker is there, which means luminance and chrominance.
    pub is_jfif: bool,
    /// The colour transformation that Adobe's marker names: 0 for none, 1 for luminance and chrominance.
    pub adobe: Option<u8>,
}

impl Headers {
    /// Reads the headers up to the first scan, which may be all that is there.
    ///
    /// # Errors
    ///
    /// `Unsupported` for codestreams of a kind without a decoder; what the headers have wrong.
    pub fn read(codestream: &[u8]) -> Result<Self> {
        if begins_jpeg2000(codestream) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a JPEG 2000 codestream: this version reads none",
            ));
        }
        if jxl::begins(codestream) {
            // Its decoder gives RGB, whatever was coded.
            return Ok(Self { process: Process::JpegXl, is_rgb: true, is_jfif: false, adobe: None });
        }
        Self::of_jpeg(codestream)
    }

    fn of_jpeg(codestream: &[u8]) -> Result<Self> {
        let mut markers = Markers::new(codestream)?;
        let (mut jfif, mut adobe, mut frame) = (false, None, None);
        while let Some(segment) = markers.segment()? {
            match segment.marker {
                APP0 => jfif |= is_jfif(&segment),
                APP14 => adobe = Adobe::read(&segment).map(|adobe| adobe.transform).or(adobe),
                marker if is_frame(marker) || marker == SOF55 => {
                    frame = Some(Frame::read(&segment)?);
                }
                SOS | EOI => break,
                _ => {}
            }
        }
        let frame = frame.ok_or(Error::new(ErrorKind::Malformed, "a codestream without a frame"))?;
        let process = match frame.marker {
            SOF55 => Process::JpegLs,
            SOF3 => Process::Lossless,
            _ => Process::Dct,
        };
        let mut names = frame.components().iter().map(|component| component.id.to_ascii_uppercase());
        let is_rgb = [names.next(), names.next(), names.next()] == [Some(b'R'), Some(b'G'), Some(b'B')];
        Ok(Self { process, is_rgb, is_jfif: jfif, adobe })
    }

    /// Whether the process is one that the transfer syntax allows; the name of the one that it is.
    pub fn fits(&self, syntax: Option<&Syntax>) -> std::result::Result<(), &'static str> {
        self.process.fits(syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codestreams_show_where_they_begin_and_end() {
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x03x\xFF\xDA\0\x02\xFF\0a\xFF\xD0b\xFF\xD9\xFF\xD8";
        assert!(begins(jpeg));
        assert_eq!(length(jpeg), Some(jpeg.len() - 2));
        assert_eq!(length(&jpeg[..12]), None);
        assert!(begins_rle(b"\x03\0\0\0\x40\0\0\0\x80"));
        assert!(!begins_rle(b"\x10\0\0\0\x40\0\0\0"));
    }
}
