//! What decoding keeps from tile to tile, and from image to image, for each path by itself.

use std::cell::RefCell;

use crate::j2k::kept::Kept;

use super::component::{Memory as Planes, Workers};
use super::path::{Double, Narrow, Path, Single, Wide};

/// What is kept from tile to tile for one path.
pub(super) struct Pool<P: Path> {
    pub(super) workers: Workers<P::Word, P::Sample>,
    pub(super) planes: Vec<Planes<P::Sample>>,
    pub(super) seams: Vec<P::Sample>,
}

impl<P: Path> Pool<P> {
    /// Bytes of what is kept for samples.
    fn bytes(&self) -> usize {
        let samples: usize = self.planes.iter().map(Planes::samples).sum();
        (samples + self.seams.capacity()) * size_of::<P::Sample>() + self.workers.bytes()
    }
}

impl<P: Path> Default for Pool<P> {
    fn default() -> Self {
        Self { workers: Workers::default(), planes: Vec::new(), seams: Vec::new() }
    }
}

/// What is kept from tile to tile, and from image to image.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) narrow: Pool<Narrow>,
    pub(super) wide: Pool<Wide>,
    pub(super) single: Pool<Single>,
    pub(super) double: Pool<Double>,
}

impl Kept for Memory {
    fn bytes(&self) -> usize {
        self.narrow.bytes() + self.wide.bytes() + self.single.bytes() + self.double.bytes()
    }
}

thread_local! {
    /// What this thread has for decoding.
    pub(super) static KEPT: RefCell<Memory> = RefCell::default();
}
