//! Segmentations: their description, and maps and layers of them as numpy arrays.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use radiogram_core::Error;
use radiogram_data::{Document, NodeId};
use radiogram_pixel::segmentation::{Conflict, Form, Grid, Kind, Labels, Layers, Overlap, Segmentation};
use radiogram_pixel::slide::Rectangle;
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
    /// The data sets that it is read from: one, or the parts of a concatenation.
    sources: Vec<(Arc<Opened>, NodeId)>,
    read: Segmentation,
}

#[pymethods]
impl Segments {
    #[new]
    fn new(py: Python<'_>, datasets: Vec<Bound<'_, Dataset>>) -> PyResult<Self> {
        let sources = datasets.iter().map(settled).collect::<PyResult<Vec<_>>>()?;
        let read = gate::brief(py, || {
            let parts: Vec<(&Document, NodeId)> =
                sources.iter().map(|(opened, node)| (&*opened.document, *node)).collect();
            Segmentation::read_parts(&parts).map_err(|error| named(&sources, error))
        })?;
        let made = Self { sources, read };
        made.keep(py, &made.read.findings())?;
        Ok(made)
    }

    /// The order of the data sets that were given.
    #[getter]
    fn order(&self) -> Vec<usize> {
        self.read.order()
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

    /// What is known of the plane whose tiles the frames are; None where they are no tiles.
    #[getter]
    fn matrix<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(matrix) = self.read.matrix() else { return Ok(None) };
        let level = matrix.level();
        let told = PyDict::new(py);
        told.set_item("shape", (level.planes.len(), level.rows, level.columns))?;
        told.set_item("tile", level.tile)?;
        told.set_item("tiles", level.tiles.len())?;
        told.set_item("is_sparse", level.is_sparse)?;
        told.set_item("focal_planes", &level.planes)?;
        told.set_item("spacing", level.spacing)?;
        told.set_item("origin", level.origin)?;
        told.set_item("orientation", level.orientation)?;
        let first = Rectangle { row: 0, column: 0, height: 1, width: 1 };
        told.set_item("affine", matrix.affine(first))?;
        Ok(Some(told))
    }

    /// The map of a region of a slide: (row, column, height, width).
    fn matrix_labels<'py>(
        &self,
        py: Python<'py>,
        segments: Option<Vec<u16>>,
        overlap: &str,
        threshold: f64,
        region: (u32, u32, u32, u32),
        threads: Option<i64>,
    ) -> PyResult<(Bound<'py, PyAny>, Told)> {
        let threads = gate::threads(py, threads)?;
        let wanted = Labels { segments: segments.as_deref(), overlap: rule(py, overlap)?, threshold };
        let (at, told, shape) = self.region(py, region)?;
        let dtype = self.read.label_dtype(wanted.segments);
        let out = zeros(py, &shape, dtype)?;
        let (conflict, found) = with_bytes(&out, dtype, |bytes| {
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                self.read
                    .matrix_labels_into(&self.documents(), at, &wanted, bytes, &run)
                    .map_err(|error| named(&self.sources, error))
            })
        })?;
        if let Some(conflict) = conflict {
            return Err(overlapping(py, &conflict));
        }
        self.keep(py, &found)?;
        Ok((out, told))
    }

    /// A layer for each segment of a region of a slide.
    fn matrix_layers<'py>(
        &self,
        py: Python<'py>,
        segments: Vec<u16>,
        threshold: Option<f64>,
        region: (u32, u32, u32, u32),
        threads: Option<i64>,
    ) -> PyResult<(Bound<'py, PyAny>, Told)> {
        let threads = gate::threads(py, threads)?;
        let form = threshold.map_or(Form::Fraction, Form::Mask);
        let wanted = Layers { segments: &segments, form };
        let (at, told, [planes, rows, columns]) = self.region(py, region)?;
        let out = zeros(py, &[segments.len() as u64, planes, rows, columns], form.dtype())?;
        let found = with_bytes(&out, form.dtype(), |bytes| {
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                self.read
                    .matrix_layers_into(&self.documents(), at, &wanted, bytes, &run)
                    .map_err(|error| named(&self.sources, error))
            })
        })?;
        self.keep(py, &found)?;
        Ok((out, told))
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
        let wanted = Labels { segments: segments.as_deref(), overlap: rule(py, overlap)?, threshold };
        let grid = gate::brief(py, || self.grid_admitted(on))?;
        let dtype = self.read.label_dtype(wanted.segments);
        let out = zeros(py, &grid.shape, dtype)?;
        let (conflict, found) = with_bytes(&out, dtype, |bytes| {
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                self.read
                    .labels_into(&self.documents(), &grid, &wanted, bytes, &run)
                    .map_err(|error| named(&self.sources, error))
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
                self.read
                    .layers_into(&self.documents(), &grid, &wanted, bytes, &run)
                    .map_err(|error| named(&self.sources, error))
            })
        })?;
        self.keep(py, &found)?;
        Ok((out, told(&grid)))
    }
}

impl Segments {
    /// A region that is within the slide, what is told of it, and its planes, rows and columns.
    fn region(
        &self,
        py: Python<'_>,
        (row, column, height, width): (u32, u32, u32, u32),
    ) -> PyResult<(Rectangle, Told, [u64; 3])> {
        let wrong = |message: &str| errors::named(py, "ArgumentError", message);
        let matrix =
            self.read.matrix().ok_or_else(|| wrong("regions are read of segmentations of slides"))?;
        let at = Rectangle { row, column, height, width };
        if !matrix.level().holds(at) {
            return Err(wrong("the region is not within the total pixel matrix, or has no pixel"));
        }
        let told = (matrix.affine(at), "the total pixel matrix", matrix.planes_with_tiles(at), 0.0);
        Ok((at, told, matrix.shape(at)))
    }

    fn grid_admitted(&self, on: On) -> radiogram_core::Result<Grid> {
        self.read.admit().map_err(|error| named(&self.sources, error))?;
        self.read.grid(on)
    }

    fn documents(&self) -> Vec<&Document> {
        self.sources.iter().map(|(opened, _)| &*opened.document).collect()
    }

    /// What was found in any of the parts is told of the first.
    fn keep(&self, py: Python<'_>, findings: &[Finding]) -> PyResult<()> {
        let order = self.read.order();
        let Some((opened, node)) = order.first().and_then(|first| self.sources.get(*first)) else {
            return Ok(());
        };
        findings.iter().try_for_each(|finding| {
            opened.keep(py, problem(opened, *node, finding.kind, finding.tag, finding.assumed.clone()))
        })
    }
}

/// The same error with the name of the file in front that it is of, where there are several.
fn named(sources: &[(Arc<Opened>, NodeId)], error: Error) -> Error {
    let part = error.part().filter(|_| sources.len() > 1).and_then(|part| sources.get(part));
    match part.and_then(|(opened, _)| opened.origin.name()) {
        Some(name) => error.named(&name),
        None => error,
    }
}

fn rule(py: Python<'_>, overlap: &str) -> PyResult<Overlap> {
    match overlap {
        "error" => Ok(Overlap::Error),
        "first" => Ok(Overlap::First),
        "max" => Ok(Overlap::Max),
        _ => Err(errors::named(py, "ArgumentError", "overlap is error, first, max or stack")),
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
