//! Frames that are divided among the parts of a concatenation: as if they had never been, or refused.

use std::sync::Arc;

use super::*;
use crate::concatenation::tests::part;

/// Six slices as the frames of an object in three parts, whose files come in this order.
fn divided(files: [usize; 3]) -> Vec<SliceHeader> {
    let parts = [part(1, Some(3), 0, 3), part(2, Some(3), 3, 1), part(3, Some(3), 4, 2)].map(Arc::new);
    let mut slices = Vec::new();
    for (number, slice) in regular(6).into_iter().enumerate() {
        let at = [0, 0, 0, 1, 2, 2][number];
        let first = [0, 3, 4][at];
        let frame = u32::try_from(number - first).unwrap();
        let sop_instance_uid = Some(format!("1.2.9.{at}"));
        let part = Some(Arc::clone(&parts[at]));
        slices.push(SliceHeader {
            index: files[at],
            frame,
            part,
            sop_instance_uid,
            instance_number: Some(1),
            ..slice
        });
    }
    slices
}

#[test]
fn parts_are_one_volume() {
    for files in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let volume = good(&divided(files));
        let [a, b, c] = files;
        assert_eq!(order(&volume), [a, a, a, b, c, c].map(Some));
        assert!(!volume.report.incomplete && volume.report.notes.is_empty());
    }
}

#[test]
fn a_part_that_is_missing_is_refused_or_told() {
    let all = divided([0, 1, 2]);
    for lost in 0..3 {
        let slices: Vec<SliceHeader> = all.iter().filter(|slice| slice.index != lost).cloned().collect();
        let refusal = refused(&slices);
        assert_eq!(refusal.kind, ErrorKind::MissingSlice);
        assert!(refusal.message.contains(&format!("part {} of 3", lost + 1)), "{refusal}");
        let volume = filled(&slices);
        assert!(volume.report.incomplete);
        assert!(volume.report.notes.iter().any(|note| note.contains("is missing")));
        assert_eq!(volume.report.missing.len(), usize::from(lost == 1));
    }
}

#[test]
fn parts_that_do_not_say_how_many_they_are_are_told() {
    let slices = with(divided([0, 1, 2]), |_, slice| {
        let (number, first, frames) = [(1, 0, 3), (2, 3, 1), (3, 4, 2)][slice.index];
        slice.part = Some(Arc::new(part(number, None, first, frames)));
    });
    let volume = good(&slices);
    assert!(!volume.report.incomplete);
    assert_eq!(volume.report.notes, ["nothing says that a concatenation has no more than 3 parts"]);
}

#[test]
fn a_copy_of_a_part_is_set_aside_and_another_one_refused() {
    let all = divided([0, 1, 2]);
    let again = all[3].clone();
    let copied = [all.clone(), vec![SliceHeader { index: 3, ..again.clone() }]].concat();
    let volume = good(&copied);
    assert_eq!(volume.report.set_aside, [(3, Reason::Copy)]);
    let mut part = again.part.as_deref().cloned().unwrap();
    part.rename("1.2.9.9");
    let other = SliceHeader {
        index: 3,
        sop_instance_uid: Some("1.2.9.9".to_owned()),
        part: Some(Arc::new(part)),
        ..again
    };
    let refusal = refused(&[all, vec![other]].concat());
    assert!(refusal.message.contains("part 2 of a concatenation is there twice"), "{refusal}");
}

#[test]
fn frames_are_counted_through_all_parts() {
    let chosen = |frames: &[u32]| {
        let options = Options { frames: Some(frames.iter().copied().collect()), ..Options::default() };
        arrange(&divided([0, 1, 2]), &options)
    };
    let volume = chosen(&[2, 3, 4]).unwrap();
    assert_eq!(order(&volume), [0, 1, 2].map(Some));
    assert!(matches!(volume.slots[0], Slot::Slice { frame: 2, .. }));
    assert_eq!(chosen(&[6]).unwrap_err().kind, ErrorKind::Argument);
    // What is missing is looked for whatever is asked for.
    let slices: Vec<SliceHeader> = divided([0, 1, 2]).into_iter().filter(|slice| slice.index > 0).collect();
    let options = Options { frames: Some([4, 5].into()), ..Options::default() };
    assert_eq!(arrange(&slices, &options).unwrap_err().kind, ErrorKind::MissingSlice);
}

#[test]
fn choices_name_the_frames_of_the_whole() {
    let slices = with(divided([0, 1, 2]), |n, slice| {
        if n % 2 == 1 {
            slice.orientation = Some(SAGITTAL);
        }
    });
    let refusal = refused(&slices);
    assert_eq!(refusal.kind, ErrorKind::AmbiguousSeries);
    let frames: Vec<_> = refusal.choices.iter().map(|choice| choice.frames.clone()).collect();
    assert_eq!(frames, [vec![0, 2, 4], vec![1, 3, 5]]);
}
