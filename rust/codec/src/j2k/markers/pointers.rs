//! TLM, PLM, PLT, PPM, PPT: lengths of tile-parts and packets, and packet headers apart from packets (T.800 A.7).

use crate::Result;

use super::{Fields, Segment, malformed};

/// Reads one length of PLT or PLM: seven bits a byte, high ones first, the last byte's top bit is 0 (T.800 Table A.36).
pub(crate) fn read_length(bytes: &mut &[u8]) -> Option<u32> {
    let mut length = 0_u32;
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        length = length.checked_mul(128)? | u32::from(byte & 127);
        if byte & 128 == 0 {
            return Some(length);
        }
    }
}

/// Appends one length.
pub(crate) fn write_length(out: &mut Vec<u8>, length: u32) {
    let bytes = (32 - (length | 1).leading_zeros()).div_ceil(7);
    for index in (0..bytes).rev() {
        let low = u8::try_from(length >> (7 * index) & 127).unwrap_or(0);
        out.push(low | if index == 0 { 0 } else { 128 });
    }
}

/// Appends PLT segments that hold the lengths of all packets of a tile-part.
pub(crate) fn write_plt(out: &mut Vec<u8>, lengths: &[u32]) -> Result<()> {
    // Five bytes a length at most, and 65,532 bytes a segment.
    for (index, lengths) in lengths.chunks(13_000).enumerate() {
        let index =
            u8::try_from(index).map_err(|_| malformed("JPEG 2000: more packets than PLT can count"))?;
        super::write(out, super::PLT, |out| {
            out.push(index);
            for &length in lengths {
                write_length(out, length);
            }
        })?;
    }
    Ok(())
}

/// Appends TLM: tile and length of each tile-part.
pub(crate) fn write_tlm(out: &mut Vec<u8>, tile_parts: &[(u16, u32)]) -> Result<()> {
    for (index, tile_parts) in tile_parts.chunks(10_000).enumerate() {
        let index =
            u8::try_from(index).map_err(|_| malformed("JPEG 2000: more tile-parts than TLM can count"))?;
        super::write(out, super::TLM, |out| {
            // Stlm: two bytes for the tile, four for the length.
            out.extend_from_slice(&[index, 0x60]);
            for &(tile, length) in tile_parts {
                out.extend_from_slice(&tile.to_be_bytes());
                out.extend_from_slice(&length.to_be_bytes());
            }
        })?;
    }
    Ok(())
}

/// Reads TLM segments: tile and length of each tile-part, in their order; none where they are broken (T.800 A.7.1).
pub(crate) fn read_tlm(chain: &mut Chain) -> Option<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    chain.parts.sort_by_key(|part| part.0);
    for &(_, body) in &chain.parts {
        let (&style, mut rest) = body.split_first()?;
        while !rest.is_empty() {
            let mut fields = Fields::new(rest, 0);
            // Where no tile is told, tiles come in turn, a tile-part each.
            let tile = match style >> 4 & 3 {
                0 => u32::try_from(found.len()).ok()?,
                1 => fields.u8().ok()?.into(),
                2 => fields.u16().ok()?.into(),
                _ => return None,
            };
            let length = if style & 0x40 == 0 { fields.u16().ok()?.into() } else { fields.u32().ok()? };
            found.push((tile, length));
            rest = fields.rest;
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The lengths of packets of each tile-part, as PLM has them (T.800 A.7.2): a number of bytes, then so many.
pub(crate) fn split_plm(joined: &[u8]) -> Vec<Vec<u32>> {
    let (mut found, mut rest) = (Vec::new(), joined);
    while let Some((&count, after)) = rest.split_first() {
        let (mut own, after) = after.split_at(usize::from(count).min(after.len()));
        found.push(std::iter::from_fn(|| read_length(&mut own)).collect());
        rest = after;
    }
    found
}

/// Bodies of segments that belong together, by their own index (Zppm, Zppt, Zplt …), which is their first byte.
#[derive(Clone, Default, Debug)]
pub(crate) struct Chain<'a> {
    parts: Vec<(u8, &'a [u8])>,
}

impl<'a> Chain<'a> {
    /// Adds a segment.
    pub(crate) fn push(&mut self, segment: &Segment<'a>) -> Result<()> {
        let mut fields = segment.fields();
        let index = fields.u8()?;
        self.parts.push((index, fields.rest));
        Ok(())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// All bodies in the order of their indexes.
    pub(crate) fn join(&mut self) -> Vec<u8> {
        self.parts.sort_by_key(|part| part.0);
        let mut all = Vec::new();
        for part in &self.parts {
            all.extend_from_slice(part.1);
        }
        all
    }
}

/// Where the packet headers of each tile-part lie in the joined bodies of PPM (T.800 A.7.4): a length, then so many bytes.
pub(crate) fn split_ppm(joined: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut ranges, mut at) = (Vec::new(), 0);
    while at < joined.len() {
        let Ok(length) = Fields::new(joined, at).u32() else { break };
        let start = at + 4;
        let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).min(joined.len());
        ranges.push(start..end);
        at = end;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::{Chain, read_tlm, split_plm};
    use crate::j2k::markers::{Segment, TLM};

    fn tables(bodies: &[&[u8]]) -> Option<Vec<(u32, u32)>> {
        let mut chain = Chain::default();
        for body in bodies {
            chain.push(&Segment { marker: TLM, at: 0, body }).unwrap();
        }
        read_tlm(&mut chain)
    }

    #[test]
    fn tables_of_tile_parts_have_every_form_of_numbers() {
        // T.800 Table A.34: no tile, one byte, two; lengths of two bytes or four. Segments come in any order.
        assert_eq!(tables(&[&[0, 0x00, 0, 20, 1, 0]]), Some(vec![(0, 20), (1, 256)]));
        assert_eq!(
            tables(&[&[1, 0x10, 7, 0, 30], &[0, 0x60, 0, 9, 0, 0, 0, 20]]),
            Some(vec![(9, 20), (7, 30)])
        );
        assert_eq!(tables(&[&[0, 0x30, 0, 0]]), None);
        assert_eq!(tables(&[&[0, 0x40, 0, 0, 1]]), None);
        assert_eq!(tables(&[]), None);
    }

    #[test]
    fn lengths_of_packets_are_told_a_tile_part_at_a_time() {
        assert_eq!(split_plm(&[3, 5, 0x81, 1, 1, 9, 0]), [vec![5, 129], vec![9], vec![]]);
        assert_eq!(split_plm(&[9, 5]), [vec![5]]);
    }
}
