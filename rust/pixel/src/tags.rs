//! The elements that the pixel pipeline reads (PS3.3 C.7.6.3, C.7.6.16, C.9, C.11).

use radiogram_core::Tag;

macro_rules! tags {
    ($($name:ident = $value:literal $text:literal,)+) => {
        $(#[doc = $text] pub const $name: Tag = Tag($value);)+

        /// The name of an element for messages.
        pub(crate) fn name(tag: Tag) -> &'static str {
            match tag.0 { $($value => $text,)+ _ => "an element" }
        }
    };
}

tags! {
    SAMPLES_PER_PIXEL = 0x0028_0002 "Samples per Pixel",
    PHOTOMETRIC = 0x0028_0004 "Photometric Interpretation",
    PLANAR = 0x0028_0006 "Planar Configuration",
    FRAMES = 0x0028_0008 "Number of Frames",
    ROWS = 0x0028_0010 "Rows",
    COLUMNS = 0x0028_0011 "Columns",
    BITS_ALLOCATED = 0x0028_0100 "Bits Allocated",
    BITS_STORED = 0x0028_0101 "Bits Stored",
    HIGH_BIT = 0x0028_0102 "High Bit",
    REPRESENTATION = 0x0028_0103 "Pixel Representation",
    PADDING_VALUE = 0x0028_0120 "Pixel Padding Value",
    PADDING_LIMIT = 0x0028_0121 "Pixel Padding Range Limit",
    FLOAT_PADDING_VALUE = 0x0028_0122 "Float Pixel Padding Value",
    DOUBLE_PADDING_VALUE = 0x0028_0123 "Double Float Pixel Padding Value",
    FLOAT_PADDING_LIMIT = 0x0028_0124 "Float Pixel Padding Range Limit",
    DOUBLE_PADDING_LIMIT = 0x0028_0125 "Double Float Pixel Padding Range Limit",
    WINDOW_CENTER = 0x0028_1050 "Window Center",
    WINDOW_WIDTH = 0x0028_1051 "Window Width",
    RESCALE_INTERCEPT = 0x0028_1052 "Rescale Intercept",
    RESCALE_SLOPE = 0x0028_1053 "Rescale Slope",
    VOI_FUNCTION = 0x0028_1056 "VOI LUT Function",
    RED_DESCRIPTOR = 0x0028_1101 "Red Palette Color Lookup Table Descriptor",
    RED_DATA = 0x0028_1201 "Red Palette Color Lookup Table Data",
    GREEN_DATA = 0x0028_1202 "Green Palette Color Lookup Table Data",
    BLUE_DATA = 0x0028_1203 "Blue Palette Color Lookup Table Data",
    ALPHA_DATA = 0x0028_1204 "Alpha Palette Color Lookup Table Data",
    RED_SEGMENTS = 0x0028_1221 "Segmented Red Palette Color Lookup Table Data",
    GREEN_SEGMENTS = 0x0028_1222 "Segmented Green Palette Color Lookup Table Data",
    BLUE_SEGMENTS = 0x0028_1223 "Segmented Blue Palette Color Lookup Table Data",
    ALPHA_SEGMENTS = 0x0028_1224 "Segmented Alpha Palette Color Lookup Table Data",
    MODALITY_LUTS = 0x0028_3000 "Modality LUT Sequence",
    LUT_DESCRIPTOR = 0x0028_3002 "LUT Descriptor",
    LUT_DATA = 0x0028_3006 "LUT Data",
    VOI_LUTS = 0x0028_3010 "VOI LUT Sequence",
    FRAME_VOI = 0x0028_9132 "Frame VOI LUT Sequence",
    VALUE_TRANSFORMATION = 0x0028_9145 "Pixel Value Transformation Sequence",
    PIXEL_PRESENTATION = 0x0008_9205 "Pixel Presentation",
    REAL_WORLD_MAPS = 0x0040_9096 "Real World Value Mapping Sequence",
    REAL_WORLD_LAST = 0x0040_9211 "Real World Value Last Value Mapped",
    REAL_WORLD_LUT = 0x0040_9212 "Real World Value LUT Data",
    REAL_WORLD_DOUBLE_LAST = 0x0040_9213 "Double Float Real World Value Last Value Mapped",
    REAL_WORLD_DOUBLE_FIRST = 0x0040_9214 "Double Float Real World Value First Value Mapped",
    REAL_WORLD_FIRST = 0x0040_9216 "Real World Value First Value Mapped",
    REAL_WORLD_INTERCEPT = 0x0040_9224 "Real World Value Intercept",
    REAL_WORLD_SLOPE = 0x0040_9225 "Real World Value Slope",
    FRAME_INCREMENT = 0x0028_0009 "Frame Increment Pointer",
    DOSE_UNITS = 0x3004_0002 "Dose Units",
    DOSE_SCALING = 0x3004_000E "Dose Grid Scaling",
    PRESENTATION_LUTS = 0x2050_0010 "Presentation LUT Sequence",
    PRESENTATION_SHAPE = 0x2050_0020 "Presentation LUT Shape",
    SHARED_GROUPS = 0x5200_9229 "Shared Functional Groups Sequence",
    FRAME_GROUPS = 0x5200_9230 "Per-frame Functional Groups Sequence",
    FLOAT_PIXELS = 0x7FE0_0008 "Float Pixel Data",
    DOUBLE_PIXELS = 0x7FE0_0009 "Double Float Pixel Data",
    PIXELS = 0x7FE0_0010 "Pixel Data",
}

/// The elements of an image that say what its samples are and what they mean, ascending; windows, overlays and the frames themselves are not
/// among them.
pub const DESCRIPTION: [Tag; 27] = [
    SAMPLES_PER_PIXEL,
    PHOTOMETRIC,
    PLANAR,
    ROWS,
    COLUMNS,
    BITS_ALLOCATED,
    BITS_STORED,
    HIGH_BIT,
    REPRESENTATION,
    PADDING_VALUE,
    PADDING_LIMIT,
    RESCALE_INTERCEPT,
    RESCALE_SLOPE,
    RED_DESCRIPTOR,
    Tag(0x0028_1102),
    Tag(0x0028_1103),
    RED_DATA,
    GREEN_DATA,
    BLUE_DATA,
    RED_SEGMENTS,
    GREEN_SEGMENTS,
    BLUE_SEGMENTS,
    MODALITY_LUTS,
    REAL_WORLD_MAPS,
    PRESENTATION_LUTS,
    PRESENTATION_SHAPE,
    SHARED_GROUPS,
];

/// Several lists of elements as one that ascends, each of them once.
pub(crate) fn merged(lists: &[&[Tag]]) -> Vec<Tag> {
    let mut merged = lists.concat();
    merged.sort_unstable();
    merged.dedup();
    merged
}

/// True for an element that can make a difference to pixels, on its own or by what is in its items: the description and the
/// data, look-up tables, presentation, functional groups, real world values, icons, overlays.
pub const fn concerns_pixels(tag: Tag) -> bool {
    let (group, element) = (tag.0 >> 16, tag.0 & 0xFFFF);
    match group {
        0x0028 | 0x2050 | 0x5200 | 0x7FE0 | 0x6000..=0x60FF => true,
        0x0040 => element >= 0x9000,
        0x0008 => element == 0x9205,
        0x0088 => element == 0x0200,
        _ => false,
    }
}
