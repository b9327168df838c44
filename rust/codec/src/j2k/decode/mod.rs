//! From packets to samples, tile by tile: code blocks straight into the bands of a component, level by level to the last but one, and the
//! last level in stripes that go to the caller's samples.

mod arrays;
mod blocks;
mod canvas;
mod component;
mod excerpt;
mod partial;
mod path;
mod stripes;
#[cfg(test)]
mod tests;
mod tile;

use std::sync::Mutex;

use crate::simd::Level;
use crate::{Decoded, Error, ErrorKind, Image, Result};

use super::codestream::Header;
use canvas::Canvas;
pub(super) use excerpt::excerpt;

/// A part of the image, in pixels of full size from its upper left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its columns.
    pub columns: u32,
    /// Its rows.
    pub rows: u32,
}

/// How much of a codestream is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DecodeOptions {
    /// How many times the size is halved.
    pub reduce: u8,
    /// The part that is wanted, all of the image by default.
    pub region: Option<Region>,
    /// How many quality layers are used, all by default.
    pub layers: Option<u16>,
}

/// A task of which each number is done once.
pub type Task<'a> = dyn Fn(usize) + Sync + 'a;

/// Who runs what can be done at the same time.
#[derive(Clone, Copy)]
pub struct Executor<'a> {
    /// Calls its second argument with every number below the first, in any order, at once or in turn, and returns once all calls have.
    pub run: &'a (dyn Fn(usize, &Task) + Sync),
    /// How many calls may be under way at once.
    pub workers: usize,
}

impl Executor<'_> {
    /// One call after another, here.
    pub const HERE: Executor<'static> = Executor {
        run: &|count, task| {
            for number in 0..count {
                task(number);
            }
        },
        workers: 1,
    };
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// The fault that stands first in the codestream.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Option<(usize, &'static str)>>);

impl Faults {
    pub(super) fn note(&self, at: usize, what: &'static str) {
        let mut held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Of two at one place the lesser, whichever was found first.
        if held.is_none_or(|first| (at, what) < first) {
            *held = Some((at, what));
        }
    }

    fn first(self) -> Option<(usize, &'static str)> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

const NOT_THIS: Error = Error::new(
    ErrorKind::Argument,
    "JPEG 2000: the image or the buffer is not what the codestream describes",
);

/// The image that comes out.
pub(super) fn describe(data: &[u8], options: &DecodeOptions) -> Result<Image> {
    Ok(Canvas::new(&Header::read(data)?, options)?.image)
}

/// Decodes into `out`.
pub(super) fn decode(
    data: &[u8],
    options: &DecodeOptions,
    executor: Executor,
    level: Level,
    image: &Image,
    out: &mut [u8],
) -> Result<Decoded> {
    let header = Header::read(data)?;
    let canvas = Canvas::new(&header, options)?;
    let own = canvas.image;
    if own != (Image { is_signed: own.is_signed, ..*image }) || own.len()? != out.len() {
        return Err(NOT_THIS);
    }
    let parts = header.parts(data);
    // Every tile has a part of every component, be it empty or missing: spacings and tiles of hardly a sample must not cost more than samples do.
    let wanted = canvas.tiles(&header.size);
    let tiles = usize::try_from(wanted.samples()).unwrap_or(usize::MAX).max(parts.count());
    let work = tiles.saturating_mul(header.size.components.len().max(canvas.depths().len()));
    if work > (own.samples().unwrap_or(0) / 8).saturating_add(1 << 22) {
        return Err(Error::new(
            ErrorKind::Limit,
            "JPEG 2000: more tiles and components than the image has samples",
        ));
    }
    let faults = Faults::default();
    if let Some((at, what)) = parts.fault {
        faults.note(at, what);
    }
    let packed = header.packed();
    let mut context = tile::Context {
        data,
        header: &header,
        packed: packed.as_ref(),
        canvas: &canvas,
        options,
        executor,
        level,
        faults: &faults,
        memory: tile::Memory::take(),
        patience: tile::patience(data.len()),
    };
    let (mut packets, mut refused) = (0_u64, None);
    let across = header.size.tiles_across();
    for row in wanted.y0..wanted.y1 {
        for column in wanted.x0..wanted.x1 {
            let index = u64::from(row) * across + u64::from(column);
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            match context.tile(number, parts.of_tile(number), out) {
                Ok(count) => packets += count,
                Err(error) if matches!(error.kind, ErrorKind::Malformed | ErrorKind::Truncated) => {
                    faults.note(error.offset.unwrap_or(0), error.message);
                    refused.get_or_insert(error);
                    context.blank(number, out);
                }
                Err(error) => return Err(error),
            }
        }
    }
    context.memory.keep();
    if packets == 0 && !own.is_empty() {
        const NOTHING: Error =
            Error::new(ErrorKind::Truncated, "JPEG 2000: there is no packet of this image");
        return Err(refused.unwrap_or(NOTHING.at(parts.used)));
    }
    Ok(Decoded { used: parts.used, fault: faults.first() })
}
