//! What the tests of this crate share: a data set made by hand and a seeded generator.

use std::borrow::Cow;
use std::collections::BTreeMap;

use radiogram_core::{Tag, Vr};

use crate::attributes::Attributes;

/// One element's value.
#[derive(Clone)]
pub(crate) enum Value {
    Integers(Vr, Vec<i64>),
    Decimals(Vec<f64>),
    Text(&'static str),
    Bytes(Vr, Vec<u8>),
    Items(Vec<Made>),
}

/// A data set made by hand.
#[derive(Clone, Default)]
pub(crate) struct Made {
    pub(crate) elements: BTreeMap<Tag, Value>,
    pub(crate) big_endian: bool,
}

impl Made {
    pub(crate) fn us(mut self, tag: Tag, values: &[i64]) -> Self {
        self.elements.insert(tag, Value::Integers(Vr::US, values.to_vec()));
        self
    }

    pub(crate) fn ds(mut self, tag: Tag, values: &[f64]) -> Self {
        self.elements.insert(tag, Value::Decimals(values.to_vec()));
        self
    }

    pub(crate) fn text(mut self, tag: Tag, text: &'static str) -> Self {
        self.elements.insert(tag, Value::Text(text));
        self
    }

    pub(crate) fn bytes(mut self, tag: Tag, vr: Vr, bytes: &[u8]) -> Self {
        self.elements.insert(tag, Value::Bytes(vr, bytes.to_vec()));
        self
    }

    pub(crate) fn items(mut self, tag: Tag, items: &[Self]) -> Self {
        self.elements.insert(tag, Value::Items(items.to_vec()));
        self
    }

    pub(crate) fn without(mut self, tag: Tag) -> Self {
        self.elements.remove(&tag);
        self
    }

    /// A grey image of two columns and two rows.
    pub(crate) fn grey(allocated: i64, stored: i64, signed: i64) -> Self {
        use crate::tags;
        Self::default()
            .us(tags::ROWS, &[2])
            .us(tags::COLUMNS, &[2])
            .us(tags::SAMPLES_PER_PIXEL, &[1])
            .us(tags::BITS_ALLOCATED, &[allocated])
            .us(tags::BITS_STORED, &[stored])
            .us(tags::HIGH_BIT, &[stored - 1])
            .us(tags::REPRESENTATION, &[signed])
            .text(tags::PHOTOMETRIC, "MONOCHROME2")
            .bytes(tags::PIXELS, Vr::OW, &[])
    }

    /// A colour image of two columns and two rows, 8 bits a sample.
    pub(crate) fn colour(photometric: &'static str, planar: i64) -> Self {
        use crate::tags;
        Self::grey(8, 8, 0)
            .us(tags::SAMPLES_PER_PIXEL, &[3])
            .us(tags::PLANAR, &[planar])
            .text(tags::PHOTOMETRIC, photometric)
    }
}

impl Attributes for Made {
    fn vr(&self, tag: Tag) -> Option<Vr> {
        Some(match self.elements.get(&tag)? {
            Value::Integers(vr, _) | Value::Bytes(vr, _) => *vr,
            Value::Decimals(_) => Vr::DS,
            Value::Text(_) => Vr::CS,
            Value::Items(_) => Vr::SQ,
        })
    }

    fn integers(&self, tag: Tag) -> Option<Vec<i64>> {
        match self.elements.get(&tag)? {
            Value::Integers(_, values) if !values.is_empty() => Some(values.clone()),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "test values are small")]
    fn decimals(&self, tag: Tag) -> Option<Vec<f64>> {
        match self.elements.get(&tag)? {
            Value::Decimals(values) if !values.is_empty() => Some(values.clone()),
            Value::Integers(_, values) if !values.is_empty() => {
                Some(values.iter().map(|value| *value as f64).collect())
            }
            _ => None,
        }
    }

    fn text(&self, tag: Tag) -> Option<String> {
        match self.elements.get(&tag)? {
            Value::Text(text) => Some((*text).to_owned()),
            _ => None,
        }
    }

    fn bytes(&self, tag: Tag) -> Option<Cow<'_, [u8]>> {
        match self.elements.get(&tag)? {
            Value::Bytes(_, bytes) => Some(Cow::Borrowed(bytes)),
            _ => None,
        }
    }

    fn items(&self, tag: Tag) -> Vec<Box<dyn Attributes + '_>> {
        match self.elements.get(&tag) {
            Some(Value::Items(items)) => items.iter().map(|item| Box::new(item.clone()) as _).collect(),
            _ => Vec::new(),
        }
    }

    fn big_endian(&self) -> bool {
        self.big_endian
    }
}

/// A seeded generator (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}
