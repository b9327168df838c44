//! Frames of encapsulated pixel data: whatever the bytes, a table is an error or names bytes that are there.

use std::sync::Arc;

use radiogram_core::Tag;

use crate::frames::{FrameTable, Signs};
use crate::{Document, Flags, Options, Source, read};

/// Codestreams between angle brackets.
const SIGNS: Signs = Signs {
    begins: |bytes| bytes.first() == Some(&b'<'),
    length: |bytes| bytes.iter().position(|byte| *byte == b'>').map(|at| at + 1),
};

/// Reads any bytes as a file, and every frame of its pixel data: with its fragments gone through, and by its table alone.
///
/// # Panics
///
/// Where a frame has other bytes than its table says, a front that is not its own, or other bytes by a sound table alone.
pub fn fuzz_frames(data: &[u8]) {
    let Ok(document) = read(Source::Memory(Arc::new(data.to_vec())), &Options::default()) else { return };
    by_table(data, &document);
    let Some(row) = document.find(document.root(), Tag::PIXELS) else { return };
    if !document.entry(row).is_some_and(|entry| entry.flags.has(Flags::FRAGMENTS)) {
        return;
    }
    for (expected, signs) in [(1, SIGNS), (3, SIGNS), (3, Signs::NONE), (u64::MAX, SIGNS)] {
        let Ok(table) = FrameTable::read(&document, document.root(), row, expected, signs) else { continue };
        assert!(table.count() >= expected, "fewer frames are an error");
        let (mut whole, mut front) = (Vec::new(), Vec::new());
        for frame in 0..table.count() {
            let Ok(bytes) = table.bytes(&document, frame, &mut whole) else { continue };
            assert_eq!(Some(bytes.len() as u64), table.length(frame));
            let front = table.front(&document, frame, 5, &mut front).unwrap_or_default();
            assert_eq!(bytes.get(..5).unwrap_or(bytes), front);
        }
        assert!(table.bytes(&document, table.count(), &mut whole).is_err());
    }
}

fn by_table(data: &[u8], walked: &Document) {
    let costly = Options { costly: true, ..Options::default() };
    let Ok(document) = read(Source::Memory(Arc::new(data.to_vec())), &costly) else { return };
    let Some(row) = document.find(document.root(), Tag::PIXELS).filter(|row| document.is_tabled(*row)) else {
        return;
    };
    let all = document.fragments(row).unwrap_or_default();
    let (offset, length) = document.extent(row);
    assert!(all.iter().all(|(at, count)| *at >= offset && at + count <= offset + length));
    for expected in 1..5 {
        let Ok(table) = FrameTable::read(&document, document.root(), row, expected, SIGNS) else { continue };
        assert_eq!(table.count(), expected);
        let other = walked.find(walked.root(), Tag::PIXELS);
        let other = other.and_then(|row| FrameTable::read(walked, walked.root(), row, expected, SIGNS).ok());
        let sound = other.filter(|other| other.faults().is_empty() && walked.problems().is_empty());
        let (mut whole, mut front, mut walked_bytes) = (Vec::new(), Vec::new(), Vec::new());
        for frame in 0..expected {
            let Ok(bytes) = table.bytes(&document, frame, &mut whole) else { continue };
            assert!(table.length(frame).is_some_and(|most| bytes.len() as u64 <= most));
            let front = table.front(&document, frame, 5, &mut front).expect("a part of what was read");
            assert_eq!(bytes.get(..5).unwrap_or(bytes), front);
            if let Some(Ok(same)) = sound.as_ref().map(|other| other.bytes(walked, frame, &mut walked_bytes))
            {
                assert_eq!(bytes, same);
            }
        }
    }
}
