//! The Python extension module `radiogram._core`: one crossing a user call, no knowledge of DICOM.
#![deny(unsafe_code)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    clippy::fn_params_excessive_bools,
    reason = "signatures are those that Python calls: owned arguments, tuples, and one parameter an option"
)]

mod ahead;
mod array;
mod check;
mod classes;
mod codecs;
mod contents;
mod contour;
mod dataset;
mod dictionary;
mod draft;
mod draft_value;
mod element;
mod elements;
mod errors;
mod form;
mod fresh;
mod gate;
mod items;
mod key;
mod loading;
mod matching;
mod models;
mod net;
mod opened;
mod overlay;
mod owned;
mod owner;
mod part;
mod pins;
mod pixels;
mod reach;
mod recurring;
mod remote;
mod resample;
mod rooms;
mod save;
mod scan;
mod segmentation;
mod settled;
mod slide;
mod source;
mod value;
mod volume;

use pyo3::prelude::*;

/// The Rust core of radiogram.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use radiogram_core::{Charset, Limits};
    use radiogram_data::Options;

    #[pymodule_export]
    use crate::ahead::Ahead;
    #[pymodule_export]
    use crate::contour::{mask_contours, read_contours};
    #[pymodule_export]
    use crate::dataset::{Dataset, Node};
    #[pymodule_export]
    use crate::element::DataElement;
    #[pymodule_export]
    use crate::elements::Elements;
    #[pymodule_export]
    use crate::items::{Items, Rows};
    #[pymodule_export]
    use crate::key::tag;
    #[pymodule_export]
    use crate::loading::FrameReader;
    #[pymodule_export]
    use crate::matching::matching;
    #[pymodule_export]
    use crate::overlay::{count_edit_of, edits};
    #[pymodule_export]
    use crate::pixels::{Picture, check_pixels, check_samples, overlay_into, overlays};
    #[pymodule_export]
    use crate::resample::resample;
    #[pymodule_export]
    use crate::rooms::{Room, Rooms};
    #[pymodule_export]
    use crate::segmentation::Segments;
    #[pymodule_export]
    use crate::slide::{SlideSource, open_slide};
    #[pymodule_export]
    use crate::volume::{VolumeSource, open_volume};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Reads a source and gives the `Dataset` of it.
    #[pyfunction]
    #[pyo3(signature = (source, force, strict, only, stop_before_pixels, charset, mmap, depth, inflated))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the options of rg.read, by place: names cost a scan of many files"
    )]
    fn read<'py>(
        source: &Bound<'py, PyAny>,
        force: bool,
        strict: bool,
        only: Option<Bound<'py, PyAny>>,
        stop_before_pixels: bool,
        charset: Option<Vec<String>>,
        mmap: bool,
        depth: Option<u32>,
        inflated: Option<u64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = source.py();
        let default = Limits::DEFAULT;
        let limits = Limits {
            depth: depth.unwrap_or(default.depth),
            inflated: inflated.unwrap_or(default.inflated),
            ..default
        };
        let only = only.map(|keys| crate::key::tags(&keys)).transpose()?;
        let dictionary = crate::dictionary::user();
        let trusting = inflated.is_some();
        let options = Options {
            sought: None,
            costly: false,
            bare: false,
            force,
            strict,
            only,
            stop_before_pixels,
            limits,
            trusting,
            dictionary,
            interrupted: Some(crate::gate::interrupted),
        };
        let charset = charset.map(|terms| Charset::from_terms(terms.iter().map(String::as_bytes)).0);
        let opened = crate::source::open(py, crate::source::given(source, mmap)?, options, charset)?;
        let root = opened.document.root();
        crate::contents::show(py, &opened, root)
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::check::register(module)?;
        crate::codecs::register(module)?;
        crate::form::register(module)?;
        crate::models::register(module)?;
        crate::net::register(module)?;
        crate::dictionary::register(module)?;
        crate::save::register(module)?;
        crate::scan::register(module)
    }
}
