//! MCT, MCC, MCO, CBD: transforms of components together (T.801 A.3.6 to A.3.9, Annex J).
//!
//! Arrays and stages may come in series of segments whose bodies are one stream: they are joined as they come, and read when they are used.

use std::collections::BTreeMap;

use crate::Result;

use super::{CBD, Fields, MCC, MCO, MCT, Segment, malformed, unsupported};

/// What an array is for (T.801 Table A.33).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Dependency,
    Decorrelation,
    Offset,
}

/// What the elements of an array are (T.801 Table A.33).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Element {
    #[default]
    Short,
    Long,
    Single,
    Double,
}

impl Element {
    const ALL: [Self; 4] = [Self::Short, Self::Long, Self::Single, Self::Double];

    const fn size(self) -> usize {
        match self {
            Self::Short => 2,
            Self::Long | Self::Single => 4,
            Self::Double => 8,
        }
    }
}

/// The elements of an array, as they were told.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Array {
    pub(crate) element: Element,
    bytes: Vec<u8>,
}

impl Array {
    /// How many elements it has.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() / self.element.size()
    }

    /// The elements as numbers.
    pub(crate) fn values(&self) -> Vec<f64> {
        let long = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).unwrap_or_default();
        let chunks = self.bytes.chunks_exact(self.element.size());
        match self.element {
            Element::Single => chunks.map(|bytes| f32::from_be_bytes(long(bytes)).into()).collect(),
            Element::Double => {
                chunks.map(|bytes| f64::from_be_bytes(bytes.try_into().unwrap_or_default())).collect()
            }
            Element::Short | Element::Long => {
                self.whole().unwrap_or_default().into_iter().map(f64::from).collect()
            }
        }
    }

    /// The elements as whole numbers, if they are.
    pub(crate) fn whole(&self) -> Option<Vec<i32>> {
        let chunks = self.bytes.chunks_exact(self.element.size());
        match self.element {
            Element::Short => Some(
                chunks.map(|bytes| i16::from_be_bytes(bytes.try_into().unwrap_or_default()).into()).collect(),
            ),
            Element::Long => {
                Some(chunks.map(|bytes| i32::from_be_bytes(bytes.try_into().unwrap_or_default())).collect())
            }
            Element::Single | Element::Double => None,
        }
    }
}

/// What becomes of a collection (Xmcc, Tmcc: T.801 Tables A.36, A.37, A.39).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transform {
    /// By an array of this kind; 0 for none.
    Array { kind: Kind, index: u8, is_reversible: bool },
    /// By 5/3 or 9/7 along the components, the first of which stands at `start`.
    Wavelet { is_reversible: bool, levels: u8, start: u32 },
}

/// One transform of a stage: some components in, others or the same out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Collection {
    pub(crate) inputs: Vec<u16>,
    pub(crate) outputs: Vec<u16>,
    pub(crate) transform: Transform,
    /// The array of offsets; 0 for none.
    pub(crate) offsets: u8,
}

/// A stage: how many collections there are, and their bytes.
#[derive(Clone, PartialEq, Default, Debug)]
struct Stage {
    count: u16,
    bytes: Vec<u8>,
}

/// Everything that a header says of transforms of components.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Transforms {
    arrays: BTreeMap<(Kind, u8), Array>,
    /// A stage (`Imcc`): its collections.
    stages: BTreeMap<u8, Stage>,
    /// Stages in the order in which a decoder undoes them, where stated.
    pub(crate) order: Option<Vec<u8>>,
    /// Depth and sign of each component that comes out, where stated.
    pub(crate) depths: Vec<(u8, bool)>,
}

impl Transforms {
    /// Reads one of the four segments.
    pub(crate) fn read(&mut self, segment: &Segment) -> Result<()> {
        let mut fields = segment.fields();
        match segment.marker {
            MCT => self.array(&mut fields),
            MCC => self.stage(&mut fields),
            MCO => {
                let count = usize::from(fields.u8()?);
                self.order = Some(fields.rest.iter().take(count).copied().collect());
                Ok(())
            }
            CBD => self.depths(&mut fields),
            _ => Ok(()),
        }
    }

    /// A stage's collections, if it is there.
    pub(crate) fn stage_of(&self, index: u8) -> Option<Result<Vec<Collection>>> {
        self.stages.get(&index).map(|stage| {
            let mut fields = Fields::new(&stage.bytes, 0);
            (0..stage.count).map(|_| Collection::read(&mut fields)).collect()
        })
    }

