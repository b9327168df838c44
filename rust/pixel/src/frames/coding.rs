//! A codestream, wherever it was read: compared with the header, decoded, rendered.

use radiogram_codec::{Decoded, Image};
use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Result};

use super::{Wanted, fill};
use crate::codec::{
    Codec, Headers, Part, Process, Region, failed_in_data_set as failed, failed_of_part as chosen,
};
use crate::layout::{Finding, FindingKind, PixelLayout};
use crate::part::cut;
use crate::render::Plan;
use crate::{native, settle, tags};

/// How the frames of a data set are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Coding {
    pub(super) codec: Codec,
    pub(super) syntax: Option<&'static Syntax>,
}

impl Coding {
    /// Decodes a codestream, and renders it; `length` is how many bytes the frame's whole codestream has.
    pub(super) fn rendered(
        self,
        layout: &PixelLayout,
        plan: &Plan,
        wanted: &Wanted,
        (codestream, length): (&[u8], u64),
        (cells, narrow): (&mut Vec<u8>, &mut Vec<u8>),
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let frame = wanted.frame;
        let whole = self.examine(layout, codestream, length)?;
        let examined = match whole {
            Some((process, _)) if wanted.is_part() && process.is_scalable() => {
                Some((process, process.describe(codestream, &wanted.part).map_err(chosen)?))
            }
            _ => whole,
        };
        let is_cut =
            wanted.part.region.filter(|_| !examined.is_some_and(|(process, _)| process.is_scalable()));
        let done = if let Some(region) = is_cut {
            let upper = self.upper(layout, region);
            let upper = upper.as_ref().unwrap_or(layout);
            // Room for all of it, since that of the next region may end further down.
            fill(cells, native::frame_len(layout)?)?;
            let cells = cells.get_mut(..native::frame_len(upper)?).unwrap_or_default();
            let done = self.decode(upper, examined, codestream, &Wanted::whole(frame), narrow, cells)?;
            plan.decoded_into(&cut(upper, cells, region)?, frame, out)?;
            done
        } else if plan.is_in_place() {
            native::check_out(out, plan.frame_len()?)?;
            let done = self.decode(plan.layout(), examined, codestream, wanted, narrow, out)?;
            plan.finish_in_place(out);
            done
        } else {
            fill(cells, native::frame_len(plan.layout())?)?;
            let done = self.decode(plan.layout(), examined, codestream, wanted, narrow, cells)?;
            plan.decoded_into(cells, frame, out)?;
            done
        };
        Ok(finding(&done))
    }

    /// The rows down to the end of a region, where a codec can be left at the end of a row. RLE can: each of its planes has row after row.
    fn upper(self, layout: &PixelLayout, region: Region) -> Option<PixelLayout> {
        let rows = region.y.checked_add(region.rows).filter(|rows| *rows <= layout.rows)?;
        let can = self.codec == Codec::Rle && !layout.is_packed;
        can.then(|| PixelLayout { rows, findings: Vec::new(), ..layout.clone() })
    }

    /// Compares a codestream with the header, before anything is allocated for it. RLE does not describe itself.
    pub(super) fn examine(
        self,
        layout: &PixelLayout,
        codestream: &[u8],
        length: u64,
    ) -> Result<Option<(Process, Image)>> {
        if self.codec == Codec::Rle {
            return Ok(None);
        }
        let process = Headers::read(codestream).map_err(failed)?.process;
        let image = process.describe(codestream, &Part::default()).map_err(failed)?;
        settle::check(layout, &image)?;
        process.check(&image, length).map_err(failed)?;
        Ok(Some((process, image)))
    }

    /// Decodes one codestream into the cells of one frame.
    pub(super) fn decode(
        self,
        layout: &PixelLayout,
        examined: Option<(Process, Image)>,
        codestream: &[u8],
        wanted: &Wanted,
        narrow: &mut Vec<u8>,
        cells: &mut [u8],
    ) -> Result<Decoded> {
        let Some((process, image)) = examined else {
            return rle(layout, codestream, narrow, cells);
        };
        let Wanted { part, crew, .. } = wanted;
        let failed = if wanted.is_part() { chosen } else { failed };
        let size = layout.dtype().size();
        let done = if image.sample_size() == size {
            process.decode_into(codestream, &image, part, *crew, cells).map_err(failed)?
        } else {
            fill(narrow, image.len().map_err(failed)?)?;
            let done = process.decode_into(codestream, &image, part, *crew, narrow).map_err(failed)?;
            settle::widen(narrow, image.sample_size(), size, cells);
            done
        };
        settle::settle(process, self.syntax, layout, &image, cells);
        Ok(done)
    }
}

/// What a decoder read past.
pub(super) fn finding(done: &Decoded) -> Option<Finding> {
    let kind = if done.is_partial { FindingKind::Partial } else { FindingKind::Codestream };
    done.fault.map(|(_, assumed)| Finding { kind, tag: tags::PIXELS, assumed: assumed.into() })
}

/// RLE: byte planes of the cells (PS3.5 G.2); single bits are packed as in native pixel data.
fn rle(layout: &PixelLayout, codestream: &[u8], narrow: &mut Vec<u8>, cells: &mut [u8]) -> Result<Decoded> {
    let image = |rows, columns, precision| Image {
        rows,
        columns,
        components: u16::try_from(layout.samples).unwrap_or(u16::MAX),
        precision,
        is_signed: false,
    };
    if layout.is_packed {
        let packed = layout.frame_pixels().div_ceil(8);
        let image = image(1, u32::try_from(packed).unwrap_or(u32::MAX), 8);
        fill(narrow, image.len().map_err(failed)?)?;
        let done = rle_into(codestream, &image, narrow)?;
        native::unpack_bits(narrow, 0, cells)
            .ok_or_else(|| Error::new(ErrorKind::Pixel, "fewer bits than pixels"))?;
        return Ok(done);
    }
    let precision = u8::try_from(layout.bits_allocated).unwrap_or(u8::MAX);
    rle_into(codestream, &image(layout.rows, layout.columns, precision), cells)
}

fn rle_into(codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    Process::Rle.check(image, codestream.len() as u64).map_err(failed)?;
    Process::Rle.decoder(false).decode_into(codestream, image, out).map_err(failed)
}
