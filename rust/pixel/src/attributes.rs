//! The seam through which the pipeline reads a data set, or an item of one.

use std::borrow::Cow;

use radiogram_core::{Tag, Vr};

/// A data set or an item, as far as pictures need it.
///
/// An element that is absent, empty, or holds something else than what is asked for gives `None`.
pub trait Attributes {
    /// The VR of an element that is there. Never touches the value: large bytes stay unread.
    fn vr(&self, tag: Tag) -> Option<Vr>;

    /// The values of US, SS, UL, SL, UV, SV or IS, signed as the VR says.
    fn integers(&self, tag: Tag) -> Option<Vec<i64>>;

    /// The values of DS, FL, FD, IS or a binary integer VR.
    fn decimals(&self, tag: Tag) -> Option<Vec<f64>>;

    /// The first value of a text VR, without padding.
    fn text(&self, tag: Tag) -> Option<String>;

    /// The value's bytes of any VR, in the data set's own byte order ([`Attributes::big_endian`]).
    fn bytes(&self, tag: Tag) -> Option<Cow<'_, [u8]>>;

    /// The items of a sequence; empty where there are none.
    fn items(&self, tag: Tag) -> Vec<Box<dyn Attributes + '_>>;

    /// True where the transfer syntax is Explicit VR Big Endian.
    fn big_endian(&self) -> bool;
}

/// The first value of an integer element.
pub(crate) fn integer(attributes: &dyn Attributes, tag: Tag) -> Option<i64> {
    attributes.integers(tag)?.first().copied()
}

/// The first value of a numeric element.
pub(crate) fn decimal(attributes: &dyn Attributes, tag: Tag) -> Option<f64> {
    attributes.decimals(tag)?.first().copied()
}

/// The first value of a text element in capitals, as code strings are compared.
pub(crate) fn code(attributes: &dyn Attributes, tag: Tag) -> Option<String> {
    let text = attributes.text(tag)?;
    let text = text.trim_matches([' ', '\0']);
    (!text.is_empty()).then(|| text.to_ascii_uppercase())
}
