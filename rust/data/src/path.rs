//! The place of an index row, from the root.

use radiogram_core::{Path, Tag};

use crate::Entry;

/// The path to `row`, found by walking down from the row of the data set it lies in.
pub fn of_row(rows: &[Entry], root: u32, row: u32) -> Path {
    let mut steps = Vec::new();
    let (mut container, mut at) = (root, root + 1);
    // `at` goes over the children of `container`, and into the one that `row` lies in.
    let mut item = 0;
    while at <= row {
        let Some(entry) = rows.get(at as usize) else { break };
        if entry.end <= row {
            item += u32::from(entry.tag == Tag::ITEM);
            at = entry.end.max(at + 1);
            continue;
        }
        if entry.tag == Tag::ITEM {
            if let Some(last) = steps.last_mut() {
                let last: &mut radiogram_core::Step = last;
                last.item = Some(item);
            }
        } else {
            steps.push(radiogram_core::Step { tag: entry.tag, item: None });
        }
        if at == row {
            break;
        }
        (container, at, item) = (at, at + 1, 0);
    }
    debug_assert!(container <= row || row < root);
    Path(steps)
}
