//! What a slide needs to know of one file, and the places of its tiles.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::LazyLock;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};
use radiogram_data::{Document, NodeId};

use super::channels::{ChannelKind, Channels, DIMENSIONS, Naming, OPTICAL_PATHS};
use super::tiled::{self, ORGANIZATION, TOTAL_COLUMNS, Tiling};
use super::{Level, Tile};
use crate::attributes::{Attributes, decimal, integer};
use crate::concatenation::{self, Part};
use crate::functional::{FunctionalGroups, Place};
use crate::{DataSet, tags};

const IMAGE_TYPE: Tag = Tag(0x0008_0008);
const SOP_CLASS: Tag = Tag(0x0008_0016);
const SERIES: Tag = Tag(0x0020_000E);
const X_OFFSET: Tag = Tag(0x0040_072A);
const Y_OFFSET: Tag = Tag(0x0040_073A);
const TOTAL_ROWS: Tag = Tag(0x0048_0007);
const TOTAL_ORIGIN: Tag = Tag(0x0048_0008);
const ORIENTATION: Tag = Tag(0x0048_0102);
const PLANE_POSITION: Tag = Tag(0x0048_021A);
const FOCAL_PLANES: Tag = Tag(0x0048_0303);

/// The elements that a slide asks a file for, ascending: those of [`SlideHeader`], those that rendering reads, and those that parts of a
/// concatenation are compared by.
pub fn wanted() -> &'static [Tag] {
    static WANTED: LazyLock<Vec<Tag>> = LazyLock::new(|| {
        tags::merged(&[&OWN, &tags::DESCRIPTION, concatenation::compared(), &concatenation::WANTED])
    });
    &WANTED
}

/// Those that are read here, and where the frames are.
const OWN: [Tag; 19] = [
    IMAGE_TYPE,
    SOP_CLASS,
    Tag(0x0008_0018),
    SERIES,
    DIMENSIONS,
    ORGANIZATION,
    tags::FRAMES,
    TOTAL_COLUMNS,
    TOTAL_ROWS,
    TOTAL_ORIGIN,
    ORIENTATION,
    OPTICAL_PATHS,
    FOCAL_PLANES,
    tags::FRAME_GROUPS,
    Tag(0x7FE0_0001),
    Tag(0x7FE0_0002),
    tags::FLOAT_PIXELS,
    tags::DOUBLE_PIXELS,
    tags::PIXELS,
];

/// One file of a slide.
#[derive(Clone, PartialEq, Debug)]
pub struct SlideHeader {
    pub(super) index: usize,
    pub(super) series: Option<String>,
    pub(super) class: Option<String>,
    pub(super) part: Option<Part>,
    pub(super) flavor: String,
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) tile: (u32, u32),
    pub(super) spacing: Option<[f64; 2]>,
    pub(super) paths: Vec<String>,
    pub(super) planes: Vec<f64>,
    pub(super) origin: Option<[f64; 2]>,
    pub(super) orientation: Option<[f64; 6]>,
    pub(super) is_sparse: bool,
    /// Functional groups say where its tiles are.
    pub(super) is_grouped: bool,
    /// Frames of the parts of a concatenation in front of this one.
    pub(super) offset: u64,
    pub(super) tiles: Vec<Tile>,
}

fn wrong<T>(tag: Tag, message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tag)))
}

impl SlideHeader {
    /// The header of a file that was read with [`wanted`], or with more; `None` for what is no part of a slide.
    ///
    /// # Errors
    ///
    /// `PixelError` where it does not say how its tiles lie.
    pub fn of(document: &Document, index: usize) -> Result<Option<Self>> {
        let set = DataSet::new(document, document.root());
        let kind = tiled::channels_of(set.text(SOP_CLASS).as_deref(), Tiling::of(&set).is_some());
        let Some(kind) = kind else { return Ok(None) };
        Self::tiled(document, document.root(), index, Channels::of_paths(&set, kind)).map(Some)
    }

