//! From stored bytes to pictures and volumes: layouts, look-up tables, windows, geometry.
#![deny(unsafe_code)]

pub mod volume;
