//! Whole slides: the tiles of a total pixel matrix, at every level of a pyramid, found from headers alone (PS3.3 C.8.12.4, C.7.6.17.3).

mod channels;
mod header;
#[cfg(test)]
mod tests;
pub(crate) mod tiled;

use std::cmp::Reverse;
use std::collections::HashMap;

use radiogram_core::{Error, ErrorKind, Result};

use crate::concatenation::{Whole, gathered};
pub(crate) use channels::{ChannelKind, Channels};
pub use header::{SlideHeader, wanted};

/// A frame, and where it lies in the total pixel matrix, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tile {
    /// Its file's place in the caller's list.
    pub file: u32,
    /// Which frame of the file.
    pub frame: u32,
    /// Its first row.
    pub row: u32,
    /// Its first column.
    pub column: u32,
    /// Which of the level's optical paths.
    pub path: u16,
    /// Which of the level's focal planes.
    pub plane: u16,
}

/// A total pixel matrix: a level of the pyramid, or a label, an overview, a thumbnail.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// SOP Class UID.
    pub class: Option<String>,
    /// It is a picture beside the pyramid: a label, an overview, a thumbnail.
    pub is_beside: bool,
    /// Value 3 of Image Type: VOLUME, LABEL, OVERVIEW, THUMBNAIL.
    pub flavor: String,
    /// Rows of the matrix.
    pub rows: u32,
    /// Columns of the matrix.
    pub columns: u32,
    /// Rows and columns of a tile.
    pub tile: (u32, u32),
    /// Distance of rows and of columns, millimetres.
    pub spacing: Option<[f64; 2]>,
    /// Identifiers of the optical paths.
    pub paths: Vec<String>,
    /// Heights of the focal planes over the slide, micrometres.
    pub planes: Vec<f64>,
    /// The place of the first pixel in the coordinates of the slide, millimetres.
    pub origin: Option<[f64; 2]>,
    /// Directions of rows and columns on the slide.
    pub orientation: Option<[f64; 6]>,
    /// Frames that are not of the matrix in full are allowed to be missing.
    pub is_sparse: bool,
    is_grouped: bool,
    /// The tiles, by path, plane, row and column.
    pub tiles: Vec<Tile>,
    /// The files, by their place in the caller's list.
    pub files: Vec<usize>,
    /// What is not known of it, a sentence each.
    pub notes: Vec<String>,
}

/// A rectangle of a matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rectangle {
    /// The first row.
    pub row: u32,
    /// The first column.
    pub column: u32,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl Level {
    /// True for a parametric map.
    pub fn is_map(&self) -> bool {
        self.class.as_deref() == Some(tiled::PARAMETRIC_MAP)
    }

    /// The tiles that a rectangle touches.
    pub fn touched(&self, path: u16, plane: u16, at: Rectangle) -> impl Iterator<Item = &Tile> {
        // The tiles are sorted: those of the path and plane are a run, and rows ascend in it.
        let key = |tile: &Tile| (tile.path, tile.plane, tile.row);
        let lowest = at.row.saturating_sub(self.tile.0.saturating_sub(1));
        let below = at.row.saturating_add(at.height);
        let first = self.tiles.partition_point(|tile| key(tile) < (path, plane, lowest));
        let rest = self.tiles.get(first..).unwrap_or_default();
        let end = rest.partition_point(|tile| key(tile) < (path, plane, below));
        rest.get(..end).unwrap_or_default().iter().filter(move |tile| {
            tile.column < at.column.saturating_add(at.width)
                && tile.column.saturating_add(self.tile.1) > at.column
                && tile.row.saturating_add(self.tile.0) > at.row
        })
    }

    /// The part of a tile in a rectangle and in the matrix: its first row in the tile, rows, its first column, columns.
    pub fn overlap(&self, tile: &Tile, at: Rectangle) -> (u64, u64, u64, u64) {
        let along = |start: u32, length: u32, from: u32, count: u32, all: u32| {
            let (start, from) = (u64::from(start), u64::from(from));
            let end = (start + u64::from(length)).min(from + u64::from(count)).min(all.into());
            let first = start.max(from);
            (first - start, end.saturating_sub(first))
        };
        let (row, rows) = along(tile.row, self.tile.0, at.row, at.height, self.rows);
        let (column, columns) = along(tile.column, self.tile.1, at.column, at.width, self.columns);
        (row, rows, column, columns)
    }

    /// Planes ascend, whichever file had which first.
    fn settle_planes(&mut self) {
        let mut order: Vec<(f64, usize)> = self.planes.iter().copied().zip(0..).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut new = vec![0_u16; order.len()];
        for (place, (_, old)) in (0_u16..).zip(&order) {
            if let Some(new) = new.get_mut(*old) {
                *new = place;
            }
        }
        for tile in &mut self.tiles {
            tile.plane = new.get(usize::from(tile.plane)).copied().unwrap_or(0);
        }
        self.planes = order.into_iter().map(|(height, _)| height).collect();
    }

    /// True where the rectangle has pixels and lies in the matrix.
    pub fn holds(&self, at: Rectangle) -> bool {
        let within = |start: u32, count: u32, all: u32| {
            count > 0 && start.checked_add(count).is_some_and(|end| end <= all)
        };
        within(at.row, at.height, self.rows) && within(at.column, at.width, self.columns)
    }
}

