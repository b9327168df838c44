//! Siemens' mosaics: all slices of a volume as tiles of one picture.
//!
//! Tiles stand in a square, row by row, the last ones of which may be empty. The position of the header is that of the corner of a slice as
//! large as the whole picture, with the middle of the true one: half of what the picture is larger lies between. Which way slices are
//! counted is said by the direction of their normal in the CSA header, and by nothing else.

use radiogram_core::Tag;
use radiogram_data::csa::Csa;

use super::geometry::{Plane, Vector, along, dot, scaled, usable_spacing};
use super::header::SliceHeader;
use super::vendors::{SIEMENS, SIEMENS_CSA};
use crate::DataSet;
use crate::attributes::{Attributes, integer};

const IMAGE_TYPE: Tag = Tag(0x0008_0008);
/// Siemens numbers no more slices than this.
const MOST: u32 = 1024;
/// The normal of the CSA header and that of the orientation are one within this.
const PARALLEL: f64 = 0.999;

/// The tiles of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mosaic {
    count: u32,
    side: u32,
    rows: u32,
    columns: u32,
    /// True where slices are counted along the product of row and column direction.
    is_along: bool,
    /// When each slice was acquired, milliseconds from the begin of the volume; empty where nothing says so.
    times: Vec<f64>,
}

/// True for what is called a mosaic, or says that it shows several slices.
pub(super) fn is_mosaic(set: &DataSet<'_>) -> bool {
    let is_called = set.texts(IMAGE_TYPE).iter().any(|value| value.trim().eq_ignore_ascii_case("MOSAIC"));
    is_called || count(set).is_some_and(|count| count > 1)
}

/// How many slices the private header says that there are.
fn count(set: &DataSet<'_>) -> Option<i64> {
    SIEMENS.element(set, 0x0A).and_then(|tag| integer(set, tag))
}

/// A header for each slice of an image that is a mosaic; else its own.
pub(super) fn slices(set: &DataSet<'_>, header: SliceHeader) -> Vec<SliceHeader> {
    let made = match Mosaic::of(set, &header) {
        None => return vec![header],
        Some(mosaic) => mosaic.and_then(|mosaic| mosaic.slices(&header)),
    };
    made.unwrap_or_else(|fault| vec![SliceHeader { fault: Some(fault), ..header }])
}

/// Why a mosaic cannot be taken apart.
pub(super) type Fault = &'static str;

impl Mosaic {
    /// The mosaic that an image is; `None` where it is none.
    pub(super) fn of(set: &DataSet<'_>, header: &SliceHeader) -> Option<Result<Self, Fault>> {
        is_mosaic(set).then(|| Self::read(set, header, count(set)))
    }

    fn read(set: &DataSet<'_>, header: &SliceHeader, count: Option<i64>) -> Result<Self, Fault> {
        let bytes = SIEMENS_CSA.element(set, 0x10).and_then(|tag| set.bytes(tag));
        let csa = bytes.as_deref().and_then(Csa::new).ok_or(
            "a mosaic without its CSA header: how many slices it has, or which way they are counted, is not said",
        )?;
        let written = csa.values("NumberOfImagesInMosaic").first().and_then(|text| text.parse().ok());
        if written.zip(count).is_some_and(|(written, count): (i64, i64)| written != count) {
            return Err("a mosaic of which two private headers say different numbers of slices");
        }
        let count = written.or(count).and_then(|count| u32::try_from(count).ok());
        let count =
            count.filter(|count| (1..=MOST).contains(count)).ok_or("a mosaic of no number of slices")?;
        let side =
            (1..=32).find(|side: &u32| side * side >= count).ok_or("a mosaic of no number of slices")?;
        let (rows, columns) = header.size().ok_or("a mosaic without rows and columns")?;
        if rows % side != 0 || columns % side != 0 {
            return Err("a mosaic whose rows and columns are no multiple of its tiles");
        }
        let normal: Vector = csa
            .numbers("SliceNormalVector")
            .try_into()
            .map_err(|_| "a mosaic whose CSA header does not say which way its slices are counted")?;
        let plane = header.orientation.and_then(Plane::new).ok_or("a mosaic without an orientation")?;
        let along = dot(normal, plane.normal);
        if along.is_nan() || along.abs() < PARALLEL {
            return Err("a mosaic whose slices do not follow the normal of its orientation");
        }
        let times = csa.numbers("MosaicRefAcqTimes");
        let times = if times.is_empty() { SIEMENS.numbers(set, 0x29, 8).unwrap_or_default() } else { times };
        let times = if times.len() == count as usize { times } else { Vec::new() };
        Ok(Self { count, side, rows: rows / side, columns: columns / side, is_along: along > 0.0, times })
    }

    /// Where a tile begins in the picture: row and column.
    pub(super) fn corner(&self, number: u32) -> Option<(u32, u32)> {
        let corner = (number / self.side * self.rows, number % self.side * self.columns);
        (number < self.count).then_some(corner)
    }

    /// Rows and columns of a tile.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.rows, self.columns)
    }

    /// A header for each slice.
    pub(super) fn slices(&self, header: &SliceHeader) -> Result<Vec<SliceHeader>, Fault> {
        let plane = header.orientation.and_then(Plane::new).ok_or("a mosaic without an orientation")?;
        let (position, [down, across]) = header
            .position
            .zip(header.pixel_spacing)
            .ok_or("a mosaic without a position or pixel spacing")?;
        let usable = |value: Option<f64>| value.map(f64::abs).filter(|&value| usable_spacing(value));
        let distance = usable(header.spacing_between_slices)
            .or_else(|| usable(header.slice_thickness))
            .ok_or("a mosaic of which neither Spacing Between Slices nor Slice Thickness says how far slices are apart")?;
        let half = |tiles: u32, pixels: u32| f64::from((tiles - 1) * pixels) / 2.0;
        let corner = along(position, half(self.side, self.columns) * across, plane.row);
        let corner = along(corner, half(self.side, self.rows) * down, plane.column);
        let step = scaled(plane.normal, if self.is_along { distance } else { -distance });
        let slice = |number: u32| SliceHeader {
            frame: number,
            rows: Some(self.rows),
            columns: Some(self.columns),
            position: Some(along(corner, f64::from(number), step)),
            slice_time: self.times.get(number as usize).copied(),
            ..header.clone()
        };
        Ok((0..self.count).map(slice).collect())
    }
}
