//! Fresh memory that a file is read into: it is not cleared first, and its pages are asked for in one call, where one fault a page would
//! cost as much as the reading itself.
#![expect(
    unsafe_code,
    reason = "advice on memory and room without content are unsafe by nature; this file is their one place"
)]

#[cfg(unix)]
use std::fs::File;
use std::mem::MaybeUninit;

#[cfg(unix)]
use radiogram_core::Result;

/// Appends up to `count` bytes of a file to a vector that has room for them; fewer only where the file ends.
#[cfg(unix)]
pub(crate) fn append(file: &File, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
    about_to_fill(into.spare_capacity_mut(), count);
    let mut done = 0;
    while let Some(room) = into.spare_capacity_mut().get_mut(..count - done).filter(|room| !room.is_empty()) {
        match rustix::io::pread(file, &mut *room, offset + done as u64) {
            Ok(([], _)) => break,
            Ok((filled, _)) => {
                let filled = filled.len();
                // SAFETY: so many bytes behind the vector's end were written just now, and there is room for them.
                unsafe { into.set_len(into.len() + filled) };
                done += filled;
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
    }
    Ok(done)
}

/// Below this the faults cost less than the call.
#[cfg(target_os = "linux")]
const FEW: usize = 128 << 10;
/// The smallest page of any Linux.
#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

/// Readies memory, the first `count` bytes of which are about to be written. Nothing in it changes, and nothing depends on it: where the
/// system does not know the advice, pages come as they always do.
///
/// Large pages are not asked for: on a machine that has been up for a while the system first moves others' memory about to make them, and
/// a mapping that has them in a part of it is two mappings, so that a vector in it cannot grow in place.
#[cfg(target_os = "linux")]
pub(crate) fn about_to_fill(memory: &mut [MaybeUninit<u8>], count: usize) {
    use rustix::mm::{Advice, madvise};
    let length = memory.len().min(count);
    if length < FEW {
        return;
    }
    let first = memory.as_mut_ptr();
    let from = first.align_offset(PAGE);
    let Some(whole) = length.checked_sub(from).map(|rest| rest - rest % PAGE) else { return };
    // SAFETY: the pages lie inside of `memory`, which is ours to write; the advice leaves the content as it is.
    // An error says that this kernel lacks the advice, which is as good as none.
    let _ = unsafe { madvise(first.add(from).cast(), whole, Advice::LinuxPopulateWrite) };
}

/// Other systems have no such advice.
#[cfg(not(target_os = "linux"))]
pub(crate) fn about_to_fill(_memory: &mut [MaybeUninit<u8>], _count: usize) {}

#[cfg(test)]
mod tests {
    use super::about_to_fill;

    #[test]
    fn what_is_there_stays() {
        for size in [0, 1, 5000, 300_000, 5 << 20, 9 << 20] {
            let mut bytes: Vec<u8> = radiogram_core::try_vec(2 * size).unwrap();
            bytes.extend((0..=250).cycle().take(size));
            about_to_fill(bytes.spare_capacity_mut(), size);
            assert!(bytes.iter().enumerate().all(|(number, byte)| usize::from(*byte) == number % 251));
        }
    }
}
