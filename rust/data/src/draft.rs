//! A data set as it is to be: what was read, and the changes over it. It knows nothing of Python; the writer makes bytes of it.
//!
//! What was not changed is not in a draft: it stays where it was read, and is copied from there.

use std::collections::BTreeMap;
use std::sync::Arc;

use radiogram_core::{Charset, Tag, Vr};

use crate::store::Shared;
use crate::{Document, NodeId};

/// A data set that is to be written: elements that were read, and changes over them.
#[derive(Clone, Default)]
pub struct Draft {
    /// What was read; `None` for a data set made from nothing.
    pub base: Option<Base>,
    /// What is different from that, by tag.
    pub changes: BTreeMap<Tag, Change>,
}

/// A data set in a document.
#[derive(Clone)]
pub struct Base {
    /// Where it was read.
    pub document: Arc<Document>,
    /// Which data set of the document.
    pub node: NodeId,
    /// The rows that are meant, ascending, where they are a part of the data set's elements and not all.
    pub part: Option<Vec<u32>>,
    /// The caller's word on the character set that its text is read with, against the bytes' own.
    pub charset: Option<Charset>,
}

/// What happens to one tag of a data set.
#[derive(Clone)]
pub enum Change {
    /// The element goes.
    Remove,
    /// The element has this value instead of the one it had, or is new.
    Set {
        /// The VR of the value; ambiguous ones are resolved by the writer.
        vr: Vr,
        /// The value.
        value: Value,
    },
    /// The element is a sequence of these items.
    Items {
        /// The row of the sequence that they come from, in the document of the base: it says whether lengths were undefined.
        row: Option<u32>,
        /// The items; one that was not changed has a base and no changes.
        items: Vec<Draft>,
    },
}

/// A new value.
#[derive(Clone)]
pub enum Value {
    /// No value: length zero.
    Empty,
    /// Bytes as they are, little endian where the VR has an order; padded when written. Pixel data of an encapsulated syntax
    /// are the items of the fragments, without the sequence delimiter.
    Bytes(Shared),
    /// Texts, one a value; encoded in the character set in force when written.
    Text(Vec<String>),
    /// Whole numbers, for any VR that holds numbers (and AT).
    Integers(Vec<i128>),
    /// Numbers, for FL, FD, OF, OD and DS.
    Floats(Vec<f64>),
}

impl Draft {
    /// What was read, unchanged.
    pub fn of(document: Arc<Document>, node: NodeId) -> Self {
        Self { base: Some(Base { document, node, part: None, charset: None }), changes: BTreeMap::new() }
    }

    /// True where it is a data set of a document, all of it and nothing else.
    pub fn is_untouched(&self) -> bool {
        self.changes.is_empty() && self.base.as_ref().is_some_and(|base| base.part.is_none())
    }
}
