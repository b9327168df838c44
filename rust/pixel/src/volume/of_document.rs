//! From a file's document to the header that a volume needs, and to its slice in the result.

use radiogram_core::{Error, ErrorKind, Limits, Result, Tag};
use radiogram_data::Document;

use super::Units;
use super::header::{PixelElement, SliceHeader};
use crate::attributes::{Attributes, decimal, integer};
use crate::{DataSet, Dtype, Frames, Kind, Options, Plan, Scratch, frames, native, render, tags};

const IMAGE_TYPE: Tag = Tag(0x0008_0008);
const SOP_CLASS: Tag = Tag(0x0008_0016);
const SOP_INSTANCE: Tag = Tag(0x0008_0018);
const ACQUISITION_DATE_TIME: Tag = Tag(0x0008_002A);
const ACQUISITION_TIME: Tag = Tag(0x0008_0032);
const MODALITY: Tag = Tag(0x0008_0060);
const SLICE_THICKNESS: Tag = Tag(0x0018_0050);
const ECHO_TIME: Tag = Tag(0x0018_0081);
const ECHO_NUMBER: Tag = Tag(0x0018_0086);
const SPACING_BETWEEN: Tag = Tag(0x0018_0088);
const TRIGGER_TIME: Tag = Tag(0x0018_1060);
const GANTRY_TILT: Tag = Tag(0x0018_1120);
const B_VALUE: Tag = Tag(0x0018_9087);
const STUDY: Tag = Tag(0x0020_000D);
const SERIES: Tag = Tag(0x0020_000E);
const ACQUISITION_NUMBER: Tag = Tag(0x0020_0012);
const INSTANCE_NUMBER: Tag = Tag(0x0020_0013);
const POSITION: Tag = Tag(0x0020_0032);
const ORIENTATION: Tag = Tag(0x0020_0037);
const FRAME_OF_REFERENCE: Tag = Tag(0x0020_0052);
const TEMPORAL_POSITION: Tag = Tag(0x0020_0100);
const PIXEL_SPACING: Tag = Tag(0x0028_0030);
const RESCALE_TYPE: Tag = Tag(0x0028_1054);

/// The elements that a volume asks a file for, ascending: those of [`SliceHeader`] and those that rendering reads.
pub const WANTED: [Tag; 42] = [
    IMAGE_TYPE,
    SOP_CLASS,
    SOP_INSTANCE,
    ACQUISITION_DATE_TIME,
    ACQUISITION_TIME,
    MODALITY,
    SLICE_THICKNESS,
    ECHO_TIME,
    ECHO_NUMBER,
    SPACING_BETWEEN,
    TRIGGER_TIME,
    GANTRY_TILT,
    B_VALUE,
    STUDY,
    SERIES,
    ACQUISITION_NUMBER,
    INSTANCE_NUMBER,
    POSITION,
    ORIENTATION,
    FRAME_OF_REFERENCE,
    TEMPORAL_POSITION,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC,
    tags::PLANAR,
    tags::FRAMES,
    tags::ROWS,
    tags::COLUMNS,
    PIXEL_SPACING,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::HIGH_BIT,
    tags::REPRESENTATION,
    tags::PADDING_VALUE,
    tags::PADDING_LIMIT,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    RESCALE_TYPE,
    tags::MODALITY_LUTS,
    tags::FRAME_GROUPS,
    tags::FLOAT_PIXELS,
    tags::DOUBLE_PIXELS,
    tags::PIXELS,
];

