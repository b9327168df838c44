//! JPEG 2000 (ITU-T T.800, ISO 15444-1), its high-throughput block coder (T.814) and the component transforms of part 2 (T.801) that
//! DICOM allows.
//!
//! `markers` and `codestream` read what stands around the packets, `geometry` says where tiles, bands and code blocks lie, `progression` in
//! which order packets come, `packet` what they hold; `block` decodes a code block, `wavelet` and `colour` make samples of it.
#![allow(dead_code, reason = "the parts that are there are used by the ones that follow")]

pub mod block;
mod boxes;
mod codestream;
mod colour;
mod geometry;
mod markers;
mod packet;
mod parameters;
mod progression;
mod wavelet;

pub use progression::Order;
