//! Reading a source to a [`Document`]: what can be asked for, and the steps from bytes to index.

use std::sync::Arc;

use radiogram_core::dictionary::UserDictionary;
use radiogram_core::{Limits, ReadAt, Result, Tag};

use crate::input::{Head, Memory};
use crate::store::Shared;
use crate::{Document, part10};

/// What to read and how.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Default)]
pub struct Options {
    /// Read even where nothing says that the bytes are DICOM.
    pub force: bool,
    /// The source is a data set alone, in explicit VR little endian, as our writer makes it: nothing is looked for in front of it.
    pub bare: bool,
    /// The first problem is an error.
    pub strict: bool,
    /// Only these elements of the root (ascending), and Specific Character Set. Reading ends after the largest.
    pub only: Option<Arc<[Tag]>>,
    /// Of those, the ones that are looked for behind larger tags where they are not in their place (ascending). A private element of any
    /// block is here (gggg,00ee), which is no tag of a data set.
    pub sought: Option<Arc<[Tag]>>,
    /// Each reading of the source is a request to somewhere else: an offset table that names as many frames as there are is believed, and
    /// fragments are not gone through.
    pub costly: bool,
    /// Reading ends before the pixel data.
    pub stop_before_pixels: bool,
    /// What hostile input may spend.
    pub limits: Limits,
    /// The caller chose how much may be inflated: the ratio of a deflated data set is not looked at.
    pub trusting: bool,
    /// Asked now and then on a long walk: true where the caller does not want it any more.
    pub interrupted: Option<fn() -> bool>,
    /// What the caller added to the dictionary, looked at before the built-in tables.
    pub dictionary: Option<Arc<UserDictionary>>,
}

impl Options {
    /// What is read whether it is asked for or not: the rest cannot be understood without it.
    pub(crate) const ALWAYS: [Tag; 1] = [Tag::CHARACTER_SET];

    /// How many bytes of a file are read at first.
    pub fn first(&self) -> usize {
        Head::first(self.only.is_some(), self.costly)
    }

    /// True where an element of the root is asked for.
    pub(crate) fn wants(&self, tag: Tag) -> bool {
        self.only.as_ref().is_none_or(|only| Self::ALWAYS.contains(&tag) || only.binary_search(&tag).is_ok())
    }

    /// True where nothing that is asked for comes at or after this element of the root, in a data set that ascends.
    pub(crate) fn ends_at(&self, tag: Tag) -> bool {
        let pixels = matches!(tag, Tag::FLOAT_PIXELS | Tag::DOUBLE_PIXELS | Tag::PIXELS);
        (self.stop_before_pixels && pixels)
            || self.only.as_ref().is_some_and(|only| only.last().is_none_or(|last| tag > *last))
    }
}

/// Where the bytes are.
pub enum Source {
    /// In memory that does not change.
    Memory(Shared),
    /// In a file: `source` opens it anew for each read, `reader` may hold it open while the head is read.
    File {
        /// Kept by the document for what is read later.
        source: Arc<dyn ReadAt>,
        /// Used now.
        reader: Arc<dyn ReadAt>,
    },
}

/// Reads a Part 10 file or a bare data set.
pub fn read(source: Source, options: &Options) -> Result<Document> {
    match source {
        Source::Memory(bytes) => part10::read(Memory(bytes), options),
        Source::File { source, reader } => part10::read(Head::new(source, reader, options.first()), options),
    }
}
