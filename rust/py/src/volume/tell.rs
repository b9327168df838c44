//! What Python is told of a volume: the verdict, the axes, or the refusal with its choices.

use std::collections::BTreeSet;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use radiogram_core::Error;
use radiogram_pixel::volume::{Arrangement, Axis, Fill, Refusal, Rescale, Slot, Values};

use super::Head;
use crate::errors;

/// The same error with the name of the file in front.
pub(crate) fn in_file(paths: &[PathBuf], index: usize, error: &Error) -> Error {
    let name = paths.get(index).map(|path| path.display().to_string()).unwrap_or_default();
    let named = Error::new(error.kind(), format!("{name}: {}", error.message())).in_path(error.path());
    error.offset().map_or(named.clone(), |offset| named.at(offset))
}

/// The exception of a refusal, with the only file in front, or with the first of those it is about behind.
pub(super) fn refuse(py: Python<'_>, refusal: Refusal, paths: &[PathBuf]) -> PyErr {
    let Refusal { kind, message, choices, slices, .. } = refusal;
    let about: BTreeSet<usize> = slices.into_iter().collect();
    let first = about.first().and_then(|index| paths.get(*index)).map(|path| path.display());
    let message = match (paths, first) {
        ([only], _) => format!("{}: {message}", only.display()),
        (_, Some(first)) if about.len() == 1 => format!("{message} ({first})"),
        (_, Some(first)) => format!("{message} ({first} and {} more)", about.len() - 1),
        (_, None) => message,
    };
    let made = errors::raise(py, &Error::new(kind, message));
    if !choices.is_empty() {
        let names: Vec<String> = choices.iter().map(ToString::to_string).collect();
        let set = PyTuple::new(py, names).and_then(|names| made.value(py).setattr("choices", names));
        if let Err(failure) = set {
            return failure;
        }
    }
    made
}

/// The axes beside slice, row and column: name, and (name, unit, values) of each coordinate.
pub(super) fn axes<'py>(py: Python<'py>, axes: &[Axis]) -> PyResult<Bound<'py, PyList>> {
    let told = axes.iter().map(|axis| -> PyResult<(String, Bound<'py, PyList>)> {
        let coordinates = axis.coordinates.iter().map(|told| -> PyResult<_> {
            let values = match &told.values {
                Values::Numbers(numbers) => numbers.into_pyobject(py)?.into_any(),
                Values::Vectors(vectors) => vectors.into_pyobject(py)?.into_any(),
                Values::Texts(texts) => texts.into_pyobject(py)?.into_any(),
            };
            Ok((told.name.as_str(), told.unit, values))
        });
        Ok((axis.name.clone(), PyList::new(py, coordinates.collect::<PyResult<Vec<_>>>()?)?))
    });
    PyList::new(py, told.collect::<PyResult<Vec<_>>>()?)
}

/// File and frame of each place.
pub(super) fn places(slots: &[Slot]) -> Vec<Option<(usize, u32)>> {
    let place = |slot: &Slot| match slot {
        Slot::Slice { index, frame, .. } => Some((*index, *frame)),
        Slot::Missing => None,
    };
    slots.iter().map(place).collect()
}

/// The verdict for Python, by the names of `VolumeReport`; files by their place in the caller's list.
pub(super) fn tell<'py>(
    py: Python<'py>,
    arrangement: &Arrangement,
    not_dicom: &[usize],
    heads: &[Option<Head>],
) -> PyResult<Bound<'py, PyDict>> {
    let (told, report) = (PyDict::new(py), &arrangement.report);
    let mut set_aside: Vec<(usize, &str)> =
        report.set_aside.iter().map(|(index, reason)| (*index, reason.as_str())).collect();
    set_aside.extend(not_dicom.iter().map(|index| (*index, "not DICOM")));
    set_aside.sort_unstable();
    let mut notes = report.notes.clone();
    let faulty = heads.iter().flatten().flatten().filter(|file| !file.document.problems().is_empty()).count();
    if faulty > 0 {
        notes.push(format!(
            "{faulty} of the files depart from the standard in their structure: see their problems"
        ));
    }
    told.set_item("series_uid", &report.series_uid)?;
    told.set_item("frame_of_reference_uid", &report.frame_of_reference_uid)?;
    told.set_item("modality", &report.modality)?;
    told.set_item("space", report.space.as_str())?;
    told.set_item("present", report.present)?;
    told.set_item("missing", PyTuple::new(py, &report.missing)?)?;
    told.set_item("spacing", PyTuple::new(py, report.spacing)?)?;
    told.set_item("spacing_source", report.spacing_source.as_str())?;
    told.set_item("plane_distance", report.plane_distance)?;
    told.set_item("tilt_degrees", report.tilt_degrees)?;
    told.set_item("tolerance", report.tolerance)?;
    told.set_item("deviation", report.deviation)?;
    told.set_item("set_aside", set_aside)?;
    told.set_item("dtype", report.dtype.name())?;
    told.set_item("dtype_reason", &report.dtype_reason)?;
    match report.rescale {
        Rescale::Uniform { slope, intercept } => told.set_item("rescale", (slope, intercept))?,
        Rescale::PerSlice => told.set_item("rescale", "per slice")?,
        Rescale::Lut => told.set_item("rescale", "modality LUT")?,
    }
    told.set_item("padding", report.padding)?;
    told.set_item("incomplete", report.incomplete)?;
    let fill = match report.fill {
        Fill::Value(value) => Some(value),
        Fill::Smallest => None,
    };
    told.set_item("fill", fill)?;
    told.set_item("transfer_syntaxes", PyTuple::new(py, &report.transfer_syntaxes)?)?;
    told.set_item("notes", PyTuple::new(py, notes)?)?;
    Ok(told)
}
