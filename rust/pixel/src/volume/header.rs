//! What a volume needs to know of one frame of one file: the attributes of its header, already parsed.

use std::borrow::Cow;
use std::sync::Arc;

use crate::concatenation::Part;

/// The element that holds the pixels (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PixelElement {
    /// None: a report, a structure set, a presentation state …
    #[default]
    Absent,
    /// Pixel Data, integers.
    Integer,
    /// Float Pixel Data, 32 bit.
    Float,
    /// Double Float Pixel Data, 64 bit.
    Double,
}

/// What positions are measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Space {
    /// The patient: left, posterior, superior (PS3.3 C.7.6.2).
    #[default]
    Patient,
    /// The frame of reference of an ultrasound volume (PS3.3 C.8.24.2).
    Volume,
    /// Nothing: the images have no place, and voxels are counted.
    Nowhere,
}

impl Space {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Volume => "volume",
            Self::Nowhere => "none",
        }
    }
}

/// A value that tells images at one position apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Coordinate {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

/// Something that varies between the images of a series and has no field of its own in [`SliceHeader`].
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// What the axis is called, should it become one.
    pub name: Cow<'static, str>,
    /// Unit of numbers, empty where there is none.
    pub unit: &'static str,
    /// Where on it the image stands.
    pub value: Coordinate,
}

/// What frames are of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Object<'a> {
    /// A file of the caller's list.
    File(usize),
    /// All parts of this concatenation.
    Whole(&'a str),
}

/// One image: a file of one frame, or a frame of a file of several. `None` stands for an attribute that is absent, empty, or not of its number of values;
/// a number is passed on as it was read, NaN and infinity included, however many characters it was written
/// with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SliceHeader {
    /// Place in the caller's list of files.
    pub index: usize,
    /// Which frame of the file, counted from 0.
    pub frame: u32,

    /// SOP Instance UID.
    pub sop_instance_uid: Option<String>,
    /// SOP Class UID.
    pub sop_class_uid: Option<String>,
    /// Series Instance UID.
    pub series_instance_uid: Option<String>,
    /// Study Instance UID.
    pub study_instance_uid: Option<String>,
    /// Frame of Reference UID.
    pub frame_of_reference_uid: Option<String>,
    /// What the file says of its place in a concatenation, where it is a part of one.
    pub part: Option<Arc<Part>>,
    /// It is a tile of a total pixel matrix.
    pub is_tile: bool,
    /// Transfer Syntax UID.
    pub transfer_syntax_uid: Option<String>,
    /// Modality.
    pub modality: Option<String>,
    /// The values of Image Type, without padding.
    pub image_type: Vec<String>,
    /// Instance Number.
    pub instance_number: Option<i64>,

    /// What its position is measured in.
    pub space: Space,
    /// Image Position (Patient), millimetres.
    pub position: Option<[f64; 3]>,
    /// Image Orientation (Patient): the row's direction, then the column's.
    pub orientation: Option<[f64; 6]>,
    /// Pixel Spacing: between rows, then between columns, millimetres.
    pub pixel_spacing: Option<[f64; 2]>,
    /// Slice Thickness, millimetres.
    pub slice_thickness: Option<f64>,
    /// Spacing Between Slices, millimetres.
    pub spacing_between_slices: Option<f64>,
    /// Gantry/Detector Tilt, degrees.
    pub gantry_tilt: Option<f64>,

    /// Where the pixels are.
    pub pixels: PixelElement,
    /// Number of Frames.
    pub frames: Option<i64>,
    /// Rows.
    pub rows: Option<u32>,
    /// Columns.
    pub columns: Option<u32>,
    /// Samples per Pixel; absent counts as 1.
    pub samples: Option<u16>,
    /// Photometric Interpretation.
    pub photometric: Option<String>,
    /// Bits Allocated.
    pub bits_allocated: Option<u16>,
    /// Bits Stored; absent counts as Bits Allocated.
    pub bits_stored: Option<u16>,
    /// High Bit; absent counts as Bits Stored - 1.
    pub high_bit: Option<u16>,
    /// Pixel Representation is 1.
    pub signed: bool,
    /// Pixel Padding Value, signed as the pixels are.
    pub padding: Option<i64>,

    /// Rescale Slope; absent counts as 1.
    pub slope: Option<f64>,
    /// Rescale Intercept; absent counts as 0.
    pub intercept: Option<f64>,
    /// Rescale Type.
    pub rescale_type: Option<String>,
    /// A Modality LUT Sequence is there, and stands in the rescale's place (PS3.3 C.11.1).
    pub modality_lut: bool,

    /// Temporal Position Identifier.
    pub temporal_position: Option<i64>,
    /// Echo Time.
    pub echo_time: Option<f64>,
    /// Echo Number(s), the first.
    pub echo_number: Option<i64>,
    /// Diffusion b-value.
    pub b_value: Option<f64>,
    /// Trigger Time.
    pub trigger_time: Option<f64>,
    /// Acquisition Number.
    pub acquisition_number: Option<i64>,
    /// Acquisition Time (or Acquisition `DateTime`) as text.
    pub acquisition_time: Option<String>,
    /// Temporal Position Time Offset, seconds.
    pub time_offset: Option<f64>,
    /// Diffusion Gradient Orientation; absent where there is none, as at b = 0.
    pub gradient: Option<[f64; 3]>,
    /// Nominal Cardiac Trigger Delay Time, milliseconds.
    pub cardiac_delay: Option<f64>,
    /// Phase of a contrast agent, or the agent itself.
    pub contrast: Option<String>,
    /// What else may vary, in the order in which it is believed.
    pub keys: Vec<Key>,
    /// Dimension Index Values, with the keywords of what they count: believed where nothing that was measured tells images apart.
    pub dimensions: Vec<(&'static str, u32)>,
    /// Number of Temporal Positions.
    pub temporal_positions: Option<i64>,
    /// Images in Acquisition.
    pub images_in_acquisition: Option<i64>,
    /// Cardiac Number of Images; 0 where trigger times are not those of a heart.
    pub cardiac_images: Option<i64>,
    /// When it was acquired, milliseconds from the begin of its volume.
    pub slice_time: Option<f64>,
    /// Why it has no place, where that is known.
    pub fault: Option<&'static str>,
}

