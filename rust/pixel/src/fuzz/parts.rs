//! Parts of concatenations, said by any bytes: refused, or in an order in which frames follow one another; the same whatever the order of
//! the files.

use crate::concatenation::{Part, WANTED, Whole};

/// Takes any bytes as what parts say of their places.
///
/// # Panics
///
/// Where an order is given in which frames overlap, or another one for the same parts.
pub fn fuzz_parts(data: &[u8]) {
    let mut parts = Vec::new();
    for chunk in data.chunks_exact(8).take(64) {
        let [number, total, low, high, frames, ..] = *chunk else { continue };
        let said = |value: u8| (value != u8::MAX).then_some(value);
        parts.push(Part::said(
            said(number).map(u32::from),
            said(total).map(u32::from),
            said(high).map(|high| u64::from(high) << 4 | u64::from(low & 15)),
            u64::from(frames).max(1),
        ));
    }
    let forward: Vec<&Part> = parts.iter().collect();
    let backward: Vec<&Part> = parts.iter().rev().collect();
    match (Whole::of(&forward), Whole::of(&backward)) {
        (Ok(one), Ok(other)) => {
            let mut end = 0;
            for (place, first) in &one.order {
                assert!(*first >= end, "no frame is there twice");
                end = first + forward.get(*place).map_or(0, |part| part.frames());
            }
            assert_eq!(one.order.len(), parts.len(), "each part has a place");
            let firsts = |whole: &Whole| whole.order.iter().map(|(_, first)| *first).collect::<Vec<_>>();
            assert_eq!(
                (firsts(&one), &one.missing),
                (firsts(&other), &other.missing),
                "any order is one order"
            );
        }
        (one, other) => assert_eq!(one.is_ok(), other.is_ok(), "any order is one order"),
    }
    // The same as elements of a file.
    if let Some(document) = super::opened(data, &WANTED) {
        let _ = Part::of(&document, document.root());
    }
}
