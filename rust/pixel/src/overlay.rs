//! Overlay planes: in an element of their own, or in the unused bits of the pixel data (PS3.3 C.9.2, PS3.5 8.1.2).

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, Vr};
use radiogram_data::NodeId;

use crate::attributes::{Attributes, code, integer};
use crate::data_set::DataSet;
use crate::frames::{Scratch, describe};
use crate::layout::PixelLayout;
use crate::native;

const ROWS: u16 = 0x0010;
const COLUMNS: u16 = 0x0011;
const FRAMES: u16 = 0x0015;
const TYPE: u16 = 0x0040;
const ORIGIN: u16 = 0x0050;
const FIRST_FRAME: u16 = 0x0051;
const BITS_ALLOCATED: u16 = 0x0100;
const BIT_POSITION: u16 = 0x0102;
const DATA: u16 = 0x3000;

/// Where the bits of an overlay are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// (60xx,3000) Overlay Data; true where its words are big endian.
    Element(Tag, bool),
    /// This bit of each cell of the pixel data (retired).
    PixelBit(u32),
}

/// The description of one overlay plane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overlay {
    /// 0x6000, 0x6002, ….
    pub group: u16,
    /// Overlay Rows.
    pub rows: u32,
    /// Overlay Columns.
    pub columns: u32,
    /// Number of Frames in Overlay.
    pub frames: u64,
    /// The image frame, counted from 1, that the first overlay frame belongs to.
    pub first_frame: u64,
    /// Row and column of the overlay's first pixel in the image, counted from 1.
    pub origin: (i64, i64),
    /// True for a region of interest, false for graphics.
    pub is_region: bool,
    /// Where the bits are.
    pub place: Place,
}

/// The groups from 6000 to 60FE that describe an overlay.
pub fn groups(attributes: &dyn Attributes) -> Vec<u16> {
    let is_there = |group: &u16| {
        attributes.vr(Tag::new(*group, ROWS)).is_some() || attributes.vr(Tag::new(*group, DATA)).is_some()
    };
    (0x6000..=0x60FE).step_by(2).filter(is_there).collect()
}

fn wrong(tag: Tag, what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("overlay {tag} {what}")).in_path(&Path::of(tag))
}

impl Overlay {
    /// The overlay of a group.
    ///
    /// # Errors
    ///
    /// `PixelError` naming the element that is missing or impossible.
    pub fn read(attributes: &dyn Attributes, group: u16) -> Result<Self> {
        let tag = |element| Tag::new(group, element);
        let size = |element| {
            let value = integer(attributes, tag(element)).ok_or_else(|| wrong(tag(element), "is missing"))?;
            let value = u32::try_from(value).ok().filter(|value| (1..=0xFFFF).contains(value));
            value.ok_or_else(|| wrong(tag(element), "is not between 1 and 65535"))
        };
        let count = |element| match integer(attributes, tag(element)) {
            None => Ok(1),
            Some(value) => u64::try_from(value)
                .ok()
                .filter(|value| *value > 0)
                .ok_or_else(|| wrong(tag(element), "is below 1")),
        };
        let origin = attributes.integers(tag(ORIGIN)).unwrap_or_default();
        let overlay = Self {
            group,
            rows: size(ROWS)?,
            columns: size(COLUMNS)?,
            frames: count(FRAMES)?,
            first_frame: count(FIRST_FRAME)?,
            origin: if let [row, column] = origin[..] { (row, column) } else { (1, 1) },
            is_region: code(attributes, tag(TYPE)).as_deref() == Some("R"),
            place: Self::place(attributes, group)?,
        };
        let bits = overlay.frame_pixels().checked_mul(overlay.frames);
        bits.map(|_| overlay).ok_or_else(|| wrong(tag(FRAMES), "asks for more bits than can be counted"))
    }

    fn place(attributes: &dyn Attributes, group: u16) -> Result<Place> {
        let data = Tag::new(group, DATA);
        if let Some(vr) = attributes.vr(data) {
            return Ok(Place::Element(data, attributes.big_endian() && vr == Vr::OW));
        }
        let position = Tag::new(group, BIT_POSITION);
        let allocated = integer(attributes, Tag::new(group, BITS_ALLOCATED)).unwrap_or(1);
        if allocated == 1 {
            return Err(wrong(data, "is missing"));
        }
        let bit = integer(attributes, position).ok_or_else(|| wrong(position, "is missing"))?;
        let bit = u32::try_from(bit).ok().filter(|bit| i64::from(*bit) < allocated);
        Ok(Place::PixelBit(bit.ok_or_else(|| wrong(position, "is no bit of a cell"))?))
    }

