//! Slices of an opened volume on their way into an array: all of it, or what is asked for along each axis.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use pyo3::prelude::*;
use radiogram_core::Error;
use radiogram_pixel::volume::{SliceReader, Slot, Stride};
use radiogram_pixel::{Dtype, Scratch};

use super::{Opened, VolumeSource, tell};
use crate::gate::{self, Crew, Progress};
use crate::pixels::with_bytes;
use crate::{array, errors, pixels};

/// What is read: places in the result's order, rows and columns.
struct Wish {
    slots: Vec<usize>,
    shape: Vec<u64>,
    window: Option<(Stride, Stride)>,
}

pub(super) fn read<'py>(
    volume: &VolumeSource,
    py: Python<'py>,
    ranges: Option<&[(u32, u32, u32)]>,
    out: Option<Bound<'py, PyAny>>,
    threads: Option<i64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let threads = gate::threads(py, threads)?;
    let dtype = volume.arrangement.report.dtype;
    let Some(wish) = wish(volume, ranges) else {
        return Err(errors::named(py, "ArgumentError", "the ranges are not within the volume"));
    };
    pixels::check_samples(py, wish.shape.clone())?;
    let result = if let Some(out) = out {
        fitting(&out, &wish.shape, dtype)?
    } else {
        let sides = wish.shape.iter().map(|side| usize::try_from(*side).unwrap_or(usize::MAX));
        array::empty(py, sides, dtype)?
    };
    let files = volume.paths.len();
    let done = AtomicUsize::new(files);
    let watch = Progress { done: &done, total: files + wish.slots.len(), callback: progress };
    with_bytes(&result, dtype, |bytes| {
        gate::watched(py, threads, &watch, |crew| {
            let size = bytes.len() / wish.slots.len().max(1);
            let parts = bytes.chunks_exact_mut(size.max(1)).map(Mutex::new).collect::<Vec<_>>();
            fill(crew, volume, &wish, &parts, &done)
                .map_err(|(index, error)| tell::in_file(&volume.paths, index, &error))
        })
    })?;
    Ok(result)
}

/// The places that ranges name; `None` where they are not ranges of this volume.
fn wish(volume: &VolumeSource, ranges: Option<&[(u32, u32, u32)]>) -> Option<Wish> {
    let arrangement = &volume.arrangement;
    let mut shape = volume.shape();
    let Some(ranges) = ranges else {
        return Some(Wish { slots: (0..arrangement.slots.len()).collect(), shape, window: None });
    };
    let axes = arrangement.axes.len() + 3;
    if ranges.len() != axes {
        return None;
    }
    let stride = |(start, step, count): (u32, u32, u32)| Stride { start, step, count };
    let is_within = |(&(start, step, count), length): (&(u32, u32, u32), &u64)| {
        let last = u64::from(start) + u64::from(step) * u64::from(count.saturating_sub(1));
        step > 0 && count > 0 && last < *length
    };
    if !ranges.iter().zip(&shape).all(is_within) {
        return None;
    }
    let mut slots = vec![0_usize];
    for (&(start, step, count), length) in ranges.iter().zip(&shape).take(axes - 2) {
        let length = usize::try_from(*length).ok()?;
        let along = |slot: usize| {
            (0..count).map(move |number| slot * length + start as usize + step as usize * number as usize)
        };
        slots = slots.into_iter().flat_map(along).collect();
    }
    for (side, (_, _, count)) in shape.iter_mut().zip(ranges) {
        *side = u64::from(*count);
    }
    let (rows, columns) = (stride(*ranges.get(axes - 2)?), stride(*ranges.get(axes - 1)?));
    let is_whole = rows == Stride::all(arrangement.rows) && columns == Stride::all(arrangement.columns);
    Some(Wish { slots, shape, window: (!is_whole).then_some((rows, columns)) })
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
fn fill(
    crew: &Crew<'_>,
    volume: &VolumeSource,
    wish: &Wish,
    parts: &[Mutex<&mut [u8]>],
    done: &AtomicUsize,
) -> std::result::Result<(), (usize, Error)> {
    thread_local! {
        /// Stored samples of the slice that this thread reads: small enough to stay in its cache.
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    let slot = |at: usize| wish.slots.get(at).and_then(|slot| volume.arrangement.slots.get(*slot));
    let file = |index: usize| match volume.heads.get(index) {
        Some(Some(Ok(file))) => Some(file),
        _ => None,
    };
    // A file of many slices is opened once.
    let mut slices_of = vec![0_usize; volume.heads.len()];
    for at in 0..wish.slots.len() {
        if let Some(Slot::Slice { index, .. }) = slot(at)
            && let Some(count) = slices_of.get_mut(*index)
        {
            *count += 1;
        }
    }
    let mut lent = Vec::new();
    for (index, count) in slices_of.iter().enumerate() {
        if let Some(file) = file(index).filter(|_| *count > 1) {
            lent.push(file.lend().map_err(|error| (index, error))?);
        }
    }
    let readers: Vec<OnceLock<Result<SliceReader<'_>, Error>>> =
        volume.heads.iter().map(|_| OnceLock::new()).collect();
    let failure: Mutex<Option<(usize, usize, Error)>> = Mutex::new(None);
    crew.run(wish.slots.len(), &|at| {
        let (Some(Slot::Slice { index, frame, .. }), Some(part)) = (slot(at), parts.get(at)) else {
            return;
        };
        let (Some(file), Some(shared)) = (file(*index), readers.get(*index)) else { return };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let mut into = |reader: &SliceReader<'_>| {
            SCRATCH.with_borrow_mut(|scratch| reader.read_into(*frame, scratch, &mut part))
        };
        let is_shared = slices_of.get(*index).is_some_and(|count| *count > 1);
        let read = if is_shared {
            shared
                .get_or_init(|| reader_of(file, volume, wish))
                .as_ref()
                .map_err(Clone::clone)
                .and_then(&mut into)
        } else {
            // The front of a codestream is read before it is: the file is opened once for both.
            file.lend().and_then(|_lent| reader_of(file, volume, wish).and_then(|reader| into(&reader)))
        };
        done.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = read {
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            if failure.as_ref().is_none_or(|(first, ..)| at < *first) {
                *failure = Some((at, *index, error));
            }
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, index, error)) => Err((index, error)),
        None => Ok(()),
    }
}

fn reader_of<'f>(file: &'f Opened, volume: &VolumeSource, wish: &Wish) -> Result<SliceReader<'f>, Error> {
    SliceReader::new(&file.document, volume.units, volume.arrangement.report.dtype, wish.window)
}
