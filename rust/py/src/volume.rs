//! `read_volume`: heads in parallel, the arrangement, then each slice straight into its place.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use radiogram_core::{Error, ErrorKind, Limits, Result};
use radiogram_data::{Document, Options, Source, read};
use radiogram_io::{OpenFile, PathFile};
use radiogram_pixel::volume::{
    self, Arrangement, Fill, Missing, Refusal, Report, Rescale, SliceHeader, SliceReader, Slot, Units,
};
use radiogram_pixel::{Dtype, Scratch};

use crate::gate::{self, Crew, Progress};
use crate::pixels::with_bytes;
use crate::{array, errors, pixels};

/// A file of the caller's list: read, or why it is no slice.
type Head = std::result::Result<Document, Error>;

/// Reads a series of single-frame files: the array, the affine matrix as rows, a place for each file, the report.
#[pyfunction]
#[pyo3(signature = (paths, *, series_uid, units, dtype, missing, out, threads, progress))]
#[expect(clippy::too_many_arguments, reason = "the options of rg.read_volume, by name")]
pub(crate) fn read_volume<'py>(
    py: Python<'py>,
    paths: Vec<PathBuf>,
    series_uid: Option<String>,
    units: &str,
    dtype: Option<&str>,
    missing: &str,
    out: Option<Bound<'py, PyAny>>,
    threads: Option<i64>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyAny>, [[f64; 4]; 4], Vec<Option<usize>>, Bound<'py, PyDict>)> {
    if paths.is_empty() {
        return Err(errors::named(py, "ArgumentError", "there are no files to read"));
    }
    let threads = gate::threads(py, threads)?;
    let wish = wish(series_uid, units, dtype, missing).map_err(|error| errors::raise(py, &error))?;
    let done = AtomicUsize::new(0);
    let watch = Progress {
        done: &done,
        total: paths.len() * 2,
        callback: progress.as_ref().map(|c| c.clone().unbind()),
    };
    let heads = gate::watched(py, threads, &watch, |crew| Ok(heads(crew, &paths, &done)))?;
    let (headers, not_dicom) = sort_out(py, &paths, &heads)?;
    if headers.is_empty() {
        let message = format!("none of {} files is DICOM", paths.len());
        return Err(errors::named(py, "NotDicomError", &message));
    }
    let arranged = volume::arrange(&headers, &wish);
    let Arrangement { slots, rows, columns, samples, affine, report } =
        arranged.map_err(|refusal| refuse(py, refusal))?;

    let mut shape = vec![slots.len() as u64, rows.into(), columns.into()];
    if samples > 1 {
        shape.push(samples.into());
    }
    pixels::check_samples(py, shape.clone())?;
    let result = if let Some(out) = out {
        fitting(&out, &shape, report.dtype)?
    } else {
        let sides = shape.iter().map(|side| usize::try_from(*side).unwrap_or(usize::MAX));
        array::empty(py, sides, report.dtype)?
    };
    with_bytes(&result, report.dtype, |bytes| {
        gate::watched(py, threads, &watch, |crew| {
            let size = bytes.len() / slots.len().max(1);
            let parts = bytes.chunks_exact_mut(size.max(1));
            let filled = fill_slices(crew, &heads, &slots, (wish.units, report.dtype), parts, &done);
            filled.map_err(|(index, error)| in_file(&paths, index, &error))
        })
    })?;
    let places = slots
        .iter()
        .map(|slot| match slot {
            Slot::Slice { index, .. } => Some(*index),
            Slot::Missing => None,
        })
        .collect();
    let told = tell(py, &report, &not_dicom, &heads)?;
    Ok((result, affine, places, told))
}

fn wish(
    series_uid: Option<String>,
    units: &str,
    dtype: Option<&str>,
    missing: &str,
) -> Result<volume::Options> {
    let wrong = |what: &str| Error::new(ErrorKind::Argument, what);
    let units = match units {
        "stored" => Units::Stored,
        "modality" => Units::Modality,
        _ => return Err(wrong("the units of a volume are stored or modality")),
    };
    let missing = match missing {
        "error" => Missing::Error,
        "warn" => Missing::Warn,
        "fill" => Missing::Fill,
        _ => return Err(wrong("missing is error, warn or fill")),
    };
    let dtype = dtype
        .map(|name| Dtype::from_name(name).ok_or_else(|| wrong("no such dtype for a volume")))
        .transpose()?;
    Ok(volume::Options { series_uid, missing, units, dtype, limits: Limits::DEFAULT })
}

