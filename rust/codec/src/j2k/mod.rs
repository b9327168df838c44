//! JPEG 2000 (ITU-T T.800, ISO 15444-1), its high-throughput block coder (T.814) and the component transforms of part 2 (T.801) that
//! DICOM allows.
//!
//! `markers` and `codestream` read what stands around the packets, `geometry` says where tiles, bands and code blocks lie, `progression` in
//! which order packets come, `packet` what they hold; `block` decodes a code block, `wavelet` and `colour` make samples of it.

pub mod block;
mod wavelet;