    /// The tiles of a data set, each of one of the channels.
    ///
    /// # Errors
    ///
    /// `PixelError` where it does not say how its tiles lie.
    pub(crate) fn tiled(document: &Document, node: NodeId, index: usize, channels: Channels) -> Result<Self> {
        let set = DataSet::new(document, node);
        let side =
            |tag| integer(&set, tag).and_then(|value| u32::try_from(value).ok()).filter(|side| *side > 0);
        let (Some(down), Some(across)) = (side(tags::ROWS), side(tags::COLUMNS)) else {
            return wrong(tags::ROWS, "the tiles of a slide have no Rows or Columns");
        };
        let frames = side(tags::FRAMES).unwrap_or(1);
        crate::frames::plausible(&set, frames.into())?;
        let (rows, columns) = match (side(TOTAL_ROWS), side(TOTAL_COLUMNS)) {
            (Some(rows), Some(columns)) => (rows, columns),
            _ if frames == 1 => (down, across),
            _ => return wrong(TOTAL_ROWS, "a slide of several tiles has no total pixel matrix"),
        };
        let groups = FunctionalGroups::of(document, node);
        let shared = groups.shared_place();
        let origin = set
            .items(TOTAL_ORIGIN)
            .first()
            .and_then(|item| Some([decimal(item.as_ref(), X_OFFSET)?, decimal(item.as_ref(), Y_OFFSET)?]));
        let part = Part::of(document, node)?;
        let mut header = Self {
            index,
            series: set.text(SERIES),
            class: set.text(SOP_CLASS),
            offset: part.as_ref().map_or(0, Part::first),
            part,
            flavor: set.texts(IMAGE_TYPE).into_iter().nth(2).unwrap_or_else(|| "VOLUME".to_owned()),
            rows,
            columns,
            tile: (down, across),
            spacing: shared.spacing,
            paths: channels.names,
            planes: Vec::new(),
            origin,
            orientation: set.decimals(ORIENTATION).and_then(|values| values.try_into().ok()),
            is_sparse: false,
            is_grouped: false,
            tiles: Vec::new(),
        };
        let is_full = Tiling::of(&set) == Some(Tiling::Full);
        let naming = Naming::of(document, node, &groups, channels.kind, &header.paths);
        // The channels of a map that is tiled in full have no order of their own: its groups say which is which, where it has several.
        let is_by_groups = channels.kind == ChannelKind::Maps && header.paths.len() < 2;
        if groups.frames().is_empty() || (is_full && !is_by_groups) {
            if is_by_groups {
                header.paths = vec![naming.shared_name()];
            }
            let planes = u16::try_from(side(FOCAL_PLANES).unwrap_or(1)).unwrap_or(u16::MAX);
            let step = shared.between.unwrap_or(0.0);
            // PS3.3 C.8.12.4.1: distances of planes are millimetres, heights micrometres.
            header.planes = (0..planes).map(|plane| f64::from(plane) * step * 1000.0).collect();
            header.tile_in_full(frames)?;
        } else {
            if channels.kind == ChannelKind::Maps {
                // Those that no frame is of are no channels.
                header.paths.clear();
            }
            (header.is_sparse, header.is_grouped) = (!is_full, true);
            header.tile_by_groups(&groups, &shared, frames, &naming)?;
        }
        Ok(header)
    }

    /// Series Instance UID.
    pub fn series(&self) -> Option<&str> {
        self.series.as_deref()
    }

    /// PS3.3 C.7.6.17.3: along the rows of the matrix, then down, then up through the focal planes, then through the optical paths, or
    /// through the segments.
    fn tile_in_full(&mut self, frames: u32) -> Result<()> {
        // Each is below 2^32, so that two of them fit 64 bits.
        let across = u64::from(self.columns.div_ceil(self.tile.1));
        let down = u64::from(self.rows.div_ceil(self.tile.0));
        let planes = self.planes.len() as u64;
        if self.paths.is_empty() {
            self.paths.push(String::new());
        }
        let all = u128::from(across * down) * u128::from(planes) * self.paths.len() as u128;
        if u128::from(self.offset) + u128::from(frames) > all {
            let message = format!("{frames} tiles of a total pixel matrix that has {all}");
            return wrong(tags::FRAMES, message);
        }
        self.tiles = radiogram_core::try_vec(frames as usize)?;
        for frame in 0..frames {
            let at = self.offset + u64::from(frame);
            let (column, rest) = (at % across, at / across);
            let (row, rest) = (rest % down, rest / down);
            let small = |value: u64| u16::try_from(value).unwrap_or(u16::MAX);
            // Within the matrix, whose sides are 32 bits.
            let place = |number: u64, side: u32| u32::try_from(number * u64::from(side)).unwrap_or(u32::MAX);
            self.tiles.push(Tile {
                file: u32::try_from(self.index).unwrap_or(u32::MAX),
                frame,
                row: place(row, self.tile.0),
                column: place(column, self.tile.1),
                plane: small(rest % planes),
                path: small(rest / planes),
            });
        }
        Ok(())
    }

