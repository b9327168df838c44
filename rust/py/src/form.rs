//! What the stored samples of a data set are, by its header and by its codestreams: what encoding them again has to say.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_pixel::layout::Photometric;
use radiogram_pixel::{DataSet, frames};

use crate::dataset::Dataset;
use crate::gate;
use crate::settled::settled_pixels;

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encapsulated_frames, module)?)?;
    module.add_function(wrap_pyfunction!(pixel_form, module)?)
}

/// The Photometric Interpretation of stored samples, whose chrominance is as wide as their luminance; none for those without a
/// term of their own.
#[pyfunction]
fn pixel_form(py: Python<'_>, dataset: &Bound<'_, Dataset>) -> PyResult<Option<&'static str>> {
    let (opened, node) = settled_pixels(dataset)?;
    let layout = gate::brief(py, || {
        frames::describe(&DataSet::new(&opened.document, node), node).map(|(layout, _)| layout)
    })?;
    Ok(match layout.photometric {
        Photometric::Monochrome1 => Some("MONOCHROME1"),
        Photometric::Monochrome2 => Some("MONOCHROME2"),
        Photometric::PaletteColor => Some("PALETTE COLOR"),
        Photometric::Rgb => Some("RGB"),
        Photometric::YbrFull | Photometric::YbrFull422 => Some("YBR_FULL"),
        _ => None,
    })
}

/// The codestream of each frame; none where pixel data are native.
#[pyfunction]
fn encapsulated_frames<'py>(
    py: Python<'py>,
    dataset: &Bound<'py, Dataset>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let (opened, node) = settled_pixels(dataset)?;
    let frames = gate::brief(py, || {
        let (layout, frames) = frames::describe(&DataSet::new(&opened.document, node), node)?;
        (0..layout.frames)
            .filter_map(|frame| frames.codestream(&opened.document, frame).transpose())
            .collect::<radiogram_core::Result<Vec<_>>>()
    })?;
    Ok(frames.iter().map(|frame| PyBytes::new(py, frame)).collect())
}
