//! Segmentations: their description, and maps and layers of them as numpy arrays.

use std::sync::Arc;

use pyo3::prelude::*;
use radiogram_data::NodeId;
use radiogram_pixel::segmentation::{Conflict, Form, Grid, Kind, Labels, Layers, Overlap, Segmentation};
use radiogram_pixel::{Dtype, Finding};

use crate::dataset::Dataset;
use crate::opened::Opened;
use crate::pixels::{Task, check_samples, problem, with_bytes};
use crate::settled::settled;
use crate::{array, errors, gate};

/// A grid of the caller's: shape and matrix.
type On = Option<([u64; 3], [[f64; 4]; 4])>;
/// What Python gets beside an array: the matrix, what the distance of slices is from, slices with a frame, the largest deviation.
type Told = ([[f64; 4]; 4], &'static str, usize, f64);

/// A segmentation, described; made of a data set that is one.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Segments {
    opened: Arc<Opened>,
    node: NodeId,
    read: Segmentation,
}

#[pymethods]
impl Segments {
    #[new]
    fn new(py: Python<'_>, dataset: &Bound<'_, Dataset>) -> PyResult<Self> {
        let (opened, node) = settled(dataset)?;
        let read = gate::brief(py, || Segmentation::read(&opened.document, node))?;
        let made = Self { opened, node, read };
        made.keep(py, made.read.findings())?;
        Ok(made)
    }

    /// BINARY, FRACTIONAL or LABELMAP, and the largest fraction.
    #[getter]
    fn kind(&self) -> (&'static str, Option<u16>) {
        match self.read.kind() {
            Kind::Binary => ("BINARY", None),
            Kind::Fractional(maximum) => ("FRACTIONAL", Some(maximum)),
            Kind::LabelMap => ("LABELMAP", None),
        }
    }

    /// (frames, rows, columns).
    #[getter]
    fn size(&self) -> [u64; 3] {
        self.read.size()
    }

    /// The segment of each frame; empty for label maps.
    #[getter]
    fn frame_segments(&self) -> Vec<u16> {
        self.read.segments().to_vec()
    }

    /// The grid that the frames stand on: its shape, and what is told of it.
    #[pyo3(signature = (on))]
    fn grid(&self, py: Python<'_>, on: On) -> PyResult<([u64; 3], Told)> {
        let grid = gate::brief(py, || self.read.grid(on))?;
        Ok((grid.shape, told(&grid)))
    }

    /// A map of the numbers of segments.
    fn labels<'py>(
        &self,
        py: Python<'py>,
        segments: Option<Vec<u16>>,
        overlap: &str,
        threshold: f64,
        on: On,
        threads: Option<i64>,
    ) -> PyResult<(Bound<'py, PyAny>, Told)> {
        let threads = gate::threads(py, threads)?;
        let overlap = match overlap {
            "error" => Overlap::Error,
            "first" => Overlap::First,
            "max" => Overlap::Max,
            _ => return Err(errors::named(py, "ArgumentError", "overlap is error, first, max or stack")),
        };
        let wanted = Labels { segments: segments.as_deref(), overlap, threshold };
        let grid = gate::brief(py, || self.grid_admitted(on))?;
        let dtype = self.read.label_dtype(wanted.segments);
        let out = zeros(py, &grid.shape, dtype)?;
        let (conflict, found) = with_bytes(&out, dtype, |bytes| {
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                self.read.labels_into(&self.opened.document, &grid, &wanted, bytes, &run)
            })
        })?;
        if let Some(conflict) = conflict {
            return Err(overlapping(py, &conflict));
        }
        self.keep(py, &found)?;
        Ok((out, told(&grid)))
    }

    /// A layer for each segment: masks of bytes, or fractions where there is no threshold.
    fn layers<'py>(
        &self,
        py: Python<'py>,
        segments: Vec<u16>,
        threshold: Option<f64>,
        on: On,
        threads: Option<i64>,
    ) -> PyResult<(Bound<'py, PyAny>, Told)> {
        let threads = gate::threads(py, threads)?;
        let form = threshold.map_or(Form::Fraction, Form::Mask);
        let wanted = Layers { segments: &segments, form };
        let grid = gate::brief(py, || self.grid_admitted(on))?;
        let [slices, rows, columns] = grid.shape;
        let out = zeros(py, &[segments.len() as u64, slices, rows, columns], form.dtype())?;
        let found = with_bytes(&out, form.dtype(), |bytes| {
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                self.read.layers_into(&self.opened.document, &grid, &wanted, bytes, &run)
            })
        })?;
        self.keep(py, &found)?;
        Ok((out, told(&grid)))
    }
}

impl Segments {
    fn grid_admitted(&self, on: On) -> radiogram_core::Result<Grid> {
        self.read.admit()?;
        self.read.grid(on)
    }

    fn keep(&self, py: Python<'_>, findings: &[Finding]) -> PyResult<()> {
        findings.iter().try_for_each(|finding| {
            let assumed = finding.assumed.clone();
            self.opened.keep(py, problem(&self.opened, self.node, finding.kind, finding.tag, assumed))
        })
    }
}

fn told(grid: &Grid) -> Told {
    let mut places = grid.places.clone();
    places.sort_unstable();
    places.dedup();
    (grid.affine, grid.spacing_source, places.len(), grid.deviation)
}

/// An array of zeros, which the system makes when they are touched: the places without a frame cost nothing.
pub(crate) fn zeros<'py>(py: Python<'py>, shape: &[u64], dtype: Dtype) -> PyResult<Bound<'py, PyAny>> {
    check_samples(py, shape.to_vec())?;
    array::zeros(py, shape.iter().map(|side| usize::try_from(*side).unwrap_or(usize::MAX)), dtype)
}

fn overlapping(py: Python<'_>, conflict: &Conflict) -> PyErr {
    let Conflict { segments: [one, other], frames, place } = *conflict;
    let [first, second] = frames.map(|frame| frame + 1);
    let message = format!(
        "segments {one} and {other} overlap in slice {place} (frames {first} and {second}): one map of labels cannot hold both; \
         overlap=\"first\", \"max\" or \"stack\" says what becomes of them"
    );
    let made = errors::named(py, "OverlapError", &message);
    let value = made.value(py);
    let set = value.setattr("segments", (one, other)).and_then(|()| value.setattr("frames", (first, second)));
    set.and_then(|()| value.setattr("slice", place)).err().unwrap_or(made)
}
