//! Frames of many files into one array: what the batches of loaders are made of. What is wrong with one of them is told, and no more.

mod file;
mod known;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use radiogram_core::{Error, Result};
use radiogram_pixel::Dtype;
use radiogram_pixel::codec::{self, Region};

use self::file::{Ahead, Hands, read_frame};
use self::known::Known;
use crate::errors;
use crate::gate;
use crate::pixels::{Task, View, with_bytes};
use crate::volume::in_file;

/// Size and time of change that a file had when it was scanned.
type Seen = Option<(u64, i64)>;

/// An exception with the number of the frame that it is of.
type Failed<'py> = (usize, Bound<'py, PyAny>);

/// How all frames are rendered.
struct Wish {
    units: String,
    dtype: Dtype,
    view: View,
    mapping: usize,
    /// What was read past is an error; by default only that a codestream holds less than the picture.
    strict: Option<bool>,
    /// Files are mapped, and stay so.
    mapped: bool,
}

/// One frame, or a region of it.
struct Asked<'a> {
    path: &'a Path,
    seen: Seen,
    frame: u64,
    region: Option<Region>,
    /// (rows, columns) or (rows, columns, channels) of what is expected.
    shape: &'a [usize],
    /// Asked on long walks, where the caller's own thread does them.
    interrupted: Option<fn() -> bool>,
}

/// Reads frames of files, again and again: what it learnt of a file is known when that is read again.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct FrameReader {
    wish: Wish,
    known: Known,
    /// Memory of threads between two calls.
    idle: Mutex<Vec<Hands>>,
}

/// Threads whose memory is kept between two calls.
const IDLE: usize = 64;

#[pymethods]
impl FrameReader {
    #[new]
    fn new(
        py: Python<'_>,
        units: String,
        dtype: &str,
        view: View,
        mapping: usize,
        strict: Option<bool>,
        mapped: bool,
    ) -> PyResult<Self> {
        let dtype = Dtype::from_name(dtype)
            .ok_or_else(|| errors::named(py, "ArgumentError", "no such dtype for pixels"))?;
        let wish = Wish { units, dtype, view, mapping, strict, mapped };
        Ok(Self { wish, known: Known::default(), idle: Mutex::default() })
    }

    /// Files that need no look at their headers any more.
    #[getter]
    fn known(&self) -> usize {
        self.known.len()
    }

    /// Reads frame `frames[i]` of `paths[i]` into `out[i]`, and gives the exceptions of those that could not be read with their numbers.
    #[pyo3(signature = (paths, seen, frames, regions, out, threads))]
    #[expect(clippy::too_many_arguments, reason = "what is read, and where to")]
    fn read<'py>(
        &self,
        py: Python<'py>,
        paths: Vec<PathBuf>,
        seen: Vec<Seen>,
        frames: Vec<u64>,
        regions: Option<Vec<(u32, u32, u32, u32)>>,
        out: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<Vec<Failed<'py>>> {
        let wrong = |message: &str| errors::named(py, "ArgumentError", message);
        let threads = gate::threads(py, threads)?;
        let count = paths.len();
        let regions_fit = regions.as_ref().is_none_or(|regions| regions.len() == count);
        if seen.len() != count || frames.len() != count || !regions_fit {
            return Err(wrong("as many stamps, frames and regions as files are needed"));
        }
        let shape: Vec<usize> = out.getattr("shape")?.extract()?;
        let Some((first, shape)) = shape.split_first().filter(|(first, _)| **first == count) else {
            return Err(wrong("the array for the result has another number of frames"));
        };
        if *first == 0 {
            return Ok(Vec::new());
        }
        let interrupted = (threads == Some(1)).then_some(gate::interrupted as fn() -> bool);
        let asked: Vec<Asked<'_>> = paths
            .iter()
            .zip(seen)
            .zip(frames)
            .enumerate()
            .map(|(at, ((path, seen), frame))| {
                let region = regions.as_ref().and_then(|regions| regions.get(at));
                let region = region.map(|&(y, x, rows, columns)| Region { y, x, rows, columns });
                Asked { path, seen, frame, region, shape, interrupted }
            })
            .collect();
        let failed = with_bytes(out, self.wish.dtype, |bytes| {
            let size = bytes.len() / count;
            if size == 0 {
                return Err(wrong("the array for the result has no room"));
            }
            let parts = bytes.chunks_exact_mut(size);
            if threads == Some(1) {
                return gate::brief(py, || Ok(self.one_by_one(&asked, parts)));
            }
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task<'_>| crew.run(count, each);
                let crew = codec::Crew { run: &run, workers: crew.workers() };
                Ok(self.side_by_side(crew, &asked, parts))
            })
        })?;
        Ok(failed
            .into_iter()
            .map(|(at, error)| {
                (at, errors::raise(py, &in_file(&paths, at, &error)).into_value(py).into_bound(py).into_any())
            })
            .collect())
    }
}

impl FrameReader {
    /// On this thread; it ends early once the caller pressed Ctrl-C.
    fn one_by_one<'b>(
        &self,
        asked: &[Asked<'_>],
        parts: impl Iterator<Item = &'b mut [u8]>,
    ) -> Vec<(usize, Error)> {
        let mut hands = self.hands();
        let mut failed = Vec::new();
        let ahead = Ahead::of(asked);
        for (at, part) in parts.enumerate() {
            if gate::interrupted() {
                break;
            }
            if let Err(error) = self.frame(&ahead, at, codec::Crew::HERE, &mut hands, part) {
                failed.push((at, error));
            }
        }
        self.put_back(hands);
        failed
    }

    fn side_by_side<'b>(
        &self,
        crew: codec::Crew<'_>,
        asked: &[Asked<'_>],
        parts: impl Iterator<Item = &'b mut [u8]>,
    ) -> Vec<(usize, Error)> {
        // Frames first: what is within one is divided only where there are more workers than frames.
        let within = if asked.len() < crew.workers { crew } else { codec::Crew::HERE };
        let parts: Vec<Mutex<&mut [u8]>> = parts.map(Mutex::new).collect();
        let failed: Mutex<Vec<(usize, Error)>> = Mutex::default();
        let ahead = Ahead::of(asked);
        (crew.run)(asked.len(), &|at| {
            let Some(part) = parts.get(at) else { return };
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let mut hands = self.hands();
            let done = self.frame(&ahead, at, within, &mut hands, &mut part);
            self.put_back(hands);
            if let Err(error) = done {
                failed.lock().unwrap_or_else(PoisonError::into_inner).push((at, error));
            }
        });
        let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.sort_by_key(|(at, _)| *at);
        failed
    }

    fn frame(
        &self,
        ahead: &Ahead<'_>,
        at: usize,
        crew: codec::Crew<'_>,
        hands: &mut Hands,
        part: &mut [u8],
    ) -> Result<()> {
        read_frame(&self.wish, &self.known, ahead, at, crew, hands, part)
    }

    /// Memory for a thread. No lock is waited for: a child may have inherited it closed.
    fn hands(&self) -> Hands {
        self.idle.try_lock().ok().and_then(|mut idle| idle.pop()).unwrap_or_default()
    }

    fn put_back(&self, hands: Hands) {
        if let Ok(mut idle) = self.idle.try_lock()
            && idle.len() < IDLE
            && hands.is_small()
        {
            idle.push(hands);
        }
    }
}
