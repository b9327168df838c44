//! `resample`: a volume on another grid, a slice of the result a task.

use std::sync::{Mutex, PoisonError};

use numpy::{Element, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use radiogram_core::Error;
use radiogram_pixel::volume::{Order, Resampling, Sample};

use crate::{array, errors, gate, pixels};

/// The volume of (…, slice, row, column) on a grid of `shape`; `matrix` takes (slice, row, column, 1) of it to voxels of `volume`.
#[pyfunction]
#[pyo3(signature = (volume, shape, matrix, *, order, outside, threads))]
pub(crate) fn resample<'py>(
    py: Python<'py>,
    volume: &Bound<'py, PyAny>,
    shape: [usize; 3],
    matrix: [[f64; 4]; 3],
    order: u8,
    outside: f64,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    let threads = gate::threads(py, threads)?;
    let raised = |error: Error| errors::raise(py, &error);
    let order = match order {
        0 => Order::Nearest,
        1 => Order::Linear,
        _ => return Err(errors::named(py, "ArgumentError", "order is 0, the nearest voxel, or 1, linear")),
    };
    let given = array::untyped(volume)?;
    let name: String = given.dtype().getattr("name")?.extract()?;
    let Some(dtype) = radiogram_pixel::Dtype::from_name(&name) else {
        let message = format!("a volume of {name} cannot be resampled");
        return Err(errors::named(py, "ArgumentError", &message));
    };
    let given = array::contiguous(given, dtype)?;
    let Some((lead, from)) = given.shape().split_last_chunk::<3>() else {
        return Err(errors::named(py, "ArgumentError", "a volume has slices, rows and columns"));
    };
    let (lead, from) = (lead.to_vec(), *from);
    let plan = Resampling::new(from, shape, matrix, order).map_err(raised)?;
    let whole: Vec<usize> = lead.into_iter().chain(shape).collect();
    pixels::check_samples(py, whole.iter().map(|side| *side as u64).collect())?;
    let made = array::empty(py, whole.into_iter(), dtype)?;
    let work = Work { plan, from, slices: shape[0], outside };
    macro_rules! by_type {
        ($($dtype:ident: $type:ty),*) => {
            match dtype {
                $(radiogram_pixel::Dtype::$dtype => work.run::<$type>(py, threads, &given, &made)?,)*
            }
        };
    }
    by_type!(U8: u8, I8: i8, U16: u16, I16: i16, U32: u32, I32: i32, U64: u64, I64: i64, F32: f32, F64: f64);
    Ok(made)
}

struct Work {
    plan: Resampling,
    from: [usize; 3],
    slices: usize,
    outside: f64,
}

impl Work {
    fn run<T: Element + Sample>(
        &self,
        py: Python<'_>,
        threads: Option<usize>,
        given: &Bound<'_, PyUntypedArray>,
        made: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let wrong = |what: &str| errors::named(py, "ArgumentError", what);
        let given = given.cast::<PyArrayDyn<T>>().map_err(|_| wrong("the volume is of another type"))?;
        let guard = given.try_readonly().map_err(|_| wrong("the volume is being written to"))?;
        let input = guard.as_slice().map_err(|_| wrong("the volume is not contiguous"))?;
        let made = made.cast::<PyArrayDyn<T>>().map_err(|_| wrong("the result is of another type"))?;
        let mut guard = made.try_readwrite().map_err(|_| wrong("the result is not writable"))?;
        let out = guard.as_slice_mut().map_err(|_| wrong("the result is not contiguous"))?;
        let volume = self.from.iter().product::<usize>();
        let outside = T::nearest(self.outside);
        let parts: Vec<Mutex<&mut [T]>> =
            out.chunks_exact_mut(self.plan.slice_len()).map(Mutex::new).collect();
        gate::long(py, threads, |crew| {
            crew.run(parts.len(), &|number| {
                let (of, slice) = (number / self.slices, number % self.slices);
                let held = input.get(of * volume..(of + 1) * volume);
                if let (Some(held), Some(part)) = (held, parts.get(number)) {
                    let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                    self.plan.slice_into(held, slice, outside, &mut part);
                }
            });
            Ok(())
        })
    }
}
