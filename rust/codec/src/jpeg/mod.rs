//! What every JPEG process of T.81 shares (DCT and lossless): the reader of marker segments, the contents of those segments, and the way
//! from entropy-coded bytes to plain bits.
//!
//! [`Markers`] walks the segments; [`Frame`], [`Scan`], [`HuffmanSpec`] and their like are read from a [`Segment`]'s body; [`scout()`] tells what
//! a codestream is without decoding it; [`unstuff`] takes the zero bytes out of entropy-coded data and stops at the next marker.

pub mod header;
pub mod huffman;
pub mod markers;
pub mod optimal;
pub mod scout;
pub mod stuffing;

pub use header::{Adobe, Component, Frame, Scan, ScanComponent};
pub use huffman::{HuffmanSpec, QuantizationTable};
pub use markers::{Markers, Segment};
pub use optimal::optimal;
pub use scout::{Overview, scout};
pub use stuffing::{Stop, stuff, unstuff};
