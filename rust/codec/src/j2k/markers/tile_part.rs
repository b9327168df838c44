//! SOT: a tile-part (T.800 A.4.2).

use crate::Result;

use super::Segment;

/// The length of the segment with its marker.
pub(crate) const SOT_LENGTH: usize = 12;

/// What SOT says.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct TilePart {
    pub(crate) tile: u16,
    /// Bytes from the marker to the end of the tile-part; 0 where it reaches to the end of the codestream.
    pub(crate) length: u32,
    pub(crate) index: u8,
    /// How many the tile has; 0 where this one does not say.
    pub(crate) count: u8,
}

impl TilePart {
    /// Reads the segment.
    pub(crate) fn read(segment: &Segment) -> Result<Self> {
        let mut fields = segment.fields();
        Ok(Self { tile: fields.u16()?, length: fields.u32()?, index: fields.u8()?, count: fields.u8()? })
    }

    /// Appends the segment.
    pub(crate) fn write(self, out: &mut Vec<u8>) -> Result<()> {
        super::write(out, super::SOT, |out| {
            out.extend_from_slice(&self.tile.to_be_bytes());
            out.extend_from_slice(&self.length.to_be_bytes());
            out.extend_from_slice(&[self.index, self.count]);
        })
    }
}