    /// An array.
    pub(crate) fn array_of(&self, kind: Kind, index: u8) -> Option<&Array> {
        self.arrays.get(&(kind, index))
    }

    /// T.801 A.3.7.
    fn array(&mut self, fields: &mut Fields) -> Result<()> {
        let number = fields.u16()?;
        let word = fields.u16()?;
        let kind = match word >> 8 & 3 {
            0 => Kind::Dependency,
            1 => Kind::Decorrelation,
            2 => Kind::Offset,
            _ => return Err(fields.fault("JPEG 2000: an array of an unknown kind")),
        };
        let [_, index] = word.to_be_bytes();
        let array = self.arrays.entry((kind, index)).or_default();
        if number == 0 {
            // Ymct: the number of the last segment of this array; only the first one has it.
            fields.u16()?;
            array.element = Element::ALL.get(usize::from(word >> 10 & 3)).copied().unwrap_or_default();
            array.bytes.clear();
        }
        array.bytes.extend_from_slice(fields.rest);
        Ok(())
    }

    /// T.801 A.3.8.
    fn stage(&mut self, fields: &mut Fields) -> Result<()> {
        let number = fields.u16()?;
        let index = fields.u8()?;
        let stage = self.stages.entry(index).or_default();
        if number == 0 {
            // Ymcc, and Qmcc, which the first segment of a series has for all of them.
            fields.u16()?;
            stage.count = fields.u16()?;
            stage.bytes.clear();
        }
        stage.bytes.extend_from_slice(fields.rest);
        Ok(())
    }

    /// T.801 A.3.6.
    fn depths(&mut self, fields: &mut Fields) -> Result<()> {
        let word = fields.u16()?;
        let (count, is_same) = (usize::from(word & 0x7FFF), word & 0x8000 != 0);
        let stated = if is_same { 1 } else { count };
        if count == 0 || count > 16_384 || fields.rest.len() < stated {
            return Err(malformed("JPEG 2000: the number of transformed components is wrong"));
        }
        let all = fields.rest.iter().take(stated).map(|byte| ((byte & 0x7F) + 1, byte & 0x80 != 0));
        self.depths = all.cycle().take(count).collect();
        if self.depths.iter().any(|depth| depth.0 > 38) {
            return Err(malformed("JPEG 2000: transformed components of more than 38 bits"));
        }
        Ok(())
    }
}

impl Collection {
    fn read(fields: &mut Fields) -> Result<Self> {
        let kind = fields.u8()? & 3;
        let (inputs, outputs) = (components(fields)?, components(fields)?);
        let [high, offsets, index] = fields.bytes()?;
        let transform = match kind {
            0 | 1 => Transform::Array {
                kind: if kind == 0 { Kind::Dependency } else { Kind::Decorrelation },
                index,
                is_reversible: high & 1 != 0,
            },
            3 => {
                let start = fields.u32()?;
                if index > 1 {
                    return Err(unsupported("JPEG 2000: components transformed by a wavelet of its own"));
                }
                Transform::Wavelet { is_reversible: index == 1, levels: high & 63, start }
            }
            _ => return Err(malformed("JPEG 2000: a reserved transform of components")),
        };
        Ok(Self { inputs, outputs, transform, offsets })
    }
}

/// A list of components: its length, whose top bit says that each has two bytes.
fn components(fields: &mut Fields) -> Result<Vec<u16>> {
    let word = fields.u16()?;
    let mut list = Vec::new();
    for _ in 0..word & 0x7FFF {
        list.push(if word & 0x8000 == 0 { u16::from(fields.u8()?) } else { fields.u16()? });
    }
    Ok(list)
}

/// Bytes of an array or a stage in one segment: less than 65,535 by what stands before them, and whole elements.
const PIECE: usize = 65_520;

/// Appends the segments of an array.
pub(crate) fn write_array(out: &mut Vec<u8>, kind: Kind, index: u8, elements: Elements<'_>) -> Result<()> {
    let (element, bytes) = match elements {
        Elements::Long(list) => (Element::Long, list.iter().flat_map(|one| one.to_be_bytes()).collect()),
        Elements::Double(list) => {
            (Element::Double, list.iter().flat_map(|one| one.to_be_bytes()).collect::<Vec<_>>())
        }
    };
    let word = (element as u16) << 10 | (kind as u16) << 8 | u16::from(index);
    pieces(out, MCT, &word.to_be_bytes(), &[], &bytes)
}

