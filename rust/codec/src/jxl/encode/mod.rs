//! Samples to a lossless codestream: modular, one tree, one code a channel (18181-1 H).
//!
//! `header` writes what stands before samples, `rows` predicts them, `symbols` counts and writes what the prediction missed with the codes
//! of `prefix`, `group` orders both.
#![expect(clippy::cast_possible_truncation, reason = "sizes of a group, and counts of its samples")]
#![expect(
    clippy::inline_always,
    reason = "a group is written by one function, compiled for each set of instructions"
)]

mod bits;
mod group;
mod header;
mod prefix;
mod rows;
mod symbols;
#[cfg(test)]
mod tests;
mod wide;

use crate::simd::Level;
use crate::{Encoder, Error, ErrorKind, Image, Result};

use bits::BitWriter;
use header::GROUP;
use rows::{Group, Rows};
use symbols::{Counts, Writer};

/// Of an image of more samples than this, codes are made from every eighth row.
const COUNTED: usize = 1 << 16;
const STEP: usize = 8;
/// One of so many samples must be a zero of a run for runs to be worth their symbols.
const RUNS_WORTH: usize = 32;

/// The encoder: lossless, 1 to 16 bits, one component or red, green and blue.
#[derive(Clone, Copy, Default, Debug)]
pub struct JxlEncoder {
    /// The instructions that may be used; they change nothing of the codestream.
    pub level: Level,
}

impl Encoder for JxlEncoder {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        if image.len()? != samples.len() || image.is_empty() {
            return Err(Error::new(ErrorKind::Argument, "JPEG XL: samples that are not those of the image"));
        }
        // 18181-1 D.2: sizes have thirty bits.
        if image.rows > 1 << 30 || image.columns > 1 << 30 {
            return Err(Error::new(ErrorKind::Unsupported, "JPEG XL: more rows or columns than 2^30"));
        }
        match (image.components, image.precision) {
            (1, 1..=8) => self.write::<1, 1>(image, samples, out),
            (1, 9..=16) => self.write::<1, 2>(image, samples, out),
            (3, 1..=8) => self.write::<3, 1>(image, samples, out),
            (3, 9..=16) => self.write::<3, 2>(image, samples, out),
            (1 | 3, _) => Err(Error::new(
                ErrorKind::Unsupported,
                "JPEG XL: samples of more than 16 bits are not written",
            )),
            _ => Err(Error::new(ErrorKind::Unsupported, "JPEG XL: one component, or three")),
        }
    }
}

impl JxlEncoder {
    fn write<const C: usize, const SIZE: usize>(
        self,
        image: &Image,
        samples: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let sections = self.sections::<C, SIZE>(image, samples)?;
        let mut head = BitWriter::default();
        header::image(&mut head, image);
        header::frame(&mut head);
        header::contents(&mut head, image, sections.global.len(), &sections.lengths);
        assemble(image, &[&head.finish(), &sections.global, &sections.body], out)
    }

    /// What follows the headers.
    fn sections<const C: usize, const SIZE: usize>(self, image: &Image, samples: &[u8]) -> Result<Sections> {
        let mut group = Group::<C>::new(Rows::new(image, samples));
        let (columns, rows) = (image.columns as usize, image.rows as usize);
        let places = || {
            let tops = (0..rows).step_by(GROUP);
            tops.flat_map(|top| (0..columns).step_by(GROUP).map(move |left| (top, left)))
        };
        let mut counts = [const { Counts::NONE }; C];
        let step = if rows * columns > COUNTED { STEP } else { 1 };
        for (top, left) in places() {
            group.enter(image, top, left);
            wide::count::<C, SIZE>(self.level, &mut group, step, &mut counts);
        }
        let has_runs = counts.iter().any(|counts| counts.zeros * RUNS_WORTH >= counts.samples.max(1));
        let mut channel = 0;
        let codes = counts.map(|counts| {
            // What is missed has a bit more than a sample, and differences of colours have one more yet.
            let bits = u32::from(image.precision) + 1 + u32::from(channel > 0);
            channel += 1;
            counts.code(bits, has_runs)
        });
        let mut writers = codes.each_ref().map(|code| Writer::new(code, has_runs));
        let mut global = BitWriter::default();
        let mut leaves = codes.to_vec();
        leaves.get_mut(1..).unwrap_or_default().reverse();
        header::global(&mut global, &leaves, has_runs);
        let mut others = [const { BitWriter::NONE }; 2];
        let (mut body, mut lengths) = (BitWriter::default(), Vec::new());
        let is_one = rows <= GROUP && columns <= GROUP;
        for (top, left) in places() {
            group.enter(image, top, left);
            let start = body.len();
            let section = if is_one { &mut global } else { &mut body };
            if !is_one {
                header::group(section);
            }
            wide::write::<C, SIZE>(self.level, &mut group, &mut writers, section, &mut others)?;
            if !is_one {
                section.pad();
                lengths.push(section.len() - start);
            }
        }
        group.check()?;
        Ok(Sections { global: global.finish(), body: body.finish(), lengths })
    }
}

/// The sections of a frame: what is of all groups, then the groups and their lengths; one group is a part of the first.
struct Sections {
    global: Vec<u8>,
    body: Vec<u8>,
    lengths: Vec<usize>,
}

/// Puts the parts together; in boxes, where the level has to be said (18181-2 9.2, 9.3).
fn assemble(image: &Image, parts: &[&[u8]], out: &mut Vec<u8>) -> Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut boxes = Vec::new();
    if header::is_wide(image) {
        boxes.extend(super::SIGNATURE);
        boxes.extend(*b"\0\0\0\x14ftypjxl \0\0\0\0jxl \0\0\0\x09jxll\x0A");
        if let Ok(size) = u32::try_from(length + 8) {
            boxes.extend(size.to_be_bytes());
            boxes.extend(b"jxlc");
        } else {
            boxes.extend(*b"\0\0\0\x01jxlc");
            boxes.extend((length as u64 + 16).to_be_bytes());
        }
    }
    if out.try_reserve(boxes.len() + length).is_err() {
        return Err(Error::new(ErrorKind::Limit, "no memory for the codestream"));
    }
    out.extend(boxes);
    for part in parts {
        out.extend_from_slice(part);
    }
    Ok(())
}
