//! Segmentations of slides: their frames are tiles of a total pixel matrix, of which regions are read (PS3.3 C.7.6.17.3, C.8.12.14).
//!
//! Where tiles lie is what `slide` knows; a channel of it is a segment here. A region is gone through in bands, a row of tiles high: no
//! more than a tile of a thread is in memory beside the result.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Path, Result, try_vec};
use radiogram_data::Document;

use super::cells::{Cells, Memory};
use super::labels::{Brush, Label};
use super::layers::Writing;
use super::piece::{Of, Piece};
use super::work::{MOST_PARTS, Part, Ranks, Shared};
use super::{Conflict, Kind, Labels, Layers, SEGMENTS, Segmentation, number, numbers_of};
use crate::DataSet;
use crate::layout::Finding;
use crate::render::Executor;
use crate::slide::{self, ChannelKind, Channels, Level, Rectangle, SlideHeader, Tile};

/// The plane whose tiles the frames are.
pub struct Matrix {
    level: Level,
    /// The segment of each of the level's channels; 0 for label maps, whose tiles are of all.
    numbers: Vec<u16>,
}

impl Matrix {
    /// Reads where the tiles lie, and in which piece each is; gives the segment of each frame as well.
    pub(super) fn read(
        sources: &[Of<'_>],
        pieces: &[Piece],
        kind: Kind,
        count: u64,
    ) -> Result<(Vec<u16>, Self)> {
        let mut headers = try_vec(pieces.len())?;
        for (number, piece) in pieces.iter().enumerate() {
            let Some((document, node)) = sources.get(piece.source).copied() else { continue };
            let channels = channels(&DataSet::new(document, node), kind);
            let header = SlideHeader::tiled(document, node, number, channels);
            headers.push(header.map_err(|error| error.of_part(piece.source))?);
        }
        let mut levels = slide::levels(headers)?;
        let level = levels.pop().filter(|level| level.tiles.len() as u64 == count && levels.is_empty());
        let mut level = level.ok_or_else(|| {
            Error::new(ErrorKind::Malformed, "the frames are not the tiles of one total pixel matrix")
        })?;
        slide::refuse_overlaps(&level)?;
        // Counted through all pieces, as everything else here.
        for tile in &mut level.tiles {
            let first = pieces.get(tile.file as usize).map_or(0, |piece| piece.first);
            let number = first.saturating_add(tile.frame.into());
            tile.frame = u32::try_from(number)
                .map_err(|_| Error::new(ErrorKind::Limit, "more frames than are counted"))?;
        }
        let numbers: Vec<u16> =
            level.paths.iter().map(|name| name.parse().ok().and_then(number).unwrap_or(0)).collect();
        // PS3.3 C.8.20.4: tiles in full order are told apart by the segments' places in the sequence.
        let unique: HashSet<u16> = numbers.iter().copied().collect();
        if !level.is_sparse && unique.len() < numbers.len() {
            let message = "several segments have one number";
            return Err(Error::new(ErrorKind::Malformed, message).in_path(&Path::of(SEGMENTS)));
        }
        let mut segments = try_vec(0)?;
        if kind != Kind::LabelMap {
            segments = try_vec(level.tiles.len())?;
            segments.resize(level.tiles.len(), 0);
            for tile in &level.tiles {
                let number = numbers.get(usize::from(tile.path)).copied().filter(|number| *number > 0);
                let number = number.ok_or_else(|| {
                    let message = "tiles are of a segment whose number is none";
                    Error::new(ErrorKind::Malformed, message).in_path(&Path::of(SEGMENTS))
                })?;
                segments.get_mut(tile.frame as usize).into_iter().for_each(|slot| *slot = number);
            }
        }
        Ok((segments, Self { level, numbers }))
    }

    /// Its size, its tiles, its place on the slide.
    pub fn level(&self) -> &Level {
        &self.level
    }

    /// Focal planes, rows and columns of a region.
    pub fn shape(&self, at: Rectangle) -> [u64; 3] {
        [self.level.planes.len() as u64, at.height.into(), at.width.into()]
    }

    /// From (plane, row, column, 1) of a region to millimetres of the slide; what is not said of it is NaN (PS3.3 C.8.12.2.1). Of one plane
    /// the first axis is a millimetre.
    pub fn affine(&self, at: Rectangle) -> [[f64; 4]; 4] {
        let level = &self.level;
        let unknown = f64::NAN;
        let [ax, ay, az, dx, dy, dz] = level.orientation.unwrap_or([unknown; 6]);
        let [rows, columns] = level.spacing.unwrap_or([unknown; 2]);
        let [x, y] = level.origin.unwrap_or([unknown; 2]);
        // Heights are micrometres.
        let heights: Vec<f64> = level.planes.iter().map(|height| height / 1000.0).collect();
        let base = heights.first().copied().unwrap_or(0.0);
        let mut steps = heights.iter().zip(heights.iter().skip(1)).map(|(one, next)| next - one);
        let step = match steps.next() {
            None => 1.0,
            Some(first) if steps.all(|step| (step - first).abs() <= 1e-6) => first,
            Some(_) => unknown,
        };
        let (down, across) = ([dx, dy, dz].map(|part| part * rows), [ax, ay, az].map(|part| part * columns));
        let (row, column) = (f64::from(at.row), f64::from(at.column));
        let line = |lift: f64, down: f64, across: f64, begin: f64| {
            [lift, down, across, begin + row * down + column * across]
        };
        let ([dx, dy, dz], [ax, ay, az]) = (down, across);
        [line(0.0, dx, ax, x), line(0.0, dy, ay, y), line(step, dz, az, base), [0.0, 0.0, 0.0, 1.0]]
    }

    /// How many focal planes have a tile in the region.
    pub fn planes_with_tiles(&self, at: Rectangle) -> usize {
        let planes = 0..u16::try_from(self.level.planes.len()).unwrap_or(u16::MAX);
        planes.filter(|plane| self.touched(*plane, at).next().is_some()).count()
    }

    /// The tiles of a plane that a region touches, of all segments, with the number of the segment.
    fn touched(&self, plane: u16, at: Rectangle) -> impl Iterator<Item = (u16, &Tile)> {
        (0_u16..)
            .zip(&self.numbers)
            .flat_map(move |(path, number)| self.level.touched(path, plane, at).map(|tile| (*number, tile)))
    }

    /// The rows of tiles that a region touches, plane by plane.
    fn bands(&self, at: Rectangle) -> Result<Vec<Band>> {
        let (tall, end) = (self.level.tile.0, at.row.saturating_add(at.height));
        let count = (at.height as usize / tall as usize + 2).saturating_mul(self.level.planes.len());
        if count > MOST_PARTS {
            let message = format!("more than {MOST_PARTS} rows of tiles in one call");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let mut found = try_vec(count)?;
        for plane in (0_u16..).zip(&self.level.planes).map(|(plane, _)| plane) {
            let mut row = at.row;
            while row < end {
                // Up to the next row of tiles, where they lie on the grid.
                let next = (row / tall).saturating_add(1).saturating_mul(tall).min(end);
                found.push(Band { plane, at: Rectangle { row, height: next - row, ..at } });
                row = next;
            }
        }
        Ok(found)
    }
}

/// What the tiles of a data set are of.
fn channels(set: &DataSet<'_>, kind: Kind) -> Channels {
    if kind == Kind::LabelMap {
        return Channels { kind: ChannelKind::One, names: vec![String::new()] };
    }
    let names = numbers_of(set).into_iter().map(|number| number.to_string()).collect();
    Channels { kind: ChannelKind::Segments, names }
}

/// Rows of one plane.
#[derive(Clone, Copy)]
struct Band {
    plane: u16,
    at: Rectangle,
}

impl Band {
    fn pixels(&self) -> usize {
        self.at.height as usize * self.at.width as usize
    }
}

impl Segmentation {
    /// Writes the map of a region, (plane, row, column), into `out`, which is of [`Segmentation::label_dtype`] and holds zeros. Gives the
    /// conflict in the first band that has one, and what decoders read past.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is not of a slide or the region not within it; what reading and decoding give.
    pub fn matrix_labels_into(
        &self,
        documents: &[&Document],
        at: Rectangle,
        wanted: &Labels<'_>,
        out: &mut [u8],
        run: Executor,
    ) -> Result<(Option<Conflict>, Vec<Finding>)> {
        let matrix = self.region(at)?;
        let ranks = self.ranks(wanted.segments)?;
        let brush = Brush::new(self, wanted, &ranks)?;
        let size = self.label_dtype(wanted.segments).size();
        let bands = matrix.bands(at)?;
        let parts = cut(out, bands.iter().map(|band| band.pixels().saturating_mul(size)))?;
        let (shared, conflict) = (Shared::default(), Mutex::new(None::<(usize, Conflict)>));
        run(bands.len(), &|number| {
            let (Some(band), Some(part)) = (bands.get(number), parts.get(number)) else { return };
            shared.task(number, |memory| {
                let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                let tiles = Tiles { segmentation: self, documents, matrix, band: *band, brush: &brush };
                let (met, found) = match size {
                    1 => tiles.labels(part.as_chunks_mut::<1>().0, memory),
                    _ => tiles.labels(part.as_chunks_mut::<2>().0, memory),
                }?;
                if let Some(met) = met {
                    let mut conflict = conflict.lock().unwrap_or_else(PoisonError::into_inner);
                    if conflict.as_ref().is_none_or(|(first, _)| number < *first) {
                        *conflict = Some((number, met));
                    }
                }
                Ok(found)
            });
        });
        let mut found = shared.end()?;
        found.extend(brush.found());
        let conflict = conflict.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((conflict.map(|(_, conflict)| conflict), found))
    }

    /// Writes the layers of a region, (segment, plane, row, column), into `out`, which holds zeros; gives what decoders read past.
    ///
    /// # Errors
    ///
    /// As [`Segmentation::matrix_labels_into`].
    pub fn matrix_layers_into(
        &self,
        documents: &[&Document],
        at: Rectangle,
        wanted: &Layers<'_>,
        out: &mut [u8],
        run: Executor,
    ) -> Result<Vec<Finding>> {
        let matrix = self.region(at)?;
        let ranks = Ranks::of(Some(wanted.segments))?;
        let bands = matrix.bands(at)?;
        if bands.len().saturating_mul(wanted.segments.len()) > MOST_PARTS {
            return Err(Error::new(
                ErrorKind::Limit,
                "more layers and rows of tiles than one call may return",
            ));
        }
        let size = wanted.form.dtype().size();
        let sizes = wanted.segments.iter().flat_map(|_| &bands);
        let parts = cut(out, sizes.map(|band| band.pixels().saturating_mul(size)))?;
        let writing = Writing::new(self, wanted.form)?;
        let shared = Shared::default();
        run(bands.len(), &|number| {
            let Some(band) = bands.get(number) else { return };
            shared.task(number, |memory| {
                let mut findings = Vec::new();
                for (segment, tile) in matrix.touched(band.plane, band.at) {
                    let is_map = self.kind == Kind::LabelMap;
                    if !is_map && ranks.rank(segment).is_none() {
                        continue;
                    }
                    let (cells, found) = self.tile(documents, tile, memory)?;
                    findings.extend(found);
                    for (rank, wanted) in wanted.segments.iter().enumerate() {
                        if !is_map && *wanted != segment {
                            continue;
                        }
                        let Some(part) = parts.get(rank * bands.len() + number) else { continue };
                        let mut out = part.lock().unwrap_or_else(PoisonError::into_inner);
                        each_line(&matrix.level, tile, band.at, |first, at, count| {
                            let (from, to) = (at.saturating_mul(size), (at + count).saturating_mul(size));
                            if let Some(line) = out.get_mut(from..to) {
                                writing.write(self, *wanted, cells.part(first, count), count, line);
                            }
                        });
                    }
                }
                Ok(findings)
            });
        });
        let mut found = shared.end()?;
        found.extend(writing.found());
        Ok(found)
    }

    fn region(&self, at: Rectangle) -> Result<&Matrix> {
        let wrong = |message| Error::new(ErrorKind::Argument, message);
        let matrix = self.matrix().ok_or_else(|| wrong("regions are read of segmentations of slides"))?;
        if !matrix.level.holds(at) {
            return Err(wrong("the region is not within the total pixel matrix, or has no pixel"));
        }
        Ok(matrix)
    }

    fn tile<'m>(
        &self,
        documents: &[&'m Document],
        tile: &Tile,
        memory: &'m mut Memory,
    ) -> Result<(Cells<'m>, Option<Finding>)> {
        let (piece, frame) = self.piece(tile.frame)?;
        piece.frames.admit(&piece.layout, &[frame.into()])?;
        self.cells(documents, tile.frame, memory)
    }
}

/// One band of the result, and who paints it.
struct Tiles<'a> {
    segmentation: &'a Segmentation,
    documents: &'a [&'a Document],
    matrix: &'a Matrix,
    band: Band,
    brush: &'a Brush<'a>,
}

