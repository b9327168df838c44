//! What holds for one frame: its functional groups, those shared by all frames, then the data set (PS3.3 C.7.6.16).

use radiogram_core::Tag;

use crate::attributes::Attributes;
use crate::tags;

/// The functional groups of a multi-frame image; none for others.
pub struct Groups<'a> {
    root: &'a dyn Attributes,
    shared: Option<Box<dyn Attributes + 'a>>,
    frames: Vec<Box<dyn Attributes + 'a>>,
}

impl<'a> Groups<'a> {
    /// The groups of a data set.
    pub fn of(root: &'a dyn Attributes) -> Self {
        Self {
            root,
            shared: root.items(tags::SHARED_GROUPS).into_iter().next(),
            frames: root.items(tags::FRAME_GROUPS),
        }
    }

    /// The data set itself.
    pub fn root(&self) -> &'a dyn Attributes {
        self.root
    }

    /// The number of frames that have groups of their own.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The items of a sequence that holds for a frame: its own, else the shared one's; empty where neither has it.
    pub fn items(&self, frame: usize, sequence: Tag) -> Vec<Box<dyn Attributes + '_>> {
        let own = self.frames.get(frame).map(|group| group.items(sequence)).unwrap_or_default();
        if own.is_empty()
            && let Some(shared) = &self.shared
        {
            return shared.items(sequence);
        }
        own
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "results are exact")]
mod tests {
    use super::*;
    use crate::attributes::decimal;
    use crate::testing::Made;

    #[test]
    fn a_frame_comes_before_what_is_shared() {
        let rescale = |slope| {
            Made::default()
                .items(tags::VALUE_TRANSFORMATION, &[Made::default().ds(tags::RESCALE_SLOPE, &[slope])])
        };
        let made = Made::default()
            .items(tags::SHARED_GROUPS, &[rescale(2.0)])
            .items(tags::FRAME_GROUPS, &[rescale(3.0), Made::default()]);
        let groups = Groups::of(&made);
        let slope = |frame| {
            let items = groups.items(frame, tags::VALUE_TRANSFORMATION);
            decimal(items[0].as_ref(), tags::RESCALE_SLOPE).unwrap()
        };
        assert_eq!([slope(0), slope(1), slope(2)], [3.0, 2.0, 2.0]);
        assert!(groups.items(0, tags::FRAME_VOI).is_empty());
    }
}
