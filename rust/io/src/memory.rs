//! Fresh memory that is about to be filled: its pages are asked for in one call, where one fault a page would cost as much as the
//! reading itself.
#![expect(unsafe_code, reason = "advice on memory is unsafe by nature; this file is its one place")]

use std::mem::MaybeUninit;

/// Below this the faults cost less than the call.
#[cfg(target_os = "linux")]
const FEW: usize = 128 << 10;
/// The smallest page of any Linux.
#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

/// Readies memory for being written from end to end. Nothing in it changes, and nothing depends on it: where the system does not know the
/// advice, pages come as they always do.
///
/// Large pages are not asked for: a mapping that has them in a part of it is two mappings, and a vector in two cannot grow in place.
#[cfg(target_os = "linux")]
pub(crate) fn about_to_fill(memory: &mut [MaybeUninit<u8>]) {
    use rustix::mm::{Advice, madvise};
    if memory.len() < FEW {
        return;
    }
    let first = memory.as_mut_ptr();
    let (from, length) = (first.align_offset(PAGE), memory.len());
    let Some(whole) = length.checked_sub(from).map(|rest| rest - rest % PAGE) else { return };
    // SAFETY: the pages lie inside of `memory`, which is ours to write; the advice leaves the content as it is.
    // An error says that this kernel lacks the advice, which is as good as none.
    let _ = unsafe { madvise(first.add(from).cast(), whole, Advice::LinuxPopulateWrite) };
}

/// Other systems have no such advice.
#[cfg(not(target_os = "linux"))]
pub(crate) fn about_to_fill(_memory: &mut [MaybeUninit<u8>]) {}

#[cfg(test)]
mod tests {
    use super::about_to_fill;

    #[test]
    fn what_is_there_stays() {
        for size in [0, 1, 5000, 300_000, 5 << 20] {
            let mut bytes: Vec<u8> = radiogram_core::try_vec(2 * size).unwrap();
            bytes.extend((0..=250).cycle().take(size));
            about_to_fill(bytes.spare_capacity_mut());
            assert!(bytes.iter().enumerate().all(|(number, byte)| usize::from(*byte) == number % 251));
        }
    }
}
