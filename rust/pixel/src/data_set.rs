//! A data set of a document, as the pipeline reads it.

use std::borrow::Cow;

use radiogram_core::{Charset, Error, ErrorKind, Result, Tag, Vr};
use radiogram_data::value::{self, Scalar, Value};
use radiogram_data::{Document, Flags, NodeId};

use crate::{Attributes, Kind};

/// A node of a document.
#[derive(Clone)]
pub struct DataSet<'a> {
    document: &'a Document,
    /// Rows of the elements, in ascending order of their tags: a picture asks for dozens.
    rows: Cow<'a, [u32]>,
}

impl<'a> DataSet<'a> {
    /// A data set of a document.
    pub fn new(document: &'a Document, node: NodeId) -> Self {
        Self { document, rows: Cow::Owned(document.children(node)) }
    }

    /// The same, where the rows of its elements are known.
    pub fn of_rows(document: &'a Document, rows: &'a [u32]) -> Self {
        Self { document, rows: Cow::Borrowed(rows) }
    }

    /// The document it lies in.
    pub fn document(&self) -> &'a Document {
        self.document
    }

    /// The row of an element.
    pub fn row(&self, tag: Tag) -> Option<u32> {
        let tag_of = |row: &u32| self.document.entry(*row).map_or(Tag(0), |entry| entry.tag);
        let at = self.rows.binary_search_by_key(&tag, tag_of).ok()?;
        self.rows.get(at).copied()
    }

    /// The element that holds pixel data, compressed or not.
    ///
    /// # Errors
    ///
    /// `NoPixelDataError` where there is none.
    pub fn pixel_row(&self) -> Result<u32> {
        let row =
            [Kind::Integer, Kind::Float, Kind::Double].into_iter().find_map(|kind| self.row(kind.tag()));
        row.ok_or_else(|| Error::new(ErrorKind::NoPixelData, "the dataset has no pixel data"))
    }

    /// All values of a text element, without padding.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        self.row(tag).map(|row| texts(self.document, row)).unwrap_or_default()
    }
}

/// The scalars of a row; problems of values are reported where values are touched one by one, not here.
fn scalars(document: &Document, row: u32) -> Option<Vec<Scalar<'_>>> {
    let entry = document.entry(row)?;
    // What pictures are read from are short values; large ones are asked for as bytes.
    let bytes = document.bytes(row).ok()?;
    let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
    match value::decode(entry.vr, bytes, big_endian, &Charset::DEFAULT, &mut |_, _| {}) {
        Value::One(scalar) => Some(vec![scalar]),
        Value::Many(scalars) => Some(scalars),
        Value::Empty | Value::Bytes(_) => None,
    }
}

/// All values of a row of text, without padding.
pub(crate) fn texts(document: &Document, row: u32) -> Vec<String> {
    let text = |scalar| match scalar {
        Scalar::Text(text) => Some(text.into_owned()),
        _ => None,
    };
    scalars(document, row).unwrap_or_default().into_iter().filter_map(text).collect()
}

/// The first value of a row of text.
pub(crate) fn text(document: &Document, row: u32) -> Option<String> {
    match scalars(document, row)?.into_iter().next()? {
        Scalar::Text(text) | Scalar::Uid(text) | Scalar::Name(text) => Some(text.into_owned()),
        _ => None,
    }
}

/// The values of a row of whole numbers, or of tags as numbers.
pub(crate) fn integers(document: &Document, row: u32) -> Option<Vec<i64>> {
    let whole = |scalar| match scalar {
        Scalar::Int(number) | Scalar::Integer { number, .. } => Some(number),
        Scalar::Uint(number) => i64::try_from(number).ok(),
        Scalar::Tag(tag) => Some(i64::from(tag.0)),
        _ => None,
    };
    scalars(document, row)?.into_iter().map(whole).collect()
}

/// The values of a row of numbers.
#[expect(clippy::cast_precision_loss, reason = "numbers of headers are far below 2**53")]
pub(crate) fn decimals(document: &Document, row: u32) -> Option<Vec<f64>> {
    let number = |scalar| match scalar {
        Scalar::Int(number) | Scalar::Integer { number, .. } => Some(number as f64),
        Scalar::Uint(number) => Some(number as f64),
        Scalar::Float(number) | Scalar::Decimal { number, .. } => Some(number),
        _ => None,
    };
    scalars(document, row)?.into_iter().map(number).collect()
}

impl Attributes for DataSet<'_> {
    fn vr(&self, tag: Tag) -> Option<Vr> {
        self.document.entry(self.row(tag)?).map(|entry| entry.vr)
    }

    fn integers(&self, tag: Tag) -> Option<Vec<i64>> {
        integers(self.document, self.row(tag)?)
    }

    fn decimals(&self, tag: Tag) -> Option<Vec<f64>> {
        decimals(self.document, self.row(tag)?)
    }

    fn text(&self, tag: Tag) -> Option<String> {
        text(self.document, self.row(tag)?)
    }

    fn bytes(&self, tag: Tag) -> Option<Cow<'_, [u8]>> {
        self.document.bytes(self.row(tag)?).ok().map(Cow::Borrowed)
    }

    fn items(&self, tag: Tag) -> Vec<Box<dyn Attributes + '_>> {
        let Some(row) = self.row(tag).filter(|row| self.document.entry(*row).is_some_and(|e| e.vr == Vr::SQ))
        else {
            return Vec::new();
        };
        let document = self.document;
        document
            .items(row)
            .map(|node| Box::new(DataSet::new(document, node)) as Box<dyn Attributes>)
            .collect()
    }

    fn big_endian(&self) -> bool {
        self.document.is_big_endian()
    }
}
