//! From a file's document to the headers that a volume needs.

use std::sync::Arc;

use radiogram_core::{Result, Tag};
use radiogram_data::Document;

use super::header::{Coordinate, Key, PixelElement, SliceHeader, Space};
use super::{functional, vectors, vendors};
use crate::attributes::{Attributes, decimal, integer};
use crate::concatenation::{self, Part};
use crate::slide::tiled::{ORGANIZATION, TOTAL_COLUMNS, Tiling};
use crate::{DataSet, Kind, tags};

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
const KERNEL: Tag = Tag(0x0018_1210);
const TUBE_VOLTAGE: Tag = Tag(0x0018_0060);
const CARDIAC_IMAGES: Tag = Tag(0x0018_1090);
const CONTRAST: Tag = Tag(0x0018_0010);
const INVERSION_TIME: Tag = Tag(0x0018_0082);
const FLIP_ANGLE: Tag = Tag(0x0018_1314);
const STUDY: Tag = Tag(0x0020_000D);
const SERIES: Tag = Tag(0x0020_000E);
const ACQUISITION_NUMBER: Tag = Tag(0x0020_0012);
const INSTANCE_NUMBER: Tag = Tag(0x0020_0013);
const POSITION: Tag = Tag(0x0020_0032);
const ORIENTATION: Tag = Tag(0x0020_0037);
const FRAME_OF_REFERENCE: Tag = Tag(0x0020_0052);
const TEMPORAL_POSITION: Tag = Tag(0x0020_0100);
const TEMPORAL_POSITIONS: Tag = Tag(0x0020_0105);
const IMAGES_IN_ACQUISITION: Tag = Tag(0x0020_1002);
const CARDIAC_PHASE: Tag = Tag(0x0020_9241);
const PIXEL_SPACING: Tag = Tag(0x0028_0030);
const RESCALE_TYPE: Tag = Tag(0x0028_1054);

/// Frame Reference Time.
const REFERENCE_TIME: Tag = Tag(0x0054_1300);

/// The elements that a volume asks a file for, ascending: those of [`SliceHeader`] and those that rendering reads.
pub fn wanted() -> Vec<Tag> {
    let private: Vec<Tag> = vendors::wanted().collect();
    tags::merged(&[&WANTED, &private, &concatenation::WANTED])
}

/// Those of the standard; vendors have theirs.
const WANTED: [Tag; 73] = [
    IMAGE_TYPE,
    SOP_CLASS,
    SOP_INSTANCE,
    ACQUISITION_DATE_TIME,
    ACQUISITION_TIME,
    MODALITY,
    CONTRAST,
    SLICE_THICKNESS,
    TUBE_VOLTAGE,
    ECHO_TIME,
    INVERSION_TIME,
    ECHO_NUMBER,
    SPACING_BETWEEN,
    TRIGGER_TIME,
    vectors::FRAME_TIME,
    vectors::FRAME_TIMES,
    CARDIAC_IMAGES,
    GANTRY_TILT,
    KERNEL,
    FLIP_ANGLE,
    STUDY,
    SERIES,
    ACQUISITION_NUMBER,
    INSTANCE_NUMBER,
    POSITION,
    ORIENTATION,
    FRAME_OF_REFERENCE,
    TEMPORAL_POSITION,
    TEMPORAL_POSITIONS,
    IMAGES_IN_ACQUISITION,
    functional::DIMENSIONS,
    CARDIAC_PHASE,
    ORGANIZATION,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC,
    tags::PLANAR,
    tags::FRAMES,
    tags::FRAME_INCREMENT,
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
    tags::REAL_WORLD_MAPS,
    TOTAL_COLUMNS,
    Tag(0x0054_0010),
    Tag(0x0054_0020),
    vectors::DETECTORS,
    Tag(0x0054_0030),
    Tag(0x0054_0050),
    Tag(0x0054_0060),
    Tag(0x0054_0070),
    vectors::SLICES,
    Tag(0x0054_0090),
    Tag(0x0054_0100),
    REFERENCE_TIME,
    vectors::DOSE_OFFSETS,
    tags::DOSE_SCALING,
    tags::SHARED_GROUPS,
    tags::FRAME_GROUPS,
    EXTENDED_OFFSETS,
    EXTENDED_LENGTHS,
    tags::FLOAT_PIXELS,
    tags::DOUBLE_PIXELS,
    tags::PIXELS,
];

