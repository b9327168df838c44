//! Laws of the encoder.
