//! Memory that a thread keeps from image to image: frames come in series, and new memory costs more than a fast block coder.
//!
//! What one image needed is kept for the next where it is no more than [`MOST`]; else it is given back with the image. So a thread holds
//! twice as much at the most, for decoding and for encoding, whatever it has seen; and an image so large that it finds no memory kept
//! has far more to do than to ask for it.

use std::cell::RefCell;
use std::thread::LocalKey;

/// The most bytes that are kept, of decoding and of encoding: enough for seven million samples.
pub(super) const MOST: usize = 16 << 20;

/// Memory that knows how much it is.
pub(super) trait Kept: Default + 'static {
    /// Bytes of all that grew with the image.
    fn bytes(&self) -> usize;
}

/// Lends what the thread has to `task`, and keeps it afterwards unless it became too large.
pub(super) fn lend<T: Kept, R>(slot: &'static LocalKey<RefCell<T>>, task: impl FnOnce(&mut T) -> R) -> R {
    let mut memory = slot.take();
    let result = task(&mut memory);
    if memory.bytes() <= MOST {
        slot.set(memory);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kept for Vec<u8> {
        fn bytes(&self) -> usize {
            self.capacity()
        }
    }

    thread_local! {
        static SLOT: RefCell<Vec<u8>> = RefCell::default();
    }

    #[test]
    fn what_is_large_is_given_back() {
        let held = || lend(&SLOT, |memory| memory.capacity());
        assert_eq!(held(), 0);
        lend(&SLOT, |memory| memory.reserve_exact(MOST));
        assert_eq!(held(), MOST);
        lend(&SLOT, |memory| memory.reserve_exact(MOST + 1));
        assert_eq!(held(), 0);
    }
}
