//! DICOM data sets.
