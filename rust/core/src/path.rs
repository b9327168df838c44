//! Where in a data set something is: a chain of sequences and item numbers, then a tag.

use std::fmt;

use crate::Tag;

/// One step down: an element, and the item of it that was entered, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Step {
    /// The element.
    pub tag: Tag,
    /// The item entered, or `None` at the last step.
    pub item: Option<u32>,
}

/// The place of an element, from the root of the data set. Empty: the data set itself.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path of an element at the root.
    pub fn of(tag: Tag) -> Self {
        Self(vec![Step { tag, item: None }])
    }
}

impl fmt::Display for Path {
    /// `(0040,A730)[3].(0040,A160)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            if depth > 0 {
                f.write_str(".")?;
            }
            write!(f, "{}", step.tag)?;
            if let Some(item) = step.item {
                write!(f, "[{item}]")?;
            }
        }
        Ok(())
    }
}
