"""radiogram: a DICOM toolkit for Python with a Rust core."""
