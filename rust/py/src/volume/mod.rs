//! `read_volume` and `open_volume`: heads in parallel, the arrangement, then each slice straight into its place.

mod lease;
mod slices;
mod tell;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use radiogram_core::{Error, ErrorKind, Limits, Result, Tag};
use radiogram_data::{Document, Options, Source, read};
use radiogram_io::{OpenFile, PathFile};
use radiogram_pixel::Dtype;
use radiogram_pixel::volume::{self, Arrangement, Missing, SliceHeader, Units};

use self::lease::{Lease, Lent};
pub(crate) use self::tell::in_file;
use crate::errors;
use crate::gate::{self, Crew, Progress};

/// A file whose header was read.
pub(crate) struct Opened {
    pub(crate) document: Document,
    lease: Arc<Lease>,
}

impl Opened {
    /// Opens the file for all reads until the result is dropped. One that was changed since is an error.
    pub(crate) fn lend(&self) -> Result<Lent<'_>> {
        self.lease.lend()
    }
}

/// A file of the caller's list: read, or why it is no slice.
pub(crate) type Head = std::result::Result<Opened, Error>;

/// A volume whose slices were put in their places, and not yet read.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct VolumeSource {
    paths: Vec<PathBuf>,
    heads: Vec<Option<Head>>,
    not_dicom: Vec<usize>,
    arrangement: Arrangement,
    units: Units,
}

/// Reads the headers of files and puts their slices in their places.
#[pyfunction]
#[pyo3(signature = (paths, *, series_uid, frames, units, dtype, missing, threads, progress))]
#[expect(clippy::too_many_arguments, reason = "the options of rg.read_volume, by name")]
pub(crate) fn open_volume(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    series_uid: Option<String>,
    frames: Option<BTreeSet<u32>>,
    units: &str,
    dtype: Option<&str>,
    missing: &str,
    threads: Option<i64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<VolumeSource> {
    if paths.is_empty() {
        return Err(errors::named(py, "ArgumentError", "there are no files to read"));
    }
    let threads = gate::threads(py, threads)?;
    let wish = wish(series_uid, units, dtype, missing).map_err(|error| errors::raise(py, &error))?;
    let wish = volume::Options { frames, ..wish };
    let done = AtomicUsize::new(0);
    // As many slices as files, as far as is known.
    let watch = Progress { done: &done, total: paths.len() * 2, callback: progress };
    let heads = gate::watched(py, threads, &watch, |crew| Ok(heads(crew, &paths, &volume::wanted(), &done)))?;
    let (headers, not_dicom) = sort_out(py, &paths, &heads)?;
    if headers.is_empty() {
        let message = format!("none of {} files is DICOM", paths.len());
        return Err(errors::named(py, "NotDicomError", &message));
    }
    let arranged = py.detach(|| volume::arrange(&headers, &wish));
    let arrangement = arranged.map_err(|refusal| tell::refuse(py, refusal, &paths))?;
    Ok(VolumeSource { paths, heads, not_dicom, arrangement, units: wish.units })
}

#[pymethods]
impl VolumeSource {
    /// Lengths of all axes: those of `axes`, then slice, row, column, and samples where a pixel has several.
    #[getter]
    fn shape(&self) -> Vec<u64> {
        let Arrangement { axes, depth, rows, columns, samples, .. } = &self.arrangement;
        let mut shape: Vec<u64> = axes.iter().map(|axis| axis.length as u64).collect();
        shape.extend([*depth as u64, u64::from(*rows), u64::from(*columns)]);
        shape.extend((*samples > 1).then_some(u64::from(*samples)));
        shape
    }

    /// The type of the result.
    #[getter]
    fn dtype(&self) -> &'static str {
        self.arrangement.report.dtype.name()
    }

    /// The affine matrix as rows.
    #[getter]
    fn affine(&self) -> [[f64; 4]; 4] {
        self.arrangement.affine
    }

    /// The axes beside slice, row and column.
    #[getter]
    fn axes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        tell::axes(py, &self.arrangement.axes)
    }

    /// When each place along the slices was acquired, milliseconds; empty where that is not known.
    #[getter]
    fn slice_times(&self) -> Vec<f64> {
        self.arrangement.slice_times.clone()
    }

    /// File and frame of each place, `None` where nothing stands.
    #[getter]
    fn places(&self) -> Vec<Option<(usize, u32)>> {
        tell::places(&self.arrangement.slots)
    }

    /// Size and time of change, nanoseconds, of each file when its header was read; None for what is not DICOM.
    #[getter]
    fn stamps(&self) -> Vec<Option<(u64, i128)>> {
        let stamp = |head: &Option<Head>| match head {
            Some(Ok(file)) => Some(file.lease.stamp()),
            _ => None,
        };
        self.heads.iter().map(stamp).collect()
    }

    /// The verdict.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        tell::tell(py, &self.arrangement, &self.not_dicom, &self.heads)
    }

    /// Reads the places along each axis that `ranges` names as (start, step, count), all where it is `None`. Places without a slice are
    /// left as they are.
    #[pyo3(signature = (ranges, *, out, threads, progress))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        ranges: Option<Vec<(u32, u32, u32)>>,
        out: Option<Bound<'py, PyAny>>,
        threads: Option<i64>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slices::read(self, py, ranges.as_deref(), out, threads, progress)
    }
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
        "real_world" => Units::RealWorld,
        _ => return Err(wrong("the units of a volume are stored, modality or real_world")),
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
    Ok(volume::Options { series_uid, frames: None, missing, units, dtype, limits: Limits::DEFAULT })
}

/// The wanted elements of all files.
pub(crate) fn heads(
    crew: &Crew<'_>,
    paths: &[PathBuf],
    wanted: &[Tag],
    done: &AtomicUsize,
) -> Vec<Option<Head>> {
    let options = Options { only: Some(wanted.into()), ..Options::default() };
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

fn head(path: &Path, options: &Options) -> Head {
    let reader = OpenFile::open(path)?;
    let lease = Arc::new(Lease::new(PathFile::new(path.to_owned(), reader.stamp())));
    let source = Source::File { source: Arc::<Lease>::clone(&lease), reader: Arc::new(reader) };
    Ok(Opened { document: read(source, options)?, lease })
}

/// The headers of the files that are DICOM, and the places of those that are not; what cannot be read is an error.
fn sort_out(
    py: Python<'_>,
    paths: &[PathBuf],
    heads: &[Option<Head>],
) -> PyResult<(Vec<SliceHeader>, Vec<usize>)> {
    let raise = |index, error: &Error| errors::raise(py, &tell::in_file(paths, index, error));
    let (mut headers, mut not_dicom) = (Vec::new(), Vec::new());
    for (index, head) in heads.iter().enumerate() {
        match head {
            Some(Ok(file)) => {
                let frames = SliceHeader::all_of(&file.document, index);
                headers.extend(frames.map_err(|error| raise(index, &error))?);
            }
            Some(Err(error)) if error.kind() == ErrorKind::NotDicom => not_dicom.push(index),
            Some(Err(error)) => return Err(raise(index, error)),
            None => {}
        }
    }
    Ok((headers, not_dicom))
}