fn heads(crew: &Crew<'_>, paths: &[PathBuf], done: &AtomicUsize) -> Vec<Option<Head>> {
    let options = Options { only: Some(volume::WANTED.into()), ..Options::default() };
    let slots: Vec<Mutex<Option<Head>>> = paths.iter().map(|_| Mutex::new(None)).collect();
    crew.run(paths.len(), &|number| {
        if let (Some(path), Some(slot)) = (paths.get(number), slots.get(number)) {
            let head = head(path, &options);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
            done.fetch_add(1, Ordering::Relaxed);
        }
    });
    slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn head(path: &std::path::Path, options: &Options) -> Head {
    let reader = OpenFile::open(path)?;
    let source = Arc::new(PathFile::new(path.to_owned(), reader.stamp()));
    read(Source::File { source, reader: Arc::new(reader) }, options)
}

/// The headers of the files that are DICOM, and the places of those that are not; what cannot be read is an error.
fn sort_out(
    py: Python<'_>,
    paths: &[PathBuf],
    heads: &[Option<Head>],
) -> PyResult<(Vec<SliceHeader>, Vec<usize>)> {
    let (mut headers, mut not_dicom) = (Vec::new(), Vec::new());
    for (index, head) in heads.iter().enumerate() {
        match head {
            Some(Ok(document)) => headers.push(SliceHeader::of(document, index)),
            Some(Err(error)) if error.kind() == ErrorKind::NotDicom => not_dicom.push(index),
            Some(Err(error)) => return Err(errors::raise(py, &in_file(paths, index, error))),
            None => {}
        }
    }
    Ok((headers, not_dicom))
}

/// The same error with the name of the file in front.
pub(crate) fn in_file(paths: &[PathBuf], index: usize, error: &Error) -> Error {
    let name = paths.get(index).map(|path| path.display().to_string()).unwrap_or_default();
    let named = Error::new(error.kind(), format!("{name}: {}", error.message())).in_path(error.path());
    error.offset().map_or(named.clone(), |offset| named.at(offset))
}

fn refuse(py: Python<'_>, refusal: Refusal) -> PyErr {
    let Refusal { kind, message, choices, .. } = refusal;
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

/// The caller's array, if it fits.
fn fitting<'py>(out: &Bound<'py, PyAny>, shape: &[u64], dtype: Dtype) -> PyResult<Bound<'py, PyAny>> {
    let given: Option<Vec<u64>> = out.getattr("shape").and_then(|given| given.extract()).ok();
    if given.as_deref() != Some(shape) {
        let message = format!("the array for the result is of shape {shape:?} and {}", dtype.name());
        return Err(errors::named(out.py(), "ArgumentError", &message));
    }
    Ok(out.clone())
}

/// Reads each slice into its place; the error of the first slice that has one.
fn fill_slices<'b>(
    crew: &Crew<'_>,
    heads: &[Option<Head>],
    slots: &[Slot],
    (units, dtype): (Units, Dtype),
    parts: impl Iterator<Item = &'b mut [u8]>,
    done: &AtomicUsize,
) -> std::result::Result<(), (usize, Error)> {
    thread_local! {
        /// Stored samples of the slice that this thread reads: small enough to stay in its cache.
        static SCRATCH: std::cell::RefCell<Scratch> = std::cell::RefCell::default();
    }
    let parts: Vec<Mutex<&mut [u8]>> = parts.map(Mutex::new).collect();
    let failure: Mutex<Option<(usize, usize, Error)>> = Mutex::new(None);
    crew.run(slots.len(), &|place| {
        let (Some(Slot::Slice { index, .. }), Some(part)) = (slots.get(place), parts.get(place)) else {
            return;
        };
        let Some(Some(Ok(document))) = heads.get(*index) else { return };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let read = SliceReader::new(document, units, dtype)
            .and_then(|slice| SCRATCH.with_borrow_mut(|scratch| slice.read_into(scratch, &mut part)));
        done.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = read {
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            if failure.as_ref().is_none_or(|(first, ..)| place < *first) {
                *failure = Some((place, *index, error));
            }
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, index, error)) => Err((index, error)),
        None => Ok(()),
    }
}

/// The verdict for Python, by the names of `VolumeReport`; files by their place in the caller's list.
fn tell<'py>(
    py: Python<'py>,
    report: &Report,
    not_dicom: &[usize],
    heads: &[Option<Head>],
) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    let mut set_aside: Vec<(usize, &str)> =
        report.set_aside.iter().map(|(index, reason)| (*index, reason.as_str())).collect();
    set_aside.extend(not_dicom.iter().map(|index| (*index, "not DICOM")));
    set_aside.sort_unstable();
    let mut notes = report.notes.clone();
    let faulty = heads.iter().flatten().flatten().filter(|document| !document.problems().is_empty()).count();
    if faulty > 0 {
        notes.push(format!(
            "{faulty} of the files depart from the standard in their structure: see their problems"
        ));
    }
    told.set_item("series_uid", &report.series_uid)?;
    told.set_item("modality", &report.modality)?;
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
    let fill = match report.fill {
        Fill::Value(value) => Some(value),
        Fill::Smallest => None,
    };
    told.set_item("fill", fill)?;
    told.set_item("transfer_syntaxes", PyTuple::new(py, &report.transfer_syntaxes)?)?;
    told.set_item("notes", PyTuple::new(py, notes)?)?;
    Ok(told)
}