/// The elements of an array that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elements<'a> {
    Long(&'a [i32]),
    Double(&'a [f64]),
}

/// Appends stage 1, of one collection of all `count` components by array 1 with offsets 1, the order that has it alone, and the depth of all
/// components that come out.
pub(crate) fn write_stage(
    out: &mut Vec<u8>,
    count: u16,
    (kind, is_reversible): (Kind, bool),
    (precision, is_signed): (u8, bool),
) -> Result<()> {
    super::write(out, CBD, |out| {
        out.extend_from_slice(&(count | 0x8000).to_be_bytes());
        out.push((precision - 1) | u8::from(is_signed) << 7);
    })?;
    let mut collection = vec![kind as u8];
    for _ in ["inputs", "outputs"] {
        collection.extend_from_slice(&(count | 0x8000).to_be_bytes());
        (0..count).for_each(|component| collection.extend_from_slice(&component.to_be_bytes()));
    }
    collection.extend_from_slice(&[is_reversible.into(), 1, 1]);
    pieces(out, MCC, &[1], &[0, 1], &collection)?;
    super::write(out, MCO, |out| out.extend_from_slice(&[1, 1]))
}

/// Appends a series of segments: each has its number and `index`, the first the number of the last and `first` too.
fn pieces(out: &mut Vec<u8>, marker: u16, index: &[u8], first: &[u8], bytes: &[u8]) -> Result<()> {
    let count = bytes.len().div_ceil(PIECE).max(1);
    for (number, piece) in (0..count).zip(bytes.chunks(PIECE).chain(std::iter::repeat(&[][..]))) {
        let numbers =
            [number, count - 1].map(|number| u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes());
        if number > usize::from(u16::MAX) {
            return Err(unsupported("JPEG 2000: an array of more segments than can be counted"));
        }
        super::write(out, marker, |out| {
            let [number, last] = numbers;
            out.extend_from_slice(&number);
            out.extend_from_slice(index);
            if number == [0, 0] {
                out.extend_from_slice(&last);
                out.extend_from_slice(first);
            }
            out.extend_from_slice(piece);
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All segments that are there, read.
    fn read(mut bytes: &[u8]) -> Transforms {
        let mut transforms = Transforms::default();
        while !bytes.is_empty() {
            let (segment, after) = Segment::read(bytes, 0).unwrap();
            transforms.read(&segment).unwrap();
            bytes = &bytes[after..];
        }
        transforms
    }

    #[test]
    fn what_is_written_reads_back_in_series_too() {
        for count in [1_u16, 3, 300, 16_384] {
            let mut out = Vec::new();
            let (few, many): (Vec<i32>, Vec<f64>) =
                ((0..i32::from(count)).map(|n| n - 7).collect(), (0..40_000).map(f64::from).collect());
            write_array(&mut out, Kind::Offset, 1, Elements::Long(&few)).unwrap();
            write_array(&mut out, Kind::Decorrelation, 1, Elements::Double(&many)).unwrap();
            write_stage(&mut out, count, (Kind::Decorrelation, false), (12, true)).unwrap();
            let transforms = read(&out);
            assert_eq!(transforms.array_of(Kind::Offset, 1).unwrap().whole(), Some(few));
            assert_eq!(transforms.array_of(Kind::Decorrelation, 1).unwrap().values(), many);
            assert_eq!(transforms.array_of(Kind::Dependency, 1), None);
            let all: Vec<u16> = (0..count).collect();
            let transform = Transform::Array { kind: Kind::Decorrelation, index: 1, is_reversible: false };
            let expected = Collection { inputs: all.clone(), outputs: all, transform, offsets: 1 };
            assert_eq!(transforms.stage_of(1), Some(Ok(vec![expected])));
            assert_eq!(transforms.order, Some(vec![1]));
            assert_eq!(transforms.depths, vec![(12, true); usize::from(count)]);
        }
    }

    #[test]
    fn wavelets_along_components_have_levels_and_a_place() {
        let body = [0, 0, 9, 0, 0, 0, 1, 3, 0, 2, 0, 1, 0, 2, 0, 1, 4, 5, 1, 0, 0, 1, 2];
        let mut out = Vec::new();
        super::super::write(&mut out, MCC, |out| out.extend_from_slice(&body)).unwrap();
        let transform = Transform::Wavelet { is_reversible: true, levels: 4, start: 258 };
        let expected = Collection { inputs: vec![0, 1], outputs: vec![0, 1], transform, offsets: 5 };
        assert_eq!(read(&out).stage_of(9), Some(Ok(vec![expected])));
    }
}
