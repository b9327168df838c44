//! Frames of encapsulated pixel data: whatever the bytes, a table is an error or names bytes that are there.

use std::sync::Arc;

use radiogram_core::Tag;

use crate::frames::{FrameTable, Signs};
use crate::{Flags, Options, Source, read};

/// Codestreams between angle brackets.
const SIGNS: Signs = Signs {
    begins: |bytes| bytes.first() == Some(&b'<'),
    length: |bytes| bytes.iter().position(|byte| *byte == b'>').map(|at| at + 1),
};

/// Reads any bytes as a file, and every frame of its pixel data.
///
/// # Panics
///
/// Where a frame has other bytes than its table says, or a front that is not its own.
pub fn fuzz_frames(data: &[u8]) {
    let Ok(document) = read(Source::Memory(Arc::new(data.to_vec())), &Options::default()) else { return };
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