    fn tile_by_groups(
        &mut self,
        groups: &FunctionalGroups<'_>,
        shared: &Place,
        frames: u32,
        naming: &Naming<'_>,
    ) -> Result<()> {
        groups.fit(frames as usize)?;
        self.tiles = radiogram_core::try_vec(groups.frames().len())?;
        // There may be a segment for each of thousands of cells.
        let mut paths: HashMap<String, u16> = self.paths.iter().cloned().zip(0..).collect();
        let mut planes: HashMap<u64, u16> = HashMap::new();
        for (frame, node) in (0..frames).zip(groups.frames()) {
            let place = groups.place(*node, shared);
            let counted =
                |value: Option<i64>| value.and_then(|value| u32::try_from(value.checked_sub(1)?).ok());
            let [Some(row), Some(column)] = place.tile.map(counted) else {
                return wrong(PLANE_POSITION, "a tile has no place in the total pixel matrix");
            };
            if row >= self.rows || column >= self.columns {
                let number = u64::from(frame) + 1;
                let message = format!("frame {number} lies outside of the total pixel matrix");
                return wrong(PLANE_POSITION, message);
            }
            let path = naming.name(*node, &place)?;
            // Both zeros are one height.
            let height = place.height.unwrap_or(0.0) + 0.0;
            self.tiles.push(Tile {
                file: u32::try_from(self.index).unwrap_or(u32::MAX),
                frame,
                row,
                column,
                plane: numbered(&mut planes, height.to_bits(), || self.planes.push(height))?,
                path: numbered(&mut paths, path.clone(), || self.paths.push(path))?,
            });
        }
        Ok(())
    }

    pub(super) fn into_level(self) -> Result<Level> {
        let is_beside = self.class.as_deref() == Some(tiled::WHOLE_SLIDE) && self.flavor != "VOLUME";
        let Self { index, class, flavor, rows, columns, tile, spacing, paths, planes, .. } = self;
        if self.tiles.is_empty() {
            return wrong(tags::FRAMES, "a slide without tiles");
        }
        Ok(Level {
            class,
            is_beside,
            flavor,
            rows,
            columns,
            tile,
            spacing,
            paths,
            planes,
            origin: self.origin,
            orientation: self.orientation,
            is_sparse: self.is_sparse,
            is_grouped: self.is_grouped,
            tiles: self.tiles,
            files: vec![index],
            notes: Vec::new(),
        })
    }

    /// Adds the tiles of another part of a concatenation, or of other optical paths of the same level.
    pub(super) fn join(self, level: &mut Level) -> Result<()> {
        let said = (self.origin, self.orientation, self.spacing);
        if said != (level.origin, level.orientation, level.spacing) {
            let message = "files of one level are at several places of the slide";
            return Err(Error::new(ErrorKind::Pixel, message));
        }
        let path_of = places(&mut level.paths, &self.paths, String::clone)?;
        let plane_of = places(&mut level.planes, &self.planes, |height| height.to_bits())?;
        level.tiles.extend(self.tiles.into_iter().map(|tile| Tile {
            path: path_of.get(usize::from(tile.path)).copied().unwrap_or(u16::MAX),
            plane: plane_of.get(usize::from(tile.plane)).copied().unwrap_or(u16::MAX),
            ..tile
        }));
        level.is_sparse |= self.is_sparse;
        level.is_grouped |= self.is_grouped;
        level.files.push(self.index);
        Ok(())
    }
}

/// The number of a value among those that are known; a new one is added by `add`.
fn numbered<T: Eq + Hash>(known: &mut HashMap<T, u16>, value: T, add: impl FnOnce()) -> Result<u16> {
    let next = u16::try_from(known.len());
    match known.entry(value) {
        Entry::Occupied(entry) => Ok(*entry.get()),
        Entry::Vacant(entry) => {
            let next = next.map_err(|_| too_many())?;
            add();
            Ok(*entry.insert(next))
        }
    }
}

fn too_many() -> Error {
    Error::new(ErrorKind::Limit, "a slide of more than 65,535 paths or planes")
}

/// The numbers of values in a list, which they are added to where they are new: those of the first that are equal.
fn places<T: Clone, K: Eq + Hash>(
    list: &mut Vec<T>,
    values: &[T],
    key: impl Fn(&T) -> K,
) -> Result<Vec<u16>> {
    if list.iter().map(&key).eq(values.iter().map(&key)) {
        // Planes of which nothing says how far apart they are are of one height.
        return Ok((0..=u16::MAX).take(values.len()).collect());
    }
    // Each file of a map may have thousands of its own.
    let mut known: HashMap<K, usize> = HashMap::new();
    for (at, value) in list.iter().enumerate() {
        known.entry(key(value)).or_insert(at);
    }
    let mut found = radiogram_core::try_vec(values.len())?;
    for value in values {
        let at = *known.entry(key(value)).or_insert_with(|| {
            list.push(value.clone());
            list.len() - 1
        });
        found.push(u16::try_from(at).map_err(|_| too_many())?);
    }
    Ok(found)
}
