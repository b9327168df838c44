//! Frames of many files into one array: what the batches of loaders are made of. What is wrong with one of them is told, and no more.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::{Options, Source, read};
use radiogram_io::OpenFile;
use radiogram_pixel::codec::{self, Part, Region};
use radiogram_pixel::frames::describe;
use radiogram_pixel::{DataSet, Dtype, Finding, Scratch, Wanted};

use crate::gate;
use crate::pixels::{self, View, with_bytes};
use crate::volume::in_file;
use crate::{errors, pixels::Task};

/// Size and time of change that a file had when it was scanned.
type Seen = Option<(u64, i64)>;

/// How all of them are rendered.
struct Wish<'a> {
    units: &'a str,
    dtype: Dtype,
    view: View,
    mapping: usize,
    /// What was read past is an error; by default only that a codestream holds less than the picture.
    strict: Option<bool>,
    /// (rows, columns) or (rows, columns, channels) of each.
    shape: Vec<usize>,
    /// Asked on long walks, where the caller's own thread does them.
    interrupted: Option<fn() -> bool>,
}

/// One frame, or a region of it.
struct Asked {
    seen: Seen,
    frame: u64,
    region: Option<Region>,
}

/// Reads frame `frames[i]` of `paths[i]` into `out[i]`, and gives the exceptions of those that could not be read with their numbers.
#[pyfunction]
#[pyo3(signature = (paths, seen, frames, regions, *, units, dtype, view, mapping, strict, out, threads))]
#[expect(clippy::too_many_arguments, reason = "the options of a loader, by name")]
pub(crate) fn read_frames<'py>(
    py: Python<'py>,
    paths: Vec<PathBuf>,
    seen: Vec<Seen>,
    frames: Vec<u64>,
    regions: Option<Vec<(u32, u32, u32, u32)>>,
    units: &str,
    dtype: &str,
    view: View,
    mapping: usize,
    strict: Option<bool>,
    out: &Bound<'py, PyAny>,
    threads: Option<i64>,
) -> PyResult<Vec<(usize, Bound<'py, PyAny>)>> {
    let wrong = |message: &str| errors::named(py, "ArgumentError", message);
    let threads = gate::threads(py, threads)?;
    let dtype = Dtype::from_name(dtype).ok_or_else(|| wrong("no such dtype for pixels"))?;
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
    let wish = Wish {
        units,
        dtype,
        view,
        mapping,
        strict,
        shape: shape.to_vec(),
        interrupted: (threads == Some(1)).then_some(gate::interrupted as fn() -> bool),
    };
    let asked: Vec<Asked> = seen
        .into_iter()
        .zip(frames)
        .enumerate()
        .map(|(at, (seen, frame))| {
            let region = regions.as_ref().and_then(|regions| regions.get(at));
            let region = region.map(|&(y, x, rows, columns)| Region { y, x, rows, columns });
            Asked { seen, frame, region }
        })
        .collect();
    let failed = with_bytes(out, dtype, |bytes| {
        let size = bytes.len() / count;
        if size == 0 {
            return Err(wrong("the array for the result has no room"));
        }
        let parts = bytes.chunks_exact_mut(size);
        if threads == Some(1) {
            return gate::brief(py, || Ok(one_by_one(&paths, &asked, &wish, parts)));
        }
        gate::long(py, threads, |crew| {
            let run = |count: usize, each: &Task<'_>| crew.run(count, each);
            let crew = codec::Crew { run: &run, workers: crew.workers() };
            Ok(side_by_side(crew, &paths, &asked, &wish, parts))
        })
    })?;
    Ok(failed
        .into_iter()
        .map(|(at, error)| {
            (at, errors::raise(py, &in_file(&paths, at, &error)).into_value(py).into_bound(py).into_any())
        })
        .collect())
}

/// On this thread; it ends early once the caller pressed Ctrl-C.
fn one_by_one<'b>(
    paths: &[PathBuf],
    asked: &[Asked],
    wish: &Wish<'_>,
    parts: impl Iterator<Item = &'b mut [u8]>,
) -> Vec<(usize, Error)> {
    let mut scratch = Scratch::default();
    let mut failed = Vec::new();
    for (at, ((path, asked), part)) in paths.iter().zip(asked).zip(parts).enumerate() {
        if gate::interrupted() {
            break;
        }
        if let Err(error) = frame_into(path, asked, wish, codec::Crew::HERE, &mut scratch, part) {
            failed.push((at, error));
        }
    }
    failed
}