    /// Pixels of one overlay frame.
    pub fn frame_pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// The image frame, counted from 0, that an overlay frame belongs to.
    fn image_frame(&self, frame: u64) -> Result<u64> {
        let position = Tag::new(self.group, BIT_POSITION);
        frame.checked_add(self.first_frame - 1).ok_or_else(|| wrong(position, "is past the frames"))
    }

    /// Writes all frames one after another, from wherever their bits are: where these are beside compressed pixels, each frame is decoded.
    ///
    /// # Errors
    ///
    /// As [`Overlay::frame_into`]; `UnsupportedError` where a codec with loss has changed the bits.
    pub fn frames_into(&self, data_set: &DataSet<'_>, node: NodeId, out: &mut [u8]) -> Result<()> {
        let document = data_set.document();
        let size = usize::try_from(self.frame_pixels()).unwrap_or(usize::MAX).max(1);
        let mut parts = (0..self.frames).zip(out.chunks_exact_mut(size));
        let missing = || Error::new(ErrorKind::Pixel, "the overlay has no data");
        match self.place {
            Place::Element(tag, _) => {
                let stored = document.bytes(data_set.row(tag).ok_or_else(missing)?)?;
                parts.try_for_each(|(frame, part)| self.frame_into(stored, None, frame, part))
            }
            Place::PixelBit(bit) => {
                let (layout, frames) = describe(data_set, node)?;
                let mut scratch = Scratch::default();
                parts.try_for_each(|(frame, part)| {
                    let frame = self.image_frame(frame)?;
                    let (cells, at) = frames.cells_with_bit(document, &layout, frame, bit, &mut scratch)?;
                    self.pixel_bits_into(bit, cells, Some(&layout), at, part)
                })
            }
        }
    }

    /// Writes 1 for each pixel of overlay frame `frame` that is set, else 0.
    ///
    /// `bytes` is the value of Overlay Data, or of Pixel Data with its layout where the bits are there.
    ///
    /// # Errors
    ///
    /// `PixelError` where bytes are missing, or the pixel data have no such bit to spare.
    pub fn frame_into(
        &self,
        bytes: &[u8],
        layout: Option<&PixelLayout>,
        frame: u64,
        out: &mut [u8],
    ) -> Result<()> {
        native::check_out(out, usize::try_from(self.frame_pixels()).unwrap_or(usize::MAX))?;
        let short =
            || wrong(Tag::new(self.group, DATA), "is shorter than its rows, columns and frames ask for");
        match self.place {
            Place::Element(_, swapped) => {
                let first = self.frame_pixels().checked_mul(frame).ok_or_else(short)?;
                // As for single-bit pixels, frames follow each other without padding (PS3.5 8.1.2).
                if !swapped {
                    return native::unpack_bits(bytes, first, out).ok_or_else(short);
                }
                for (at, pixel) in (first..).zip(out) {
                    let byte = usize::try_from(at / 8).ok().and_then(|byte| bytes.get(byte ^ 1));
                    *pixel = (byte.ok_or_else(short)? >> (at % 8)) & 1;
                }
                Ok(())
            }
            Place::PixelBit(bit) => self.pixel_bits_into(bit, bytes, layout, self.image_frame(frame)?, out),
        }
    }

