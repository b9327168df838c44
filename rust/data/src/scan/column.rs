//! What a column is: of what, by which name, of which type, one value a row or a list.

use std::borrow::Cow;

use radiogram_core::dictionary::UserDictionary;
use radiogram_core::{Error, ErrorKind, ProblemKind, Result, Tag, Vr};

use super::cell::{Cell, Component, component};
use super::{Kind, Place, Row};
use crate::{Document, Flags, value};

/// What a column tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Of {
    /// The path, or what stands for one.
    Path,
    /// Bytes of the file.
    Size,
    /// When its content was last changed.
    Modified,
    /// An element.
    Element(Place),
    /// What is wrong with what was read.
    Problems,
    /// Why it could not be read.
    Error,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it tells.
    pub of: Of,
    /// The type of its values.
    pub kind: Kind,
    /// True where a row has a list of them.
    pub is_list: bool,
    /// What an element is whose VR no dictionary knows: values that are UN in a file are read as that.
    pub said: Option<Vr>,
}

impl Column {
    /// A column that is not of an element.
    pub fn about(name: &str, of: Of) -> Self {
        let kind = match of {
            Of::Size => Kind::I64,
            Of::Modified => Kind::Stamp,
            _ => Kind::Text,
        };
        let is_list = of == Of::Problems;
        Self { name: name.to_owned(), of, kind, is_list, said: None }
    }

    /// The column of an element; its type is that of the dictionary's VR and VM (PS3.6), whatever files say.
    /// With `:text` behind the name it is the text that files have, whatever it should be; with a VR behind it, as `:DS`, an element that
    /// no dictionary knows is that.
    pub fn of_element(name: &str, user: Option<&UserDictionary>) -> Result<Self> {
        Self::of_said(name, user, None)
    }

