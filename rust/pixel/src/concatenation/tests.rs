//! Parts by hand: any order gives the same, and what is no one object is refused.

use super::*;

/// A part of a concatenation: its number, where it begins, how many frames it has.
pub(crate) fn part(number: u32, total: Option<u32>, offset: u64, frames: u64) -> Part {
    Part::said(Some(number), total, Some(offset), frames)
}

impl Part {
    /// Makes it another instance.
    pub(crate) fn rename(&mut self, instance: &str) {
        self.instance = Some(instance.to_owned());
    }
}

fn three() -> [Part; 3] {
    [part(1, Some(3), 0, 4), part(2, Some(3), 4, 1), part(3, Some(3), 5, 7)]
}

fn said(parts: &[&Part]) -> String {
    let error = Whole::of(parts).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    error.message().to_owned()
}

#[test]
fn parts_come_in_any_order() {
    let [a, b, c] = three();
    for (parts, order) in [
        ([&a, &b, &c], [(0, 0), (1, 4), (2, 5)]),
        ([&c, &a, &b], [(1, 0), (2, 4), (0, 5)]),
        ([&b, &c, &a], [(2, 0), (0, 4), (1, 5)]),
    ] {
        let whole = Whole::of(&parts).unwrap();
        assert_eq!((whole.order.as_slice(), whole.total), (order.as_slice(), Some(3)));
        assert_eq!(whole.complete().unwrap(), None);
    }
}

#[test]
fn what_is_missing_is_named() {
    let [a, b, c] = three();
    for (parts, words) in [
        (vec![&b, &c], "part 1 of 3 of a concatenation is missing"),
        (vec![&c, &a], "part 2 of 3 of a concatenation is missing"),
        (vec![&a, &b], "part 3 of 3 of a concatenation is missing"),
        (vec![&b], "parts 1, 3 of 3 of a concatenation are missing"),
    ] {
        let error = Whole::of(&parts).unwrap().complete().unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::MissingSlice, words));
    }
    let alone = part(1, Some(u32::MAX), 0, 1);
    assert_eq!(Whole::of(&[&alone]).unwrap().missing.len(), NAMED + 1);
}

#[test]
fn numbers_may_be_left_out_where_frames_tell_the_order() {
    let unnumbered = |mut part: Part| {
        part.number = None;
        part
    };
    let [a, b, c] = three().map(unnumbered);
    let whole = Whole::of(&[&c, &b, &a]).unwrap();
    assert_eq!(whole.order, [(2, 0), (1, 4), (0, 5)]);
    assert_eq!(whole.complete().unwrap(), None);
    assert_eq!(Whole::of(&[&c, &a]).unwrap().missing, [2]);
    assert!(said(&[&a, &a]).contains("begins at frame 1, where 4 frames"));
}

#[test]
fn a_total_that_nobody_says_is_not_missed_but_doubted() {
    let parts = [part(1, None, 0, 2), part(2, None, 2, 2), part(4, None, 6, 1)];
    let whole = Whole::of(&[&parts[1], &parts[0]]).unwrap();
    assert!(whole.missing.is_empty() && whole.total.is_none());
    let doubted = |count| Some(format!("nothing says that a concatenation has no more than {count}"));
    assert_eq!(whole.complete().unwrap(), doubted("2 parts"));
    assert_eq!(Whole::of(&[&parts[0]]).unwrap().complete().unwrap(), doubted("1 part"));
    // One that is missing in front of the last counts as well.
    let holed = Whole::of(&[&parts[0], &parts[1], &parts[2]]).unwrap();
    assert_eq!((holed.missing.as_slice(), holed.doubt()), ([3].as_slice(), doubted("4 parts")));
    // One that says it is enough.
    assert_eq!(Whole::of(&[&part(1, Some(2), 0, 2), &parts[1]]).unwrap().complete().unwrap(), None);
}

#[test]
fn what_is_no_one_object_is_refused() {
    let [a, b, c] = three();
    assert!(said(&[&a, &b, &b, &c]).contains("part 2 of a concatenation is there twice"));
    let other = Part { uid: "1.2.4".to_owned(), ..b.clone() };
    assert!(said(&[&a, &other, &c]).contains("several concatenations"));
    let overlapping = Part { offset: Some(3), ..b.clone() };
    assert!(said(&[&a, &overlapping, &c]).contains("part 2 of a concatenation begins at frame 4, where 4"));
    // Two parts that are missing have a frame each at least.
    assert!(said(&[&part(1, None, 0, 4), &part(4, None, 5, 1)]).contains("begins at frame 6, where 4"));
    let nowhere = Part { offset: None, ..b.clone() };
    assert!(said(&[&a, &nowhere, &c]).contains("does not say at which frame"));
    let more = Part { total: Some(4), ..b.clone() };
    assert!(said(&[&a, &more, &c]).contains("do not agree in how many"));
    assert!(said(&[&a, &part(4, Some(3), 12, 1)]).contains("the number 4, which no part has"));
    assert!(said(&[&part(0, None, 0, 1)]).contains("the number 0"));
    let differing = Part { make: Make::with(tags::ROWS), ..b.clone() };
    assert!(said(&[&a, &differing, &c]).contains("differ in Rows, as part 2 shows"));
    assert!(said(&[]).contains("without parts"));
}