impl SliceHeader {
    /// The header of a file that was read with [`WANTED`], or with more.
    pub fn of(document: &Document, index: usize) -> Self {
        let set = DataSet::new(document, document.root());
        let whole = |tag| integer(&set, tag);
        let small = |tag| whole(tag).and_then(|value| u16::try_from(value).ok());
        let side = |tag| whole(tag).and_then(|value| u32::try_from(value).ok());
        Self {
            index,
            sop_instance_uid: set.text(SOP_INSTANCE),
            sop_class_uid: set.text(SOP_CLASS),
            series_instance_uid: set.text(SERIES),
            study_instance_uid: set.text(STUDY),
            frame_of_reference_uid: set.text(FRAME_OF_REFERENCE),
            transfer_syntax_uid: document.transfer_syntax().map(str::to_owned),
            modality: set.text(MODALITY),
            image_type: set.texts(IMAGE_TYPE),
            instance_number: whole(INSTANCE_NUMBER),
            position: exactly(&set, POSITION),
            orientation: exactly(&set, ORIENTATION),
            pixel_spacing: exactly(&set, PIXEL_SPACING),
            slice_thickness: decimal(&set, SLICE_THICKNESS),
            spacing_between_slices: decimal(&set, SPACING_BETWEEN),
            gantry_tilt: decimal(&set, GANTRY_TILT),
            pixels: pixels(&set),
            frames: whole(tags::FRAMES),
            rows: side(tags::ROWS),
            columns: side(tags::COLUMNS),
            samples: small(tags::SAMPLES_PER_PIXEL),
            photometric: set.text(tags::PHOTOMETRIC),
            bits_allocated: small(tags::BITS_ALLOCATED),
            bits_stored: small(tags::BITS_STORED),
            high_bit: small(tags::HIGH_BIT),
            signed: whole(tags::REPRESENTATION) == Some(1),
            padding: whole(tags::PADDING_VALUE),
            slope: decimal(&set, tags::RESCALE_SLOPE),
            intercept: decimal(&set, tags::RESCALE_INTERCEPT),
            rescale_type: set.text(RESCALE_TYPE),
            modality_lut: !set.items(tags::MODALITY_LUTS).is_empty(),
            temporal_position: whole(TEMPORAL_POSITION),
            echo_time: decimal(&set, ECHO_TIME),
            echo_number: whole(ECHO_NUMBER),
            b_value: decimal(&set, B_VALUE),
            trigger_time: decimal(&set, TRIGGER_TIME),
            acquisition_number: whole(ACQUISITION_NUMBER),
            acquisition_time: set.text(ACQUISITION_TIME).or_else(|| set.text(ACQUISITION_DATE_TIME)),
        }
    }
}

/// As many numbers as a place or a direction has, or nothing.
fn exactly<const N: usize>(set: &DataSet<'_>, tag: Tag) -> Option<[f64; N]> {
    set.decimals(tag)?.try_into().ok()
}

fn pixels(set: &DataSet<'_>) -> PixelElement {
    let kinds = [
        (Kind::Integer, PixelElement::Integer),
        (Kind::Float, PixelElement::Float),
        (Kind::Double, PixelElement::Double),
    ];
    let there = kinds.into_iter().find(|(kind, _)| set.vr(kind.tag()).is_some());
    there.map_or(PixelElement::Absent, |(_, element)| element)
}

/// How one file's pixels become a slice: decided from its header, done into the caller's memory.
pub struct SliceReader<'a> {
    document: &'a Document,
    plan: Plan,
    frames: Frames,
    stored: usize,
}

impl<'a> SliceReader<'a> {
    /// Decides how a file's only frame becomes a slice of this type.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` for pixel data that no codec reads, `PixelError` where header and pixel data do not agree.
    pub fn new(document: &'a Document, units: Units, dtype: Dtype) -> Result<Self> {
        let set = DataSet::new(document, document.root());
        let (layout, frames) = frames::describe(&set, document.root())?;
        let units = match units {
            Units::Stored => render::Units::Stored,
            Units::Modality => render::Units::Modality,
        };
        let options = Options { dtype: Some(dtype), ..Options::default() };
        let plan = Plan::new(&layout, &set, units, options)?;
        if layout.frame_samples() > Limits::DEFAULT.samples {
            return Err(Error::new(ErrorKind::Limit, "a slice of more samples than one call may return"));
        }
        let stored = if frames.is_compressed() { 0 } else { native::frame_range(&layout, 0)?.end };
        Ok(Self { document, plan, frames, stored })
    }

    /// Reads the stored samples, into `scratch` where need be, and renders them into the slice's place.
    pub fn read_into(&self, scratch: &mut Scratch, out: &mut [u8]) -> Result<()> {
        let row = self.frames.row();
        if self.frames.is_compressed() || self.document.present(row).is_some() {
            return self.frames.frame_into(self.document, &self.plan, 0, scratch, out).map(drop);
        }
        let stored = scratch.stored(self.stored)?;
        self.document.read_into(row, 0, stored)?;
        self.plan.frame_into(stored, 0, out)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_wanted_ascends() {
        assert!(super::WANTED.is_sorted());
    }
}