    /// The same of an element that no dictionary knows, by the VR that files say it has.
    pub fn of_said(name: &str, user: Option<&UserDictionary>, said: Option<Vr>) -> Result<Self> {
        let (spelled, is_text) = name.strip_suffix(AS_TEXT).map_or((name, false), |name| (name, true));
        let (spelled, named) = with_vr(spelled);
        let place = Place::parse(spelled, user)?;
        let (known, vm) = place.entry(user);
        if named.is_some() && known.is_some() {
            let message = format!("{spelled} has the VR of the dictionary: none is put behind its name");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let said = named.or(said).filter(|_| known.is_none());
        let kind = Kind::of(known.or(said).unwrap_or(Vr::UN)).ok_or_else(|| {
            let message =
                format!("{name} is a sequence: name an element of its items, as in {name}/0/Modality");
            Error::new(ErrorKind::Argument, message)
        })?;
        if is_text && kind == Kind::Bytes {
            return Err(Error::new(ErrorKind::Argument, format!("{spelled} is bytes and has no text")));
        }
        let kind = if is_text && kind != Kind::Code { Kind::Text } else { kind };
        // UIDs of instances are all different: a list of the different ones would be as long as the column.
        let kind = if kind == Kind::Code && INSTANCES.contains(&place.leaf()) { Kind::Text } else { kind };
        // "1-n" and "2" are lists; so is what nobody knows the VM of, where there can be several (PS3.5 6.4).
        let is_many = said.map_or(vm != "1", |vr| !matches!(vr, Vr::LT | Vr::ST | Vr::UT | Vr::UR));
        let is_list = place.is_of_many() || (is_many && kind != Kind::Bytes);
        Ok(Self { name: name.to_owned(), of: Of::Element(place), kind, is_list, said })
    }

    /// True where no dictionary knows what the element is, and its name does not say it: the column has bytes.
    pub fn is_unknown(&self, user: Option<&UserDictionary>) -> bool {
        let is_open = |place: &Place| self.said.is_none() && place.entry(user).0.is_none();
        matches!(&self.of, Of::Element(place) if is_open(place))
    }

    /// Hands over the VRs that the bytes of a file give its elements: none where they do not say it, and UN says nothing.
    pub fn vrs(&self, document: &Document, meet: &mut dyn FnMut(Vr)) {
        let Of::Element(place) = &self.of else { return };
        place.each(document, &mut |row| {
            let said = document.entry(row).filter(|entry| {
                entry.length > 0
                    && entry.vr != Vr::UN
                    && !entry.flags.has(Flags::IMPLICIT)
                    && !entry.flags.has(Flags::FOREIGN_VR)
            });
            if let Some(entry) = said {
                meet(entry.vr);
            }
        });
    }

    /// What must be read of a file for these columns: ascending, as the parser takes it.
    pub fn wanted<'c>(columns: impl IntoIterator<Item = &'c Self>) -> Vec<Tag> {
        let mut tags = Vec::new();
        for column in columns {
            if let Of::Element(place) = &column.of {
                place.roots(&mut tags);
            }
        }
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// What of these columns is to be found even behind larger tags: ascending.
    pub fn sought<'c>(columns: impl IntoIterator<Item = &'c Self>) -> Vec<Tag> {
        let places = columns.into_iter().filter_map(|column| match &column.of {
            Of::Element(place) => Some(place.sought()),
            _ => None,
        });
        // PS3.10 7.1: the file meta information is in front of everything.
        let mut tags: Vec<Tag> = places.filter(|tag| tag.group() != 2).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Hands over its values of a row, `None` for a component that is missing or does not fit, and says of every problem it meets.
    pub(super) fn each(
        &self,
        row: &Row<'_>,
        report: &mut dyn FnMut(Tag, Cow<'static, str>),
        meet: &mut dyn FnMut(Option<Cell<'_>>),
    ) {
        match &self.of {
            Of::Path => meet(Some(Cell::Text(Cow::Borrowed(row.path)))),
            Of::Size => {
                if let Some(size) = row.size {
                    meet(Some(Cell::Int(i128::from(size))));
                }
            }
            Of::Modified => {
                if let Some(time) = row.modified_ns {
                    meet(Some(Cell::Stamp(time)));
                }
            }
            Of::Error => {
                if let Err(error) = row.outcome {
                    let text = format!("{}: {error}", error.kind().class());
                    meet(Some(Cell::Text(Cow::Owned(text))));
                }
            }
            // The batch itself fills these in when the others are done.
            Of::Problems => {}
            Of::Element(place) => {
                if let Ok(document) = row.outcome {
                    place.each(document, &mut |found| {
                        self.element(document, found, place.leaf(), report, meet);
                    });
                }
            }
        }
    }

    fn element(
        &self,
        document: &Document,
        row: u32,
        leaf: Tag,
        report: &mut dyn FnMut(Tag, Cow<'static, str>),
        meet: &mut dyn FnMut(Option<Cell<'_>>),
    ) {
        let Some(entry) = document.entry(row) else { return };
        let bytes = match document.bytes(row) {
            Ok(bytes) => bytes,
            Err(error) => {
                report(leaf, Cow::Owned(format!("unread: {}", error.message())));
                meet(None);
                return;
            }
        };
        if self.kind == Kind::Bytes {
            if !bytes.is_empty() {
                meet(Some(Cell::Bytes(bytes)));
            }
            return;
        }
        let vr = self.said.filter(|_| entry.vr == Vr::UN).unwrap_or(entry.vr);
        let mut unfit = !bytes.is_empty() && (vr.is_bulk() || matches!(vr, Vr::SQ | Vr::UsOrSs));
        let (charset, big_endian) = (document.charset(row), entry.flags.has(Flags::BIG_ENDIAN));
        let (mut first, mut shortened) = (true, false);
        let mut say = |kind: ProblemKind, _| report(leaf, Cow::Borrowed(kind.as_str()));
        value::each(vr, bytes, big_endian, &charset, &mut say, &mut |scalar| {
            let scalar = if first { value::first_of(entry.tag, scalar) } else { scalar };
            first = false;
            match component(self.kind, scalar) {
                Component::Value(cell) => meet(Some(cell)),
                Component::Shortened(cell) => {
                    shortened = true;
                    meet(Some(cell));
                }
                Component::Missing => meet(None),
                Component::Unfit => {
                    unfit = true;
                    meet(None);
                }
            }
        });
        if unfit {
            report(leaf, Cow::Borrowed(UNFIT));
        }
        if shortened {
            report(leaf, Cow::Borrowed(OFFSET));
        }
    }
}

/// A name, and the VR behind its last colon.
fn with_vr(name: &str) -> (&str, Option<Vr>) {
    let found = name.rsplit_once(':').and_then(|(name, letters)| {
        let letters = <[u8; 2]>::try_from(letters.as_bytes()).ok()?;
        Some((name, Vr::from_bytes(letters)?))
    });
    found.map_or((name, None), |(name, vr)| (name, Some(vr)))
}

/// What stands behind the name of an element whose text is wanted.
const AS_TEXT: &str = ":text";

/// Media Storage SOP Instance UID, SOP Instance UID, Referenced SOP Instance UID.
const INSTANCES: [Tag; 3] = [Tag(0x0002_0003), Tag(0x0008_0018), Tag(0x0008_1155)];

/// The word for a moment whose offset from UTC is not in the column.
const OFFSET: &str = "utc_offset";

/// The word for a value that is none of the column's type.
pub(super) const UNFIT: &str = "unfit_value";