fn side_by_side<'b>(
    crew: codec::Crew<'_>,
    paths: &[PathBuf],
    asked: &[Asked],
    wish: &Wish<'_>,
    parts: impl Iterator<Item = &'b mut [u8]>,
) -> Vec<(usize, Error)> {
    // Frames first: what is within one is divided only where there are more workers than frames.
    let within = if paths.len() < crew.workers { crew } else { codec::Crew::HERE };
    let parts: Vec<Mutex<&mut [u8]>> = parts.map(Mutex::new).collect();
    // As many as there are threads at most, each used again.
    let idle: Mutex<Vec<Scratch>> = Mutex::default();
    let failed: Mutex<Vec<(usize, Error)>> = Mutex::default();
    (crew.run)(paths.len(), &|at| {
        let (Some(path), Some(asked), Some(part)) = (paths.get(at), asked.get(at), parts.get(at)) else {
            return;
        };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let done = frame_into(path, asked, wish, within, &mut scratch, &mut part);
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        if let Err(error) = done {
            failed.lock().unwrap_or_else(PoisonError::into_inner).push((at, error));
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_by_key(|(at, _)| *at);
    failed
}

/// Opens a file, reads what it says of its pixels, and renders one frame: nothing is kept of it.
fn frame_into(
    path: &std::path::Path,
    asked: &Asked,
    wish: &Wish<'_>,
    crew: codec::Crew<'_>,
    scratch: &mut Scratch,
    out: &mut [u8],
) -> Result<()> {
    let file = Arc::new(OpenFile::open(path)?);
    let stamp = file.stamp();
    if asked.seen.is_some_and(|(size, modified)| (stamp.size, stamp.modified_ns) != (size, modified.into())) {
        return Err(Error::new(ErrorKind::SourceChanged, "the file was changed after it was scanned"));
    }
    let source = Source::File { source: Arc::<OpenFile>::clone(&file), reader: file };
    let document = read(source, &Options { interrupted: wish.interrupted, ..Options::default() })?;
    let node = document.root();
    let rows = document.children(node);
    let set = DataSet::of_rows(&document, &rows);
    let (layout, frames) = describe(&set, node)?;
    if asked.frame >= layout.frames {
        let message = format!("there is no frame {} of {}", asked.frame.saturating_add(1), layout.frames);
        return Err(Error::new(ErrorKind::Pixel, message));
    }
    let part = Part { region: asked.region, ..Part::default() };
    let cut = match asked.region {
        Some(_) => Some(frames.layout_of(&document, &layout, asked.frame, &part)?),
        None => None,
    };
    let shown = cut.as_ref().unwrap_or(&layout);
    let plan = pixels::plan(shown, &set, wish.units, Some(wish.dtype.name()), wish.view, wish.mapping)?;
    let shape = plan.shape(1);
    if shape != wish.shape {
        let message = format!("the picture is of shape {shape:?}, and one of {:?} was expected", wish.shape);
        return Err(Error::new(ErrorKind::Pixel, message));
    }
    frames.admit(&layout, &[asked.frame])?;
    let wanted = Wanted { frame: asked.frame, part, crew };
    let found = frames.once_into(&document, &layout, &plan, &wanted, scratch, out)?;
    let refused = match wish.strict {
        Some(false) => None,
        None => found.as_ref().filter(|_| frames.may_hold_less()),
        Some(true) => layout.findings.iter().chain(plan.findings()).chain(found.as_ref()).next(),
    };
    refused.map_or(Ok(()), |finding| Err(refusal(finding)))
}

/// What was read past, where nothing may be.
fn refusal(finding: &Finding) -> Error {
    let message = format!("the pixel data depart from the standard, what is assumed: {}", finding.assumed);
    Error::new(ErrorKind::Pixel, message).in_path(&radiogram_core::Path::of(finding.tag))
}
