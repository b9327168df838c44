//! A data set from its first element to its last, for what makes text of it. Iterative: what is open lies on a stack.

use std::vec;

use radiogram_core::{Result, Vr};

use crate::{Document, Entry, NodeId};

/// What comes next.
pub(crate) enum Event<'d> {
    /// An element that is no sequence.
    Element(u32, &'d Entry),
    /// A sequence begins.
    Sequence(u32, &'d Entry),
    /// An item begins, and its number, counted from one.
    Item(NodeId, u32),
    /// The innermost item ends.
    EndItem,
    /// The innermost sequence ends.
    EndSequence,
}

/// What is open.
enum Level {
    Set(vec::IntoIter<u32>),
    Items(vec::IntoIter<NodeId>, u32),
}

/// Goes through a data set in ascending order of tags, each once. Group lengths are left out: no form of text has them (PS3.18 F.2.2,
/// PS3.19 A.1.5).
pub(crate) fn visit<'d>(
    document: &'d Document,
    node: NodeId,
    mut meet: impl FnMut(Event<'d>) -> Result<()>,
) -> Result<()> {
    let mut levels = vec![Level::Set(elements(document, node))];
    while let Some(level) = levels.last_mut() {
        match level {
            Level::Set(rows) => match rows.next().and_then(|row| Some((row, document.entry(row)?))) {
                Some((row, entry)) if entry.vr == Vr::SQ => {
                    meet(Event::Sequence(row, entry))?;
                    let items: Vec<NodeId> = document.items(row).collect();
                    levels.push(Level::Items(items.into_iter(), 0));
                }
                Some((row, entry)) => meet(Event::Element(row, entry))?,
                None => {
                    levels.pop();
                    if !levels.is_empty() {
                        meet(Event::EndItem)?;
                    }
                }
            },
            Level::Items(items, number) => {
                if let Some(item) = items.next() {
                    *number += 1;
                    meet(Event::Item(item, *number))?;
                    levels.push(Level::Set(elements(document, item)));
                } else {
                    levels.pop();
                    meet(Event::EndSequence)?;
                }
            }
        }
    }
    Ok(())
}

fn elements(document: &Document, node: NodeId) -> vec::IntoIter<u32> {
    let mut rows = document.children(node);
    rows.retain(|row| document.entry(*row).is_some_and(|entry| !entry.tag.is_group_length()));
    rows.into_iter()
}
