//! b-value and direction of the gradient where scanners write them: in the standard's elements, or in private ones of Siemens, GE,
//! Philips and United Imaging. Directions are the patient's, as those of the standard are (PS3.3 C.8.13.5.9).

use radiogram_core::Tag;
use radiogram_data::csa::Csa;

use super::geometry::{Vector, along, cross, dot, length, scaled};
use crate::DataSet;
use crate::attributes::{Attributes, code, decimal, integer};

const MANUFACTURER: Tag = Tag(0x0008_0070);
const PHASE_ENCODING: Tag = Tag(0x0018_1312);
const PATIENT_POSITION: Tag = Tag(0x0018_5100);
const DIRECTIONALITY: Tag = Tag(0x0018_9075);
const B_VALUE: Tag = Tag(0x0018_9087);
const DIRECTION: Tag = Tag(0x0018_9089);

/// A private creator and its group.
#[derive(Clone, Copy)]
pub(super) struct Creator(u16, &'static str);

pub(super) const SIEMENS: Creator = Creator(0x0019, "SIEMENS MR HEADER");
pub(super) const SIEMENS_CSA: Creator = Creator(0x0029, "SIEMENS CSA HEADER");
const GE_ACQUISITION: Creator = Creator(0x0019, "GEMS_ACQU_01");
const GE_PARAMETERS: Creator = Creator(0x0043, "GEMS_PARM_01");
const PHILIPS: Creator = Creator(0x2001, "Philips Imaging DD 001");
const PHILIPS_MR: Creator = Creator(0x2005, "Philips MR Imaging DD 001");
const UNITED_IMAGING: Creator = Creator(0x0065, "Image Private Header");

/// Blocks of a group that are looked into: scanners reserve the first one or two.
const BLOCKS: std::ops::RangeInclusive<u32> = 0x10..=0x13;

/// Every private element that is read here or of a mosaic.
const ELEMENTS: [(u16, &[u8]); 6] = [
    // Of Siemens: images in a mosaic, b-value, direction, times of slices; of GE: the direction.
    (0x0019, &[0x0A, 0x0C, 0x0D, 0x0E, 0x29, 0xBB, 0xBC, 0xBD]),
    (0x0029, &[0x10]),
    (0x0043, &[0x2F, 0x39]),
    (0x0065, &[0x09, 0x37]),
    (0x2001, &[0x03, 0x04]),
    (0x2005, &[0xB0, 0xB1, 0xB2]),
];

/// The tags to ask a file for.
pub(super) fn wanted() -> impl Iterator<Item = Tag> {
    let private = ELEMENTS.iter().flat_map(|&(group, elements)| {
        BLOCKS.flat_map(move |block| {
            let own = elements.iter().map(move |&element| block << 8 | u32::from(element));
            std::iter::once(block).chain(own).map(move |element| Tag(u32::from(group) << 16 | element))
        })
    });
    private.chain([MANUFACTURER, PHASE_ENCODING, PATIENT_POSITION, DIRECTIONALITY, B_VALUE, DIRECTION])
}

impl Creator {
    /// The element with this number in the creator's block (PS3.5 7.8.1).
    pub(super) fn element(self, set: &DataSet<'_>, number: u8) -> Option<Tag> {
        let Self(group, name) = self;
        let group = u32::from(group) << 16;
        let block = BLOCKS.into_iter().find(|block| {
            let creator = Tag(group | block);
            let said = set.text(creator);
            // Without a dictionary of its own an implicit VR leaves the creator's text as bytes.
            said.as_deref().map(str::trim).map_or_else(
                || set.bytes(creator).is_some_and(|bytes| bytes.trim_ascii() == name.as_bytes()),
                |said| said == name,
            )
        })?;
        Some(Tag(group | block << 8 | u32::from(number)))
    }

    /// The numbers of an element, where its VR is unknown as well: text, or floats of so many bytes.
    pub(super) fn numbers(self, set: &DataSet<'_>, number: u8, size: usize) -> Option<Vec<f64>> {
        let tag = self.element(set, number)?;
        let known = set.decimals(tag);
        if known.is_some() {
            return known;
        }
        let bytes = set.bytes(tag)?;
        match size {
            4 => Some(bytes.chunks_exact(4).filter_map(|four| float32(four, set.big_endian())).collect()),
            8 => Some(bytes.chunks_exact(8).filter_map(|eight| float64(eight, set.big_endian())).collect()),
            _ => {
                let text = std::str::from_utf8(&bytes).ok()?;
                let trimmed = text.trim_matches([' ', '\0']);
                trimmed.split('\\').map(|part| part.trim().parse().ok()).collect()
            }
        }
    }
}

fn float32(bytes: &[u8], is_big: bool) -> Option<f64> {
    let four = *bytes.first_chunk()?;
    Some(f64::from(if is_big { f32::from_be_bytes(four) } else { f32::from_le_bytes(four) }))
}

fn float64(bytes: &[u8], is_big: bool) -> Option<f64> {
    let eight = *bytes.first_chunk()?;
    Some(if is_big { f64::from_be_bytes(eight) } else { f64::from_le_bytes(eight) })
}

/// How a private element holds its numbers, should nothing say so.
const TEXT: usize = 0;

/// Which part of a complex number GE's images show, by a private number; their Image Type does not say it.
pub(super) fn component(set: &DataSet<'_>) -> Option<&'static str> {
    let number = GE_PARAMETERS.element(set, 0x2F).and_then(|tag| integer(set, tag))?;
    match number {
        0 => Some("magnitude"),
        1 => Some("phase"),
        2 => Some("real"),
        3 => Some("imaginary"),
        _ => None,
    }
}

/// What an image says of its diffusion weighting.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Diffusion {
    pub(super) b_value: Option<f64>,
    /// Of unit length; none at b = 0 and for averages over directions.
    pub(super) gradient: Option<Vector>,
}

/// Reads it of an image's header: the standard's elements first.
pub(super) fn diffusion(set: &DataSet<'_>, orientation: Option<[f64; 6]>) -> Diffusion {
    let standard = Diffusion { b_value: decimal(set, B_VALUE), gradient: three(set.decimals(DIRECTION)) };
    let manufacturer = code(set, MANUFACTURER).unwrap_or_default();
    let own = if manufacturer.starts_with("SIEMENS") {
        siemens(set)
    } else if manufacturer.starts_with("GE ") || manufacturer == "GE" {
        general_electric(set, orientation)
    } else if manufacturer.starts_with("PHILIPS") {
        philips(set)
    } else if manufacturer.starts_with("UIH") || manufacturer.starts_with("UNITED IMAGING") {
        united_imaging(set)
    } else {
        Diffusion::default()
    };
    let b_value = standard.b_value.or(own.b_value).filter(|value| (0.0..1e6).contains(value));
    let is_average = code(set, DIRECTIONALITY).is_some_and(|word| word == "ISOTROPIC" || word == "NONE");
    let gradient = standard.gradient.or(own.gradient).and_then(unit);
    let has_direction = b_value.is_some_and(|value| value > 0.0) && !is_average;
    Diffusion { b_value, gradient: gradient.filter(|_| has_direction) }
}

fn three(values: Option<Vec<f64>>) -> Option<Vector> {
    values?.try_into().ok()
}

/// The direction alone; none where the numbers are none, or nearly nothing.
fn unit(vector: Vector) -> Option<Vector> {
    let size = length(vector);
    (size.is_finite() && size > 0.1).then(|| scaled(vector, size.recip()))
}

/// In the patient's coordinates, as the standard's.
fn siemens(set: &DataSet<'_>) -> Diffusion {
    let first = |values: Option<Vec<f64>>| values.and_then(|values| values.first().copied());
    let b_value = first(SIEMENS.numbers(set, 0x0C, TEXT));
    let gradient = three(SIEMENS.numbers(set, 0x0E, 8));
    if b_value.is_some() {
        return Diffusion { b_value, gradient };
    }
    let is_of_diffusion =
        set.texts(Tag(0x0008_0008)).iter().any(|value| value.eq_ignore_ascii_case("DIFFUSION"));
    let header = SIEMENS_CSA.element(set, 0x10).filter(|_| is_of_diffusion).and_then(|tag| set.bytes(tag));
    let Some(csa) = header.as_deref().and_then(Csa::new) else { return Diffusion::default() };
    Diffusion {
        b_value: csa.numbers("B_value").first().copied(),
        gradient: csa.numbers("DiffusionGradientDirection").try_into().ok(),
    }
}

/// b-values above this carry flags of the sequence in their higher digits.
const FLAGS: f64 = 100_000.0;

/// GE's directions are those of frequency, phase and slice encoding, with signs that depend on the plane; they are known for patients who
/// lie on their backs, head first.
fn general_electric(set: &DataSet<'_>, orientation: Option<[f64; 6]>) -> Diffusion {
    let b_value = GE_PARAMETERS
        .numbers(set, 0x39, TEXT)
        .and_then(|values| values.first().copied())
        .map(|value| if value >= FLAGS { value % FLAGS } else { value });
    let part = |number| GE_ACQUISITION.numbers(set, number, TEXT).and_then(|values| values.first().copied());
    let direction = part(0xBB).zip(part(0xBC)).zip(part(0xBD));
    let is_known = code(set, PATIENT_POSITION).is_some_and(|position| position == "HFS");
    let gradient = direction.zip(orientation).filter(|_| is_known).and_then(|(((a, b), c), orientation)| {
        let (row, column) = (*orientation.first_chunk::<3>()?, *orientation.last_chunk::<3>()?);
        let normal = cross(row, column);
        let is_by_column = code(set, PHASE_ENCODING).is_some_and(|phase| phase.starts_with("COL"));
        let [a, b] = if is_by_column { [a, b] } else { [b, -a] };
        // Sagittal, coronal, axial.
        let plane = (0..3).max_by(|&a, &b| {
            let size = |axis: usize| normal.get(axis).map_or(0.0, |part: &f64| part.abs());
            size(a).total_cmp(&size(b))
        })?;
        let (across, down, up) = match plane {
            0 => (a, b, c),
            1 => (-a, b, -c),
            _ => (-a, -b, c),
        };
        // Slices are counted to the left, to the back and to the head.
        let ahead = if normal.get(plane).is_some_and(|part| *part < 0.0) { -up } else { up };
        Some(along(along(scaled(row, across), down, column), ahead, normal))
    });
    Diffusion { b_value, gradient }
}

/// Right to left, front to back, feet to head.
fn philips(set: &DataSet<'_>) -> Diffusion {
    let b_value = PHILIPS.numbers(set, 0x03, 4).and_then(|values| values.first().copied());
    // I: an average over directions.
    let is_average =
        PHILIPS.element(set, 0x04).and_then(|tag| code(set, tag)).is_some_and(|word| word == "I");
    let part = |number| PHILIPS_MR.numbers(set, number, 4).and_then(|values| values.first().copied());
    let gradient = part(0xB0).zip(part(0xB1)).zip(part(0xB2)).map(|((x, y), z)| [x, y, z]);
    Diffusion { b_value, gradient: gradient.filter(|vector| !is_average && dot(*vector, *vector) > 0.0) }
}

fn united_imaging(set: &DataSet<'_>) -> Diffusion {
    Diffusion {
        b_value: UNITED_IMAGING.numbers(set, 0x09, 8).and_then(|values| values.first().copied()),
        gradient: three(UNITED_IMAGING.numbers(set, 0x37, 8)),
    }
}