    fn pixel_bits_into(
        &self,
        bit: u32,
        stored: &[u8],
        layout: Option<&PixelLayout>,
        image_frame: u64,
        out: &mut [u8],
    ) -> Result<()> {
        let position = Tag::new(self.group, BIT_POSITION);
        let spare = |layout: &&PixelLayout| {
            let used = layout.high_bit + 1 - layout.bits_stored..=layout.high_bit;
            layout.samples == 1
                && layout.bits_allocated > 1
                && bit < layout.bits_allocated
                && !used.contains(&bit)
        };
        let layout =
            layout.filter(spare).ok_or_else(|| wrong(position, "is no unused bit of the pixel data"))?;
        if (layout.rows, layout.columns) != (self.rows, self.columns) {
            return Err(wrong(Tag::new(self.group, ROWS), "differs from the image that holds the bits"));
        }
        // The bit is read as a value of one bit at that place.
        let mut cells = layout.clone();
        (cells.bits_stored, cells.high_bit, cells.signed) = (1, bit, false);
        let size = cells.dtype().size();
        let mut rest = out;
        native::for_each_run(&cells, stored, image_frame, |run| {
            let (now, later) = std::mem::take(&mut rest).split_at_mut((run.len() / size).min(run.len()));
            rest = later;
            let lowest = if cfg!(target_endian = "big") { size - 1 } else { 0 };
            for (pixel, cell) in now.iter_mut().zip(run.chunks_exact(size)) {
                *pixel = cell.get(lowest).copied().unwrap_or_default();
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Made, Random};

    fn described() -> Made {
        Made::default().us(Tag::new(0x6002, ROWS), &[3]).us(Tag::new(0x6002, COLUMNS), &[5])
    }

    #[test]
    fn bits_of_the_element() {
        let bits = Random::new(9).bytes(8);
        let made = described()
            .us(Tag::new(0x6002, FRAMES), &[4])
            .us(Tag::new(0x6002, ORIGIN), &[2, -1])
            .text(Tag::new(0x6002, TYPE), "R")
            .bytes(Tag::new(0x6002, DATA), Vr::OW, &bits);
        assert_eq!(groups(&made), [0x6002]);
        let overlay = Overlay::read(&made, 0x6002).unwrap();
        assert_eq!((overlay.origin, overlay.is_region, overlay.frames), ((2, -1), true, 4));
        let mut swapped = bits.clone();
        swapped.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
        let big = Overlay::read(&Made { big_endian: true, ..made }, 0x6002).unwrap();
        for frame in 0..4 {
            let expected: Vec<u8> =
                (frame * 15..frame * 15 + 15).map(|bit| (bits[bit / 8] >> (bit % 8)) & 1).collect();
            let mut out = vec![0; 15];
            overlay.frame_into(&bits, None, frame as u64, &mut out).unwrap();
            assert_eq!(out, expected);
            big.frame_into(&swapped, None, frame as u64, &mut out).unwrap();
            assert_eq!(out, expected);
        }
        let mut out = vec![0; 15];
        assert_eq!(overlay.frame_into(&bits, None, 4, &mut out).unwrap_err().kind(), ErrorKind::Pixel);
        assert!(overlay.frame_into(&bits, None, u64::MAX, &mut out).is_err());
    }

    #[test]
    fn unused_bits_of_the_pixels() {
        let made = Made::grey(16, 12, 0)
            .us(Tag::new(0x6000, ROWS), &[2])
            .us(Tag::new(0x6000, COLUMNS), &[2])
            .us(Tag::new(0x6000, BITS_ALLOCATED), &[16])
            .us(Tag::new(0x6000, BIT_POSITION), &[13]);
        let layout = PixelLayout::from_attributes(&made).unwrap();
        let overlay = Overlay::read(&made, 0x6000).unwrap();
        let stored = [0, 0x20, 0xFF, 0xDF, 0, 0x2F, 0xFF, 0x0F];
        let mut out = [9; 4];
        overlay.frame_into(&stored, Some(&layout), 0, &mut out).unwrap();
        assert_eq!(out, [1, 0, 1, 0]);
        assert!(overlay.frame_into(&stored, Some(&layout), 1, &mut out).is_err());
        let used = Overlay::read(&made.us(Tag::new(0x6000, BIT_POSITION), &[11]), 0x6000).unwrap();
        assert_eq!(
            used.frame_into(&stored, Some(&layout), 0, &mut out).unwrap_err().kind(),
            ErrorKind::Pixel
        );
        assert!(used.frame_into(&stored, None, 0, &mut out).is_err());
    }

    #[test]
    fn a_broken_description_names_its_element() {
        let data = described().bytes(Tag::new(0x6002, DATA), Vr::OB, &[0; 2]);
        for broken in [
            described(),
            data.clone().without(Tag::new(0x6002, ROWS)),
            data.clone().us(Tag::new(0x6002, COLUMNS), &[0]),
            data.clone().us(Tag::new(0x6002, FRAMES), &[0]),
            data.clone().us(Tag::new(0x6002, FRAMES), &[i64::MAX]),
            described().us(Tag::new(0x6002, BITS_ALLOCATED), &[16]).us(Tag::new(0x6002, BIT_POSITION), &[16]),
        ] {
            assert_eq!(Overlay::read(&broken, 0x6002).unwrap_err().kind(), ErrorKind::Pixel);
        }
        assert!(Overlay::read(&data, 0x6002).is_ok());
    }
}
