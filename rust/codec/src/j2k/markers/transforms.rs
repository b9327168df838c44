//! MCT, MCC, MCO, CBD: component transforms by arrays (T.801 A.3.6 to A.3.9, Annex J).

use std::collections::BTreeMap;

use crate::Result;

use super::{CBD, Fields, MCC, MCO, MCT, Segment, malformed, unsupported};

/// What an array is for (T.801 Table A.23).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Dependency,
    Decorrelation,
    Offset,
}

/// Elements of an array, and whether they are whole numbers.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Array {
    pub(crate) values: Vec<f64>,
    pub(crate) is_integer: bool,
}

/// One transform of a stage: some components in, as many out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Collection {
    pub(crate) kind: Kind,
    pub(crate) inputs: Vec<u16>,
    pub(crate) outputs: Vec<u16>,
    /// The array of this transform and that of its offsets; 0 for none.
    pub(crate) matrix: u8,
    pub(crate) offsets: u8,
    pub(crate) is_reversible: bool,
}

/// Everything that a header says of transforms by arrays.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Transforms {
    arrays: BTreeMap<(Kind, u8), Array>,
    /// A stage (`Imcc`): its collections.
    stages: BTreeMap<u8, Vec<Collection>>,
    /// Stages in the order in which a decoder undoes them.
    pub(crate) order: Vec<u8>,
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
                self.order = fields.rest.iter().take(count).copied().collect();
                Ok(())
            }
            CBD => self.depths(&mut fields),
            _ => Ok(()),
        }
    }

    /// A stage's collections.
    pub(crate) fn stage_of(&self, index: u8) -> Option<&[Collection]> {
        self.stages.get(&index).map(Vec::as_slice)
    }

    /// An array.
    pub(crate) fn array_of(&self, kind: Kind, index: u8) -> Option<&Array> {
        self.arrays.get(&(kind, index))
    }

    fn array(&mut self, fields: &mut Fields) -> Result<()> {
        let number = fields.u16()?;
        let word = fields.u16()?;
        // Ymct: the number of the last segment of this array; only the first one has it.
        if number == 0 {
            fields.u16()?;
        }
        let kind = match word >> 8 & 3 {
            0 => Kind::Dependency,
            1 => Kind::Decorrelation,
            2 => Kind::Offset,
            _ => return Err(fields.fault("JPEG 2000: an array of an unknown kind")),
        };
        let [_, index] = word.to_be_bytes();
        let array = self.arrays.entry((kind, index)).or_default();
        if number == 0 {
            array.values.clear();
        }
        array.is_integer = word >> 10 & 2 == 0;
        let width = match word >> 10 & 3 {
            0 => 2,
            1 | 2 => 4,
            _ => 8,
        };
        for element in fields.rest.chunks_exact(width) {
            array.values.push(if let Ok(bytes) = <[u8; 2]>::try_from(element) {
                f64::from(i16::from_be_bytes(bytes))
            } else if let Ok(bytes) = <[u8; 4]>::try_from(element) {
                if array.is_integer {
                    f64::from(i32::from_be_bytes(bytes))
                } else {
                    f64::from(f32::from_be_bytes(bytes))
                }
            } else {
                f64::from_be_bytes(element.try_into().unwrap_or_default())
            });
        }
        Ok(())
    }

    fn stage(&mut self, fields: &mut Fields) -> Result<()> {
        let number = fields.u16()?;
        let index = fields.u8()?;
        if number == 0 {
            fields.u16()?;
        }
        let count = fields.u16()?;
        let mut collections = Vec::new();
        for _ in 0..count {
            let kind = match fields.u8()? & 3 {
                0 => Kind::Dependency,
                1 => Kind::Decorrelation,
                _ => return Err(unsupported("JPEG 2000: a component transform by wavelets")),
            };
            let inputs = components(fields)?;
            let outputs = components(fields)?;
            let [flags, offsets, matrix] = fields.bytes()?;
            collections.push(Collection {
                kind,
                inputs,
                outputs,
                matrix,
                offsets,
                is_reversible: flags & 1 != 0,
            });
        }
        let stage = self.stages.entry(index).or_default();
        if number == 0 {
            stage.clear();
        }
        stage.append(&mut collections);
        Ok(())
    }

    fn depths(&mut self, fields: &mut Fields) -> Result<()> {
        let word = fields.u16()?;
        let (count, is_same) = (usize::from(word & 0x7FFF), word & 0x8000 != 0);
        if count == 0 || count > 16_384 {
            return Err(malformed("JPEG 2000: the number of transformed components is wrong"));
        }
        let all = fields.rest.iter().map(|byte| ((byte & 0x7F) + 1, byte & 0x80 != 0));
        self.depths =
            if is_same { all.take(1).cycle().take(count).collect() } else { all.take(count).collect() };
        Ok(())
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
