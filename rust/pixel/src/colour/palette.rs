//! Palette colour: three or four tables from a stored sample to RGB or RGBA (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6, C.7.9).

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, try_vec};

use crate::attributes::{self, Attributes};
use crate::lut::segments::{self, Width};
use crate::lut::{self, Descriptor};
use crate::sample::{Dtype, Range};
use crate::tags;

/// The colours of stored samples.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Palette {
    /// The first sample that is mapped; smaller ones get the first colour, larger ones past the end the last.
    pub first: i64,
    /// The colours; the fourth number is the opacity where there is one, else 0.
    pub colours: Vec<[u16; 4]>,
    /// 3, or 4 where there is an alpha table.
    pub channels: usize,
    /// `uint8` for entries of a byte, `uint16` for words, even words that hold 8 bits.
    pub dtype: Dtype,
    /// What reduces an entry to 8 bits.
    shift: u32,
}

/// Where the samples take their colours (PS3.3 C.8.16.2.1.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presentation {
    /// Each sample has the colour of its entry.
    Palette,
    /// Samples from the first mapped one on have colours, those below are grey.
    Supplemental,
}

fn wrong(tag: Tag, what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("{} {what}", tags::name(tag))).in_path(&Path::of(tag))
}

/// True where a grey image has colours for its highest values: Pixel Presentation COLOR or MIXED.
pub fn is_supplemental(attributes: &dyn Attributes) -> bool {
    let presentation = attributes::code(attributes, tags::PIXEL_PRESENTATION);
    matches!(presentation.as_deref(), Some("COLOR" | "MIXED"))
        && attributes.vr(tags::RED_DESCRIPTOR).is_some()
}

impl Palette {
    /// The palette of a data set; `inputs` are the samples that it is for.
    ///
    /// The descriptor of red holds for all: the standard asks that they agree.
    pub fn read(attributes: &dyn Attributes, inputs: Option<Range>) -> Result<Self> {
        let descriptor = Descriptor::read(attributes, tags::RED_DESCRIPTOR, inputs)?;
        if !matches!(descriptor.bits, 8 | 16) {
            return Err(wrong(tags::RED_DESCRIPTOR, "has entries of neither 8 nor 16 bits"));
        }
        let (tags, segmented) = if attributes.vr(tags::RED_DATA).is_some() {
            ([tags::RED_DATA, tags::GREEN_DATA, tags::BLUE_DATA, tags::ALPHA_DATA], false)
        } else {
            ([tags::RED_SEGMENTS, tags::GREEN_SEGMENTS, tags::BLUE_SEGMENTS, tags::ALPHA_SEGMENTS], true)
        };
        let mut colours: Vec<[u16; 4]> = try_vec(descriptor.count)?;
        colours.resize(descriptor.count, [0; 4]);
        let mut wide = None;
        let mut channels = 0;
        for (channel, tag) in tags.into_iter().enumerate() {
            if channel == 3 && attributes.vr(tag).is_none() {
                break;
            }
            let (entries, words) = if segmented {
                unfold(attributes, tag, &descriptor)?
            } else {
                lut::entries(attributes, tag, descriptor.count)?
            };
            if wide.is_some_and(|wide| wide != words) {
                return Err(wrong(tag, "has not the length of the other colours"));
            }
            wide = Some(words);
            for (colour, entry) in colours.iter_mut().zip(entries) {
                if let Some(into) = colour.get_mut(channel) {
                    *into = entry;
                }
            }
            channels += 1;
        }
        let wide = wide.unwrap_or(false);
        // Words whose entries all fit a byte hold 8 bits, whatever the descriptor says.
        let full = wide && descriptor.bits == 16 && colours.iter().flatten().any(|entry| *entry > 0xFF);
        Ok(Self {
            first: descriptor.first,
            colours,
            channels,
            dtype: if wide { Dtype::U16 } else { Dtype::U8 },
            shift: if full { 8 } else { 0 },
        })
    }

    /// The colour of a sample.
    pub fn at(&self, sample: f64) -> [u16; 4] {
        let last = self.colours.len().saturating_sub(1);
        self.colours.get(lut::index(sample, self.first, last)).copied().unwrap_or_default()
    }

    /// Writes the colour of a sample in the palette's own type.
    pub fn put(&self, sample: f64, out: &mut [u8]) {
        let colour = self.at(sample);
        if self.dtype == Dtype::U16 {
            for (into, entry) in out.as_chunks_mut::<2>().0.iter_mut().zip(colour) {
                *into = entry.to_ne_bytes();
            }
        } else {
            self.put_bytes(sample, out);
        }
    }

    /// Writes the colour of a sample with 8 bits a channel.
    pub fn put_bytes(&self, sample: f64, out: &mut [u8]) {
        for (into, entry) in out.iter_mut().zip(self.at(sample)) {
            *into = (entry >> self.shift).to_le_bytes()[0];
        }
    }
}

