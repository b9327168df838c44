//! What a codestream is, told from its headers alone.

use super::header::{Adobe, Frame, is_jfif};
use super::markers::{APP0, APP14, DNL, EOI, Markers, SOF55, SOS, is_frame};
use crate::{Error, ErrorKind, Result};

/// What the headers say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overview {
    /// The frame; its lines are DNL's where SOF has none.
    pub frame: Frame,
    /// Adobe's word on the colours.
    pub adobe: Option<Adobe>,
    /// True where JFIF's APP0 is there, which means YCbCr for three components.
    pub is_jfif: bool,
}

/// Reads up to the first scan; past it only where the number of lines is in a DNL segment.
///
/// # Errors
///
/// What the headers have wrong; `Unsupported` for JPEG-LS.
pub fn scout(codestream: &[u8]) -> Result<Overview> {
    let mut markers = Markers::new(codestream)?;
    let (mut frame, mut adobe, mut jfif) = (None::<Frame>, None, false);
    while let Some(segment) = markers.segment()? {
        match segment.marker {
            APP0 => jfif |= is_jfif(&segment),
            APP14 => adobe = Adobe::read(&segment).or(adobe),
            SOF55 => return Err(segment.error(ErrorKind::Unsupported, "a JPEG-LS codestream")),
            marker if is_frame(marker) => {
                if frame.is_some() {
                    return Err(segment.error(ErrorKind::Malformed, "a second frame"));
                }
                frame = Some(Frame::read(&segment)?);
            }
            SOS => {
                let Some(mut frame) = frame else { break };
                if frame.rows == 0 {
                    markers.skip_entropy();
                    match markers.segment()? {
                        Some(lines) if lines.marker == DNL => frame.read_lines(&lines)?,
                        _ => {
                            return Err(
                                segment.error(ErrorKind::Malformed, "a frame without number of lines")
                            );
                        }
                    }
                }
                return Ok(Overview { frame, adobe, is_jfif: jfif });
            }
            EOI => break,
            _ => {}
        }
    }
    let kind = if frame.is_some() { ErrorKind::Truncated } else { ErrorKind::Malformed };
    Err(Error::new(kind, "a codestream without frame or scan").at(markers.at()))
}
