//! DICOM data sets: Part 10, the parser, the flat index and the values.
#![forbid(unsafe_code)]

pub mod write;
