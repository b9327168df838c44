//! Marker segments (T.800 Annex A), a file a family: what is read, and what the encoder writes.

pub(crate) mod capability;
pub(crate) mod coding;
pub(crate) mod poc;
pub(crate) mod pointers;
pub(crate) mod quantisation;
pub(crate) mod region;
pub(crate) mod size;
pub(crate) mod tile_part;
pub(crate) mod transforms;

use crate::{Error, ErrorKind, Result};

/// Start of codestream.
pub(crate) const SOC: u16 = 0xFF4F;
/// Extended capabilities.
pub(crate) const CAP: u16 = 0xFF50;
/// Image and tile size.
pub(crate) const SIZ: u16 = 0xFF51;
/// Coding style, default.
pub(crate) const COD: u16 = 0xFF52;
/// Coding style, component.
pub(crate) const COC: u16 = 0xFF53;
/// Tile-part lengths.
pub(crate) const TLM: u16 = 0xFF55;
/// Packet lengths, main header.
pub(crate) const PLM: u16 = 0xFF57;
/// Packet lengths, tile-part header.
pub(crate) const PLT: u16 = 0xFF58;
/// Quantisation, default.
pub(crate) const QCD: u16 = 0xFF5C;
/// Quantisation, component.
pub(crate) const QCC: u16 = 0xFF5D;
/// Region of interest.
pub(crate) const RGN: u16 = 0xFF5E;
/// Progression order change.
pub(crate) const POC: u16 = 0xFF5F;
/// Packed packet headers, main header.
pub(crate) const PPM: u16 = 0xFF60;
/// Packed packet headers, tile-part header.
pub(crate) const PPT: u16 = 0xFF61;
/// Arrays of component transforms (T.801 A.3.7).
pub(crate) const MCT: u16 = 0xFF74;
/// Collections of component transforms (T.801 A.3.8).
pub(crate) const MCC: u16 = 0xFF75;
/// Order of component transforms (T.801 A.3.9).
pub(crate) const MCO: u16 = 0xFF77;
/// Depths of the components that the transforms give (T.801 A.3.6).
pub(crate) const CBD: u16 = 0xFF78;
/// Start of tile-part.
pub(crate) const SOT: u16 = 0xFF90;
/// Start of packet.
pub(crate) const SOP: u16 = 0xFF91;
/// End of packet header.
pub(crate) const EPH: u16 = 0xFF92;
/// Start of data.
pub(crate) const SOD: u16 = 0xFF93;
/// End of codestream.
pub(crate) const EOC: u16 = 0xFFD9;

/// A fault of the bytes.
pub(crate) const fn malformed(message: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// Sound, but beyond this engine.
pub(crate) const fn unsupported(message: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

const SHORT: Error = Error::new(ErrorKind::Truncated, "JPEG 2000: the header ends too early");

/// A marker, and what its segment holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u16,
    /// Where the marker stands.
    pub(crate) at: usize,
    /// What follows the length.
    pub(crate) body: &'a [u8],
}

/// True for markers that stand alone (T.800 A.1.1).
const fn is_alone(marker: u16) -> bool {
    matches!(marker, SOC | SOD | EOC | EPH | 0xFF30..=0xFF3F)
}

impl<'a> Segment<'a> {
    /// Reads the segment at `at`; gives the place after it.
    pub(crate) fn read(data: &'a [u8], at: usize) -> Result<(Self, usize)> {
        let mut fields = Fields::new(data, at);
        let marker = fields.u16()?;
        if marker < 0xFF00 {
            return Err(malformed("JPEG 2000: no marker where one has to be").at(at));
        }
        if is_alone(marker) {
            return Ok((Self { marker, at, body: &[] }, at + 2));
        }
        let length = usize::from(fields.u16()?);
        let (start, end) = (at + 4, at + 2 + length);
        if length < 2 {
            return Err(malformed("JPEG 2000: a marker segment shorter than its length").at(at));
        }
        let body = data.get(start..end).ok_or(SHORT.at(at))?;
        Ok((Self { marker, at, body }, end))
    }

    /// What the segment holds, to be read field by field.
    pub(crate) const fn fields(&self) -> Fields<'a> {
        Fields { rest: self.body, at: self.at }
    }
}

/// Numbers, one behind another, high bytes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) rest: &'a [u8],
    /// Where the segment stands, for errors.
    at: usize,
}

impl<'a> Fields<'a> {
    /// From `at` to the end of `data`.
    pub(crate) fn new(data: &'a [u8], at: usize) -> Self {
        Self { rest: data.get(at..).unwrap_or_default(), at }
    }

    /// The next `N` bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(SHORT.at(self.at))?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.bytes()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.bytes()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.bytes()?))
    }

    /// A component's index: one byte where there are fewer than 257 components (T.800 A.6.2).
    pub(crate) fn component(&mut self, components: usize) -> Result<u16> {
        if components < 257 { Ok(u16::from(self.u8()?)) } else { self.u16() }
    }

    /// An error at this segment.
    pub(crate) const fn fault(&self, message: &'static str) -> Error {
        malformed(message).at(self.at)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Writes a segment: the marker, its length, and what `body` appends.
pub(crate) fn write(out: &mut Vec<u8>, marker: u16, body: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
    out.extend_from_slice(&marker.to_be_bytes());
    let start = out.len();
    out.extend_from_slice(&[0, 0]);
    body(out);
    let length = u16::try_from(out.len() - start)
        .map_err(|_| Error::new(ErrorKind::Limit, "JPEG 2000: a marker segment of more than 65,535 bytes"))?;
    if let Some(field) = out.get_mut(start..start + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}
