//! From stored bytes to pictures: layouts, sample conversion, look-up tables, colour, windows, overlays.
//!
//! Pure functions on slices. Nothing here opens a file, starts a thread or knows Python; what runs in parallel is
//! handed down as an executor ([`render::Executor`]). A data set is read through the small seam [`Attributes`].
#![deny(unsafe_code)]

pub mod attributes;
pub mod codec;
pub mod colour;
pub mod concatenation;
mod conform;
pub mod contour;
pub mod data_set;
pub mod frames;
mod functional;
pub mod fuzz;
pub mod grey;
pub mod groups;
mod in_place;
pub mod kernel;
pub mod layout;
pub mod lut;
pub mod native;
pub mod overlay;
mod part;
pub mod render;
pub mod sample;
pub mod segmentation;
mod settle;
mod short;
pub mod slide;
pub mod tags;
#[cfg(test)]
mod testing;
pub mod volume;

pub use attributes::Attributes;
pub use data_set::DataSet;
pub use frames::{Frames, Scratch, Wanted};
pub use layout::{Finding, FindingKind, Kind, Photometric, PixelLayout};
pub use render::{Options, Plan, Units};
pub use sample::{Dtype, Samples};
pub use tags::concerns_pixels;