/// Where an image stands on what has no field of its own.
pub(super) fn key<'a>(slice: &'a SliceHeader, name: &str) -> Option<&'a Coordinate> {
    slice.keys.iter().find(|key| key.name == name).map(|key| &key.value)
}

impl SliceHeader {
    /// Rows and columns, where both are there and not 0.
    pub fn size(&self) -> Option<(u32, u32)> {
        Some((self.rows.filter(|&rows| rows > 0)?, self.columns.filter(|&columns| columns > 0)?))
    }

    /// Which frame of the object it is, counted from 0: of all parts of a concatenation, not of its file.
    pub fn number(&self) -> u64 {
        self.part.as_ref().map_or(0, |part| part.first()).saturating_add(self.frame.into())
    }

    /// The object that it is a frame of: its file, or all parts of a concatenation.
    pub(super) fn object(&self) -> Object<'_> {
        self.part.as_ref().map_or(Object::File(self.index), |part| Object::Whole(part.uid()))
    }

    /// Samples per Pixel, 1 where it is absent.
    pub fn samples(&self) -> u16 {
        self.samples.unwrap_or(1)
    }

    /// Rescale Slope and Intercept, 1 and 0 where they are absent.
    pub fn rescale(&self) -> (f64, f64) {
        (self.slope.unwrap_or(1.0), self.intercept.unwrap_or(0.0))
    }

    /// True where Image Type says so (PS3.3 C.8.2.1.1.1, C.8.3.1.1.1: value 3).
    pub fn is_localizer(&self) -> bool {
        self.image_type.iter().any(|value| value.trim().eq_ignore_ascii_case("LOCALIZER"))
    }
}
