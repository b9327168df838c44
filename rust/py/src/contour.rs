//! Contours of regions: their points, and masks of them as numpy arrays.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use radiogram_pixel::Dtype;
use radiogram_pixel::contour::{
    Combine, Contour, Contours, Grid, OffPlane, Options, Report, Shape, mask_into,
};

use crate::dataset::Dataset;
use crate::pixels::{Task, with_bytes};
use crate::segmentation::zeros;
use crate::settled::settled;
use crate::{array, errors, gate};

/// The numbers of all contours, where those of each begin, the region and the shape of each.
type Read<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<i64>>, Vec<i64>, Vec<u8>);
/// Slices, contours used, outside, off their plane, open, there twice; slices filled between; the largest deviation.
type Told = (usize, usize, usize, usize, usize, usize, usize, f64);

/// Reads the contours of a structure set.
#[pyfunction]
pub(crate) fn read_contours<'py>(py: Python<'py>, dataset: &Bound<'py, Dataset>) -> PyResult<Read<'py>> {
    let (opened, node) = settled(dataset)?;
    let document = &opened.document;
    let found = gate::brief(py, || Contours::list(document, node))?;
    let values = array::empty(py, std::iter::once(found.count()), Dtype::F64)?;
    {
        let values = values.cast::<PyArray1<f64>>()?;
        let mut guard = values.readwrite();
        let out = guard.as_slice_mut()?;
        gate::long(py, None, |crew| {
            let run = |count: usize, each: &Task| crew.run(count, each);
            found.read_into(document, out, &run)
        })?;
    }
    let Contours { regions, shapes, offsets, .. } = found;
    Ok((values, PyArray1::from_vec(py, offsets), regions, shapes))
}

/// The voxels that contours enclose, as bytes of 0 and 1 in the shape of a volume.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the options of mask, and what it is made of")]
pub(crate) fn mask_contours<'py>(
    py: Python<'py>,
    values: &Bound<'py, PyArray1<f64>>,
    offsets: &Bound<'py, PyArray1<i64>>,
    shapes: Vec<u8>,
    first: usize,
    on: ([u64; 3], [[f64; 4]; 4]),
    combine: &str,
    off_plane: &str,
    tolerance: Option<f64>,
    skip_open: bool,
    interpolate: usize,
    threads: Option<i64>,
) -> PyResult<(Bound<'py, PyAny>, Told)> {
    let threads = gate::threads(py, threads)?;
    let wrong = |message: &str| errors::named(py, "ArgumentError", message);
    let options = Options {
        combine: match combine {
            "xor" => Combine::Xor,
            "union" => Combine::Union,
            _ => return Err(wrong("combine is xor or union")),
        },
        off_plane: match off_plane {
            "error" => OffPlane::Error,
            "nearest" => OffPlane::Nearest,
            "skip" => OffPlane::Skip,
            _ => return Err(wrong("off_plane is error, nearest or skip")),
        },
        tolerance,
        skip_open,
        interpolate,
    };
    if tolerance.is_some_and(|tolerance| !(tolerance >= 0.0 && tolerance.is_finite())) {
        return Err(wrong("a tolerance is a distance in millimetres"));
    }
    let (values, offsets) = (values.readonly(), offsets.readonly());
    let (values, offsets) = (values.as_slice()?, offsets.as_slice()?);
    let (shape, affine) = on;
    let grid = gate::brief(py, || Grid::new(shape, affine))?;
    let out = zeros(py, &shape, Dtype::U8)?;
    let report = with_bytes(&out, Dtype::U8, |bytes| {
        gate::long(py, threads, |crew| {
            let ends = offsets.iter().zip(offsets.iter().skip(1));
            let contours: Vec<Contour<'_>> = ends
                .zip(&shapes)
                .enumerate()
                .map(|(at, ((from, to), shape))| {
                    let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
                    let values = range.and_then(|(from, to)| values.get(from..to)).unwrap_or_default();
                    Contour { number: first + at, shape: Shape::of(*shape), values }
                })
                .collect();
            let run = |count: usize, each: &Task| crew.run(count, each);
            mask_into(&contours, &grid, &options, bytes, &run)
        })
    })?;
    let Report { slices, used, outside, off_plane, open, repeated, interpolated, deviation } = report;
    Ok((out, (slices, used, outside, off_plane, open, repeated, interpolated, deviation)))
}