impl Tiles<'_> {
    fn labels<L: Label>(
        &self,
        out: &mut [L],
        memory: &mut Memory,
    ) -> Result<(Option<Conflict>, Vec<Finding>)> {
        let (segmentation, at) = (self.segmentation, self.band.at);
        let is_map = segmentation.kind == Kind::LabelMap;
        let mut tiles: Vec<(u32, u16, &Tile)> = Vec::new();
        for (segment, tile) in self.matrix.touched(self.band.plane, at) {
            let turn = if is_map { Some(0) } else { self.brush.turn(segment) };
            tiles.extend(turn.map(|turn| (turn, segment, tile)));
        }
        tiles.sort_by_key(|(turn, segment, tile)| (*turn, *segment, tile.frame));
        let mut kept = std::mem::take(&mut memory.best);
        let best = self.brush.best(&mut kept, out.len())?;
        let (mut met, mut findings) = (None, Vec::new());
        for (_, segment, tile) in &tiles {
            let (cells, found) = segmentation.tile(self.documents, tile, memory)?;
            findings.extend(found);
            each_line(&self.matrix.level, tile, at, |first, begin, count| {
                let cells = cells.part(first, count);
                let Some(line) = out.get_mut(begin..begin + count) else { return };
                if is_map {
                    return self.brush.copy(cells, line);
                }
                let best = best.get_mut(begin..begin + count).unwrap_or_default();
                if let Some((along, other)) = self.brush.paint(cells, *segment, line, best) {
                    met = met.or(Some((begin + along, other, *segment, tile.frame)));
                }
            });
        }
        memory.best = kept;
        // A frame of the other segment that has the pixel too.
        let frame_of = |pixel: usize, wanted: u16| {
            let width = (at.width as usize).max(1);
            let small = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
            let (row, column) =
                (at.row.saturating_add(small(pixel / width)), at.column.saturating_add(small(pixel % width)));
            let one = Rectangle { row, column, height: 1, width: 1 };
            let mut of = self.matrix.touched(self.band.plane, one).filter(|(segment, _)| *segment == wanted);
            of.next().map_or(0, |(_, tile)| tile.frame)
        };
        let conflict = met.map(|(pixel, one, other, frame)| Conflict {
            segments: [one, other],
            frames: [frame_of(pixel, one), frame],
            place: self.band.plane.into(),
        });
        Ok((conflict, findings))
    }
}

/// Calls `each` with every line of a tile in a band: its first pixel in the tile, the first in the band, how many.
fn each_line(level: &Level, tile: &Tile, at: Rectangle, mut each: impl FnMut(usize, usize, usize)) {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let (row, rows, column, columns) = level.overlap(tile, at);
    let (wide, width) = (u64::from(level.tile.1), u64::from(at.width));
    let top = (u64::from(tile.row) + row).saturating_sub(at.row.into());
    let left = (u64::from(tile.column) + column).saturating_sub(at.column.into());
    for line in 0..rows {
        let (inside, outside) = ((row + line) * wide + column, (top + line) * width + left);
        each(size(inside), size(outside), size(columns));
    }
}

/// The result in pieces of these sizes, one after another.
fn cut(mut out: &mut [u8], sizes: impl Iterator<Item = usize>) -> Result<Vec<Part<'_>>> {
    let mut found = Vec::new();
    for size in sizes {
        let (part, rest) = std::mem::take(&mut out)
            .split_at_mut_checked(size)
            .ok_or_else(|| Error::new(ErrorKind::Argument, "the array for the result is too small"))?;
        found.push(Mutex::new(part));
        out = rest;
    }
    Ok(found)
}