/// Files as levels: those of the pyramid first, the largest in front, then the pictures beside it.
///
/// # Errors
///
/// `ArgumentError` for files of several slides, `PixelError` where a matrix is not covered as its header says.
pub fn levels(headers: Vec<SlideHeader>) -> Result<Vec<Level>> {
    let mut levels: Vec<Level> = Vec::new();
    let mut headers = headers;
    let doubts = join_parts(&headers)?;
    headers.sort_by_key(|header| (header.offset, header.index));
    if headers.iter().any(|header| header.series != headers.first().and_then(|first| first.series.clone())) {
        let message = "the files are of several series; choose one by series_uid";
        return Err(Error::new(ErrorKind::AmbiguousSeries, message));
    }
    for header in headers {
        let same = levels.iter_mut().find(|level| {
            (&level.class, &level.flavor, level.rows, level.columns, level.tile)
                == (&header.class, &header.flavor, header.rows, header.columns, header.tile)
        });
        match same {
            Some(level) => header.join(level)?,
            None => levels.push(header.into_level()?),
        }
    }
    for level in &mut levels {
        if level.is_grouped {
            level.settle_planes();
        }
        level.tiles.sort_by_key(|tile| (tile.path, tile.plane, tile.row, tile.column));
        let key = |tile: &Tile| (tile.path, tile.plane, tile.row, tile.column);
        if level.tiles.windows(2).any(|pair| matches!(pair, [a, b] if key(a) == key(b))) {
            let message = "several frames of one level are at one place of the total pixel matrix";
            return Err(Error::new(ErrorKind::Pixel, message));
        }
        if !level.is_sparse {
            refuse_holes(level)?;
        }
        // Where the header says how many tiles there are, they were counted: no part is missing.
        let files = if level.is_grouped { level.files.as_slice() } else { &[] };
        for doubt in files.iter().filter_map(|index| doubts.get(index)) {
            if !level.notes.contains(doubt) {
                level.notes.push(doubt.clone());
            }
        }
    }
    levels.sort_by_key(|level| (level.is_beside, Reverse(u64::from(level.rows) * u64::from(level.columns))));
    Ok(levels)
}

/// Parts of a concatenation are all there, and of one object: where a part is missing, nothing else of a sparse level shows it. Gives what is
/// not known of that, by the places of the files.
fn join_parts(headers: &[SlideHeader]) -> Result<HashMap<usize, String>> {
    let parts = headers.iter().filter_map(|header| Some((header.index, header.part.as_ref()?)));
    let mut doubts = HashMap::new();
    for parts in gathered(parts).into_values() {
        let (indices, parts): (Vec<usize>, Vec<_>) = parts.into_iter().unzip();
        // By their places among all files.
        let place = |error: Error| match error.part().and_then(|part| indices.get(part)) {
            Some(index) => error.clone().of_other_part(*index),
            None => error,
        };
        if let Some(doubt) = Whole::of(&parts).map_err(place)?.complete()? {
            doubts.extend(indices.into_iter().map(|index| (index, doubt.clone())));
        }
    }
    Ok(doubts)
}

/// No pixel of an image has two values. Tiles on the level's grid are at places of their own; others are compared with those around them.
///
/// # Errors
///
/// Two tiles of one optical path and focal plane overlap.
pub fn refuse_overlaps(level: &Level) -> Result<()> {
    let (rows, columns) = (level.tile.0.max(1), level.tile.1.max(1));
    if level.tiles.iter().all(|tile| tile.row % rows == 0 && tile.column % columns == 0) {
        return Ok(());
    }
    let mut fields: HashMap<(u16, u16, u32, u32), (u32, u32)> = HashMap::new();
    for tile in &level.tiles {
        let (down, across) = (tile.row / rows, tile.column / columns);
        // A field is as large as a tile, so that it has the corner of one of them.
        let mut around = (0..9).filter_map(|near: u32| {
            let field = ((down + near / 3).checked_sub(1)?, (across + near % 3).checked_sub(1)?);
            fields.get(&(tile.path, tile.plane, field.0, field.1))
        });
        if around.any(|(row, column)| row.abs_diff(tile.row) < rows && column.abs_diff(tile.column) < columns)
        {
            let message = "frames of one level overlap on the total pixel matrix";
            return Err(Error::new(ErrorKind::Pixel, message));
        }
        fields.insert((tile.path, tile.plane, down, across), (tile.row, tile.column));
    }
    Ok(())
}

/// A matrix that is tiled in full has a frame at every place (PS3.3 C.7.6.17.3).
fn refuse_holes(level: &Level) -> Result<()> {
    let down = u64::from(level.rows.div_ceil(level.tile.0));
    let across = u64::from(level.columns.div_ceil(level.tile.1));
    let expected = u128::from(down * across) * (level.paths.len() * level.planes.len()) as u128;
    if level.tiles.len() as u128 == expected {
        return Ok(());
    }
    let message = format!("{} tiles of a total pixel matrix that has {expected}", level.tiles.len());
    Err(Error::new(ErrorKind::Pixel, message))
}
