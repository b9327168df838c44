//! What is said of a series: the arrangement, its report, or the refusal with its choices.

use std::fmt;

use radiogram_core::{Error, ErrorKind};

use crate::sample::Dtype;

use super::header::Space;

/// Why a file is not in the volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It has no pixel data.
    NoPixelData,
    /// Another series was asked for.
    OtherSeries,
    /// It is the same instance as another file, in every attribute that was read.
    Copy,
    /// Image Type says LOCALIZER, and there are images that are none.
    Localizer,
    /// The only image in its series in a plane of its own, turned by more than 30 degrees from all others.
    OtherPlane,
    /// An object of another SOP class than the slices, without a position: a screenshot, a dose picture.
    OtherKind,
}

impl Reason {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPixelData => "no pixel data",
            Self::OtherSeries => "another series",
            Self::Copy => "a copy of another file",
            Self::Localizer => "a localizer",
            Self::OtherPlane => "in a plane unlike all others",
            Self::OtherKind => "another kind of object, without a position",
        }
    }
}

/// Where the distance between slices comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpacingSource {
    /// From the positions of the slices.
    Positions,
    /// From Spacing Between Slices: there is one slice alone.
    SpacingBetweenSlices,
    /// From Slice Thickness: there is one slice alone.
    SliceThickness,
    /// From nowhere: the images have no place.
    Nothing,
}

impl SpacingSource {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::SpacingBetweenSlices => "Spacing Between Slices",
            Self::SliceThickness => "Slice Thickness",
            Self::Nothing => "nothing",
        }
    }
}

/// How stored values become values of the modality.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rescale {
    /// One slope and intercept for all slices.
    Uniform {
        /// Rescale Slope.
        slope: f64,
        /// Rescale Intercept.
        intercept: f64,
    },
    /// Every slice has its own.
    PerSlice,
    /// At least one slice has a Modality LUT.
    Lut,
}

/// What a place on the grid gets where no slice stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fill {
    /// This value: the Pixel Padding Value that all slices share, in the units of the result.
    Value(f64),
    /// The smallest value of the slices that are there.
    Smallest,
}

/// One place on the grid.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Slot {
    /// A slice.
    Slice {
        /// Its file's place in the caller's list.
        index: usize,
        /// Which frame of the file.
        frame: u32,
        /// Its Rescale Slope.
        slope: f64,
        /// Its Rescale Intercept.
        intercept: f64,
        /// Its Modality LUT stands in the rescale's place.
        modality_lut: bool,
    },
    /// Nothing: to be filled.
    Missing,
}

/// The verdict as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Series Instance UID, empty where the files have none.
    pub series_uid: String,
    /// Frame of Reference UID, empty where a slice has none.
    pub frame_of_reference_uid: String,
    /// Modality, empty where the files have none.
    pub modality: String,
    /// What positions are measured in.
    pub space: Space,
    /// Slices that are there.
    pub present: usize,
    /// Places without a slice, by their place in [`Arrangement::slots`].
    pub missing: Vec<usize>,
    /// Distance of neighbouring voxels along each axis (slice, row, column), millimetres.
    pub spacing: [f64; 3],
    /// Where the first of them comes from.
    pub spacing_source: SpacingSource,
    /// Distance of neighbouring planes along their normal, which a tilt makes smaller than `spacing[0]`.
    pub plane_distance: f64,
    /// Angle between the step from slice to slice and the normal of the slices; 0 where there is none.
    pub tilt_degrees: f64,
    /// How far a slice may stand off its place on the grid, millimetres.
    pub tolerance: f64,
    /// How far one does at most.
    pub deviation: f64,
    /// Files that are not in the volume, by their place in the caller's list, which ascends.
    pub set_aside: Vec<(usize, Reason)>,
    /// The type of the result.
    pub dtype: Dtype,
    /// Why.
    pub dtype_reason: String,
    /// How stored values become values of the modality.
    pub rescale: Rescale,
    /// Pixel Padding Value, stored, where all slices share one.
    pub padding: Option<i64>,
    /// Parts of a concatenation are missing, which no place of the grid may show.
    pub incomplete: bool,
    /// What places without a slice get.
    pub fill: Fill,
    /// The transfer syntaxes of the slices, sorted.
    pub transfer_syntaxes: Vec<String>,
    /// What else a careful reader wants to know, a sentence each.
    pub notes: Vec<String>,
}