/// Extended Offset Table and its lengths: where compressed frames are.
const EXTENDED_OFFSETS: Tag = Tag(0x7FE0_0001);
const EXTENDED_LENGTHS: Tag = Tag(0x7FE0_0002);

impl SliceHeader {
    /// The headers of the frames of a file that was read with [`wanted`], or with more; of a file that says nothing of frames, its own.
    ///
    /// # Errors
    ///
    /// `PixelError` or `GeometryError` where what is said of frames does not fit their number.
    pub fn all_of(document: &Document, index: usize) -> Result<Vec<Self>> {
        let part = Part::of(document, document.root())?.map(Arc::new);
        vectors::all_of(document, Self { part, ..Self::of(document, index) })
    }

    /// The header of a file, whatever it says of frames.
    pub fn of(document: &Document, index: usize) -> Self {
        let set = DataSet::new(document, document.root());
        let whole = |tag| integer(&set, tag);
        let small = |tag| whole(tag).and_then(|value| u16::try_from(value).ok());
        let side = |tag| whole(tag).and_then(|value| u32::try_from(value).ok());
        let orientation = exactly(&set, ORIENTATION);
        // As rendering does: a dose grid's scaling stands in the rescale's place.
        let dose = decimal(&set, tags::DOSE_SCALING);
        let vendors::Diffusion { b_value, gradient } = vendors::diffusion(&set, orientation);
        Self {
            index,
            frame: 0,
            space: Space::Patient,
            sop_instance_uid: set.text(SOP_INSTANCE),
            sop_class_uid: set.text(SOP_CLASS),
            series_instance_uid: set.text(SERIES),
            study_instance_uid: set.text(STUDY),
            frame_of_reference_uid: set.text(FRAME_OF_REFERENCE),
            part: None,
            is_tile: Tiling::of(&set).is_some(),
            transfer_syntax_uid: document.transfer_syntax().map(str::to_owned),
            modality: set.text(MODALITY),
            image_type: set.texts(IMAGE_TYPE),
            instance_number: whole(INSTANCE_NUMBER),
            position: exactly(&set, POSITION),
            orientation,
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
            slope: dose.or_else(|| decimal(&set, tags::RESCALE_SLOPE)),
            intercept: decimal(&set, tags::RESCALE_INTERCEPT).filter(|_| dose.is_none()),
            rescale_type: set.text(RESCALE_TYPE),
            modality_lut: !set.items(tags::MODALITY_LUTS).is_empty(),
            temporal_position: whole(TEMPORAL_POSITION),
            echo_time: decimal(&set, ECHO_TIME),
            echo_number: whole(ECHO_NUMBER),
            b_value,
            trigger_time: decimal(&set, TRIGGER_TIME),
            acquisition_number: whole(ACQUISITION_NUMBER),
            acquisition_time: set.text(ACQUISITION_TIME).or_else(|| set.text(ACQUISITION_DATE_TIME)),
            time_offset: decimal(&set, REFERENCE_TIME).map(|milliseconds| milliseconds / 1000.0),
            gradient,
            cardiac_delay: None,
            contrast: set.text(CONTRAST),
            dimensions: Vec::new(),
            keys: keys(&set),
            temporal_positions: whole(TEMPORAL_POSITIONS),
            images_in_acquisition: whole(IMAGES_IN_ACQUISITION),
            cardiac_images: whole(CARDIAC_IMAGES),
            slice_time: None,
            fault: None,
        }
    }
}

/// What else may vary.
fn keys(set: &DataSet<'_>) -> Vec<Key> {
    let numbers = [
        ("phase", "%", CARDIAC_PHASE),
        ("inversion_time", "ms", INVERSION_TIME),
        ("flip_angle", "deg", FLIP_ANGLE),
        ("tube_voltage", "kV", TUBE_VOLTAGE),
    ];
    let numbers = numbers
        .into_iter()
        .filter_map(|(name, unit, tag)| Some(vectors::key(name, unit, decimal(set, tag)?)));
    let text =
        |name: &'static str, text: String| Key { name: name.into(), unit: "", value: Coordinate::Text(text) };
    let kernel = set.texts(KERNEL).join("\\");
    let texts = [vendors::component(set).map(|word| text("component", word.to_owned()))];
    let kernel = (!kernel.is_empty()).then(|| text("kernel", kernel));
    numbers.chain(texts.into_iter().flatten()).chain(kernel).collect()
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

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_wanted_ascends() {
        assert!(super::WANTED.is_sorted());
        assert!(super::wanted().windows(2).all(|pair| pair[0] < pair[1]));
    }
}
