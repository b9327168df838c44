//! From packets to samples, tile by tile: code blocks straight into the bands of a component, level by level to the last but one, and the
//! last level with its blocks in stripes that go to the caller's samples.

mod arrays;
mod blank;
mod blocks;
mod canvas;
#[cfg(test)]
mod claims;
mod component;
mod excerpt;
mod memory;
mod partial;
mod path;
mod rows;
mod stripes;
#[cfg(test)]
mod tests;
mod tile;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::simd::Level;
use crate::{Decoded, Error, ErrorKind, Image, Result};

use super::codestream::{Header, Parts};
use super::kept;
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

/// The fault that stands first in the codestream, and whether any of them changes samples.
#[derive(Debug, Default)]
pub(super) struct Faults {
    first: Mutex<Option<(usize, &'static str)>>,
    is_partial: AtomicBool,
}

impl Faults {
    /// Notes what changes samples.
    pub(super) fn note(&self, at: usize, what: &'static str) {
        self.is_partial.store(true, Ordering::Relaxed);
        self.pass(at, what);
    }

    /// Notes what was read past: what it leaves out, if anything, is noted by itself.
    pub(super) fn pass(&self, at: usize, what: &'static str) {
        let mut held = self.first.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Of two at one place the lesser, whichever was found first.
        if held.is_none_or(|first| (at, what) < first) {
            *held = Some((at, what));
        }
    }

    fn first(self) -> Option<(usize, &'static str)> {
        self.first.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
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
        faults.pass(at, what);
    }
    kept::lend(&memory::KEPT, |memory| {
        let packed = header.packed();
        let packed = packed.as_ref();
        let (header, canvas, faults) = (&header, &canvas, &faults);
        let patience = tile::patience(data.len());
        let context = tile::Context {
            data,
            header,
            packed,
            canvas,
            options,
            executor,
            level,
            faults,
            memory,
            patience,
        };
        all_tiles(context, &parts, out)
    })?;
    let is_partial = faults.is_partial.load(Ordering::Relaxed);
    Ok(Decoded { used: parts.used, fault: faults.first(), is_partial })
}

/// Decodes all tiles that are wanted. Those without anything are filled once it is known that there is something of the image: some block, or
/// all packets, of which none has any.
fn all_tiles(mut context: tile::Context, parts: &Parts, out: &mut [u8]) -> Result<()> {
    const NOTHING: Error = Error::new(ErrorKind::Truncated, "JPEG 2000: there is no packet of this image");
    let (mut held, mut refused, mut blank) = (tile::Held::default(), None, Vec::new());
    let size = &context.header.size;
    let (across, wanted) = (size.tiles_across(), context.canvas.tiles(size));
    for row in wanted.y0..wanted.y1 {
        for column in wanted.x0..wanted.x1 {
            let index = u64::from(row) * across + u64::from(column);
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            let tile = match context.tile(number, parts.of_tile(number), out) {
                Ok(tile) => tile,
                Err(error) if matches!(error.kind, ErrorKind::Malformed | ErrorKind::Truncated) => {
                    context.faults.note(error.offset.unwrap_or(0), error.message);
                    refused.get_or_insert(error);
                    tile::Held { is_cut: true, ..tile::Held::default() }
                }
                Err(error) => return Err(error),
            };
            held.packets += tile.packets;
            held.is_cut |= tile.is_cut;
            held.has_blocks |= tile.has_blocks;
            if !tile.is_made {
                blank.push(number);
            }
        }
    }
    let is_nothing = held.packets == 0 || held.is_cut && !held.has_blocks;
    if is_nothing && !context.canvas.image.is_empty() {
        return Err(refused.unwrap_or(NOTHING.at(parts.used)));
    }
    for number in blank {
        context.blank(number, out);
    }
    Ok(())
}
