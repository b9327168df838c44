//! The place of an index row, from the root.

use radiogram_core::{Path, Step, Tag};

use crate::Entry;

/// The path to `row`, found by walking down from the row of the data set it lies in.
pub fn of_row(rows: &[Entry], root: u32, row: u32) -> Path {
    let mut steps: Vec<Step> = Vec::new();
    // `at` goes over the children of a container, and into the one that `row` lies in.
    let (mut at, mut item) = (root + 1, 0);
    while at <= row {
        let Some(entry) = rows.get(at as usize) else { break };
        if entry.end <= row {
            item += u32::from(entry.tag == Tag::ITEM);
            at = entry.end.max(at + 1);
            continue;
        }
        if entry.tag == Tag::ITEM {
            if let Some(last) = steps.last_mut() {
                last.item = Some(item);
            }
        } else {
            steps.push(Step { tag: entry.tag, item: None });
        }
        if at == row {
            break;
        }
        (at, item) = (at + 1, 0);
    }
    Path(steps)
}
