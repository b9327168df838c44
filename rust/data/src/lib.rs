//! DICOM data sets: the values of elements.
#![forbid(unsafe_code)]

pub mod fuzz;
pub mod value;
