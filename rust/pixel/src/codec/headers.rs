//! What codestreams say of themselves: where they begin and end, and which process reads them.

use radiogram_codec::j2k::{self, Jpeg2000};
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
    begins_jpeg(bytes) || j2k::extent::begins(bytes) || jxl::begins(bytes)
}

/// The length of such a codestream, where its markers tell.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    if j2k::extent::begins(bytes) { j2k::extent::length(bytes) } else { jpeg_length(bytes) }
}

/// T.81 B.1.1.3: SOI, and the FF of another marker.
fn begins_jpeg(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xD8, 0xFF, ..] | [0xFF, 0xFF, 0xD8, ..])
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
    /// What JPEG 2000 says.
    pub jpeg2000: Option<Jpeg2000Headers>,
}

/// What the headers of a codestream of JPEG 2000 say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Jpeg2000Headers {
    /// Bits a sample.
    pub precision: u8,
    /// True where samples are signed.
    pub is_signed: bool,
    /// True where three components were transformed together: the decoder gives what they were before.
    pub is_transformed: bool,
    /// True where it is in a file of boxes.
    pub is_boxed: bool,
}

impl Jpeg2000Headers {
    fn read(codestream: &[u8]) -> Result<(Process, Self)> {
        let info = Jpeg2000::info(codestream)?;
        let process = if info.is_high_throughput { Process::HighThroughput } else { Process::Jpeg2000 };
        let headers = Self {
            precision: info.image.precision,
            is_signed: info.image.is_signed,
            is_transformed: info.is_colour_transformed,
            is_boxed: j2k::extent::is_boxed(codestream),
        };
        Ok((process, headers))
    }
}

impl Headers {
    /// Reads the headers up to the first scan, which may be all that is there.
    ///
    /// # Errors
    ///
    /// `Unsupported` for codestreams of a kind without a decoder; what the headers have wrong.
    pub fn read(codestream: &[u8]) -> Result<Self> {
        let of = |process, is_rgb, jpeg2000| Self { process, is_rgb, is_jfif: false, adobe: None, jpeg2000 };
        if j2k::extent::begins(codestream) {
            let (process, headers) = Jpeg2000Headers::read(codestream)?;
            return Ok(of(process, false, Some(headers)));
        }
        if jxl::begins(codestream) {
            // Its decoder gives RGB, whatever was coded.
            return Ok(of(Process::JpegXl, true, None));
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
        Ok(Self { process, is_rgb, is_jfif: jfif, adobe, jpeg2000: None })
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