fn unfold(attributes: &dyn Attributes, tag: Tag, descriptor: &Descriptor) -> Result<(Vec<u16>, bool)> {
    let (bytes, _) = lut::ordered(attributes, tag)?;
    let words = descriptor.bits == 16;
    let mut data = try_vec(bytes.len())?;
    let width = if words {
        data.extend(bytes.as_chunks::<2>().0.iter().map(|word| u16::from_le_bytes(*word)));
        Width::Sixteen
    } else {
        data.extend(bytes.iter().map(|byte| u16::from(*byte)));
        Width::Eight
    };
    let lut =
        segments::expand(&data, width, descriptor.count).map_err(|error| error.in_path(&Path::of(tag)))?;
    Ok((lut, words))
}

#[cfg(test)]
mod tests {
    use radiogram_core::Vr;

    use super::*;
    use crate::testing::Made;

    fn palette(descriptor: &[i64], tables: [&[u8]; 3]) -> Made {
        Made::default()
            .us(tags::RED_DESCRIPTOR, descriptor)
            .bytes(tags::RED_DATA, Vr::OW, tables[0])
            .bytes(tags::GREEN_DATA, Vr::OW, tables[1])
            .bytes(tags::BLUE_DATA, Vr::OW, tables[2])
    }

    #[test]
    fn colours_start_at_the_first_value_mapped() {
        let made = palette(&[2, 10, 8], [&[1, 2], &[3, 4], &[5, 6]]);
        let read = Palette::read(&made, None).unwrap();
        assert_eq!((read.dtype, read.channels), (Dtype::U8, 3));
        let mut out = [0; 3];
        for (sample, colour) in [(0.0, [1, 3, 5]), (10.0, [1, 3, 5]), (11.0, [2, 4, 6]), (99.0, [2, 4, 6])] {
            read.put(sample, &mut out);
            assert_eq!(out, colour);
        }
    }

    #[test]
    fn bytes_in_words_stay_words_and_show_as_bytes() {
        let made = palette(&[2, 0, 8], [&[1, 0, 2, 0], &[3, 0, 4, 0], &[5, 0, 255, 0]]);
        let read = Palette::read(&made, None).unwrap();
        assert_eq!(read.dtype, Dtype::U16);
        let mut out = [0; 3];
        read.put_bytes(1.0, &mut out);
        assert_eq!(out, [2, 4, 255]);
        let full = palette(&[2, 0, 16], [&[0, 0, 0, 2], &[0, 0, 0, 4], &[0, 0, 0, 255]]);
        Palette::read(&full, None).unwrap().put_bytes(1.0, &mut out);
        assert_eq!(out, [2, 4, 255]);
    }

    #[test]
    fn an_alpha_table_is_a_fourth_channel() {
        let made = palette(&[2, 0, 8], [&[1, 2], &[3, 4], &[5, 6]]).bytes(tags::ALPHA_DATA, Vr::OW, &[7, 8]);
        let read = Palette::read(&made, None).unwrap();
        assert_eq!((read.channels, read.at(1.0)), (4, [2, 4, 6, 8]));
    }

    #[test]
    fn segments_take_the_place_of_tables() {
        let made = Made::default()
            .us(tags::RED_DESCRIPTOR, &[3, 0, 16])
            .bytes(tags::RED_SEGMENTS, Vr::OW, &[0, 0, 3, 0, 1, 0, 2, 0, 3, 0])
            .bytes(tags::GREEN_SEGMENTS, Vr::OW, &[0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 4, 0])
            .bytes(tags::BLUE_SEGMENTS, Vr::OW, &[0, 0, 1, 0, 9, 0, 1, 0, 2, 0, 9, 0]);
        let read = Palette::read(&made, None).unwrap();
        assert_eq!(read.colours, [[1, 0, 9, 0], [2, 2, 9, 0], [3, 4, 9, 0]]);
    }

    #[test]
    fn what_is_missing_or_short_is_an_error() {
        let sound = palette(&[2, 0, 8], [&[1, 2], &[3, 4], &[5, 6]]);
        for broken in [
            sound.clone().without(tags::RED_DESCRIPTOR),
            sound.clone().without(tags::GREEN_DATA),
            sound.clone().without(tags::RED_DATA),
            palette(&[2, 0, 8], [&[1, 2], &[3], &[5, 6]]),
            palette(&[2, 0, 8], [&[1, 2], &[3, 4, 0, 0], &[5, 6]]),
            palette(&[2, 0, 12], [&[1, 2], &[3, 4], &[5, 6]]),
        ] {
            assert_eq!(Palette::read(&broken, None).unwrap_err().kind(), ErrorKind::Pixel);
        }
    }
}
