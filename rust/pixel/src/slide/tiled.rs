//! Which objects are tiles of one large plane, and how these lie on it (PS3.3 C.7.6.17.3). Slides, volumes and segmentations ask here.

use radiogram_core::Tag;

use super::channels::ChannelKind;
use crate::attributes::{Attributes, code};

pub(crate) const ORGANIZATION: Tag = Tag(0x0020_9311);
pub(crate) const TOTAL_COLUMNS: Tag = Tag(0x0048_0006);

/// VL Whole Slide Microscopy Image Storage.
pub(crate) const WHOLE_SLIDE: &str = "1.2.840.10008.5.1.4.1.1.77.1.6";
/// Parametric Map Storage.
pub(crate) const PARAMETRIC_MAP: &str = "1.2.840.10008.5.1.4.1.1.30";

/// How tiles lie on the total pixel matrix (PS3.3 C.7.6.17.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tiling {
    /// All of them, in the order of the standard.
    Full,
    /// Where each says that it is.
    Sparse,
}

impl Tiling {
    /// What a data set says of its frames; `None` where they are no tiles.
    pub(crate) fn of(set: &dyn Attributes) -> Option<Self> {
        let said = code(set, ORGANIZATION);
        if said.as_deref() == Some("TILED_FULL") {
            return Some(Self::Full);
        }
        let is_tiled = said.is_some_and(|name| name.starts_with("TILED")) || set.vr(TOTAL_COLUMNS).is_some();
        is_tiled.then_some(Self::Sparse)
    }
}

/// What tells the tiles of a slide of this SOP class apart at one place; `None` for objects that are no slide.
pub(crate) fn channels_of(class: Option<&str>, is_tiled: bool) -> Option<ChannelKind> {
    match class? {
        WHOLE_SLIDE => Some(ChannelKind::Paths),
        PARAMETRIC_MAP if is_tiled => Some(ChannelKind::Maps),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::uid::lookup;

    use super::*;

    #[test]
    fn classes_are_those_of_the_standard() {
        let keyword = |uid| lookup(uid).map(|entry| entry.keyword);
        assert_eq!(keyword(WHOLE_SLIDE), Some("VLWholeSlideMicroscopyImageStorage"));
        assert_eq!(keyword(PARAMETRIC_MAP), Some("ParametricMapStorage"));
    }

    #[test]
    fn what_is_a_slide() {
        for (class, is_tiled, channels) in [
            (Some(WHOLE_SLIDE), false, Some(ChannelKind::Paths)),
            (Some(PARAMETRIC_MAP), true, Some(ChannelKind::Maps)),
            (Some(PARAMETRIC_MAP), false, None),
            (Some("1.2.840.10008.5.1.4.1.1.2"), true, None),
            (None, true, None),
        ] {
            assert_eq!(channels_of(class, is_tiled), channels, "{class:?} {is_tiled}");
        }
    }
}