/// The values along an axis, one a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Directions; NaN where there is none.
    Vectors(Vec<[f64; 3]>),
    /// Words.
    Texts(Vec<String>),
}

/// A row of values along an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    /// What they are.
    pub name: String,
    /// Unit of numbers, empty where there is none.
    pub unit: &'static str,
    /// The values.
    pub values: Values,
}

/// An axis beside slice, row and column.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What varies along it.
    pub name: String,
    /// Its places.
    pub length: usize,
    /// Its own coordinates first, then what varies with them.
    pub coordinates: Vec<Coordinates>,
}

/// The slices of one volume in their places.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement {
    /// What varies beside the place in the patient, outermost first; empty for a volume of three axes.
    pub axes: Vec<Axis>,
    /// Slices of each of the volumes along `axes`.
    pub depth: usize,
    /// The places: `depth` of them for each place along `axes`, whose last runs fastest.
    pub slots: Vec<Slot>,
    /// When each place along the slices was acquired, milliseconds from the begin of a volume; empty where that is not known of all.
    pub slice_times: Vec<f64>,
    /// Rows of each slice.
    pub rows: u32,
    /// Columns of each slice.
    pub columns: u32,
    /// Samples of each pixel.
    pub samples: u16,
    /// Takes (slice, row, column, 1) to the patient's millimetres: left, posterior, superior.
    pub affine: [[f64; 4]; 4],
    /// The verdict.
    pub report: Report,
}

/// One of several volumes that the files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Series Instance UID as it stands in the files, empty where they have none.
    pub series_uid: String,
    /// Modality, empty where the files have none or it is no code.
    pub modality: String,
    /// Rows and columns of its first image.
    pub size: Option<(u32, u32)>,
    /// Its files, by their place in the caller's list.
    pub slices: Vec<usize>,
    /// Its frames, ascending, where they are of one file that has several.
    pub frames: Vec<u32>,
}

impl fmt::Display for Choice {
    /// `1.2.840.1: 200 x CT, 512 x 512`. Only what looks like a UID or a code is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uid = if is_uid(&self.series_uid) { &self.series_uid } else { "(no valid UID)" };
        let modality = if self.modality.is_empty() { "image" } else { &self.modality };
        write!(f, "{uid}: {} x {modality}", self.slices.len())?;
        if let Some((rows, columns)) = self.size {
            write!(f, ", {rows} x {columns}")?;
        }
        for (number, run) in self.frames.chunk_by(|a, b| a.checked_add(1) == Some(*b)).enumerate() {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let before = if number == 0 { ", frames " } else { " " };
            if number == RUNS {
                return write!(f, " …");
            }
            if first == last { write!(f, "{before}{first}")? } else { write!(f, "{before}{first}-{last}")? }
        }
        Ok(())
    }
}

/// Runs of frames that are named.
const RUNS: usize = 8;

/// True for at most 64 digits and dots (PS3.5 9.1).
fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A modality that is a code and no free text, else nothing (PS3.5 6.2: CS).
pub(super) fn code(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().trim();
    let is_code = text.len() <= 16
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code { text.to_owned() } else { String::new() }
}

/// Why there is no volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which exception it is.
    pub kind: ErrorKind,
    /// In words, without a value of the headers.
    pub message: String,
    /// What the caller can choose from, largest first.
    pub choices: Vec<Choice>,
    /// The files it is about, by their place in the caller's list; empty where it is about all.
    pub slices: Vec<usize>,
    /// Files that had been set aside before.
    pub set_aside: Vec<(usize, Reason)>,
}

impl Refusal {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, choices: Vec::new(), slices: Vec::new(), set_aside: Vec::new() }
    }

    pub(super) fn about(mut self, slices: Vec<usize>) -> Self {
        self.slices = slices;
        self
    }

    pub(super) fn choose(mut self, mut choices: Vec<Choice>) -> Self {
        choices.sort_by(|a, b| {
            let size = b.slices.len().cmp(&a.slices.len());
            size.then_with(|| a.series_uid.cmp(&b.series_uid)).then_with(|| a.slices.cmp(&b.slices))
        });
        self.choices = choices;
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Error {
    /// Drops all but the kind and the words.
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.kind, refusal.message)
    }
}
