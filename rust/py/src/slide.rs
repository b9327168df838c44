//! `read_slide`: the levels of a slide, and regions of them, of which only the tiles they touch are decoded.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, OnceLock, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use radiogram_core::{Error, ErrorKind};
use radiogram_pixel::slide::{self, Level, Rectangle, SlideHeader, Tile};
use radiogram_pixel::volume::SliceReader;
use radiogram_pixel::{Dtype, Options, Scratch, Units};

use crate::gate::{self, Crew, Progress};
use crate::pixels::with_bytes;
use crate::volume::{Head, heads, in_file};
use crate::{array, errors, pixels};

/// A slide whose headers were read.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct SlideSource {
    paths: Vec<PathBuf>,
    heads: Vec<Option<Head>>,
    levels: Vec<Level>,
    /// Type and samples a pixel of each level.
    forms: Vec<(Dtype, usize)>,
    units: Units,
    mapping: usize,
}

/// Reads the headers of a slide's files and sorts their tiles.
#[pyfunction]
#[pyo3(signature = (paths, *, series_uid, units, mapping, threads))]
pub(crate) fn open_slide(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    series_uid: Option<&str>,
    units: &str,
    mapping: usize,
    threads: Option<i64>,
) -> PyResult<SlideSource> {
    let units = match units {
        "color" => Units::Color,
        "stored" => Units::Stored,
        "modality" => Units::Modality,
        "real_world" => Units::RealWorld,
        _ => {
            let message = "the units of a slide are color, stored, modality or real_world";
            return Err(errors::named(py, "ArgumentError", message));
        }
    };
    let threads = gate::threads(py, threads)?;
    let watch = Progress { done: &AtomicUsize::new(0), total: 0, callback: None };
    let heads =
        gate::watched(py, threads, &watch, |crew| Ok(heads(crew, &paths, slide::wanted(), watch.done)))?;
    let raise = |index, error: &Error| errors::raise(py, &in_file(&paths, index, error));
    let mut found = Vec::new();
    for (index, head) in heads.iter().enumerate() {
        match head {
            Some(Ok(file)) => {
                found.extend(SlideHeader::of(&file.document, index).map_err(|error| raise(index, &error))?);
            }
            Some(Err(error)) if error.kind() == ErrorKind::NotDicom => {}
            Some(Err(error)) => return Err(raise(index, error)),
            None => {}
        }
    }
    if let Some(wanted) = series_uid {
        found.retain(|header| header.series() == Some(wanted));
    }
    if found.is_empty() {
        return Err(errors::named(
            py,
            "ArgumentError",
            "none of the files is a whole slide image, or a parametric map of a slide",
        ));
    }
    let levels = slide::levels(found).map_err(|error| match error.part() {
        Some(index) => raise(index, &error),
        None => errors::raise(py, &error),
    })?;
    let mut forms = Vec::new();
    for level in &levels {
        slide::refuse_overlaps(level).map_err(|error| errors::raise(py, &error))?;
        let options = Options { mapping, ..Options::default() };
        let form = gate::long(py, threads, |crew| Ok(form(crew, &heads, level, units, options)))?;
        forms.push(form.map_err(|(index, error)| raise(index, &error))?);
    }
    Ok(SlideSource { paths, heads, levels, forms, units, mapping })
}

/// The type that holds what all files of a level give, and the samples of a pixel, which are those of all of them.
fn form(
    crew: &Crew<'_>,
    heads: &[Option<Head>],
    level: &Level,
    units: Units,
    options: Options,
) -> Result<(Dtype, usize), (usize, Error)> {
    type Form = Result<(Dtype, usize), Error>;
    let found: Vec<OnceLock<Form>> = level.files.iter().map(|_| OnceLock::new()).collect();
    crew.run(level.files.len(), &|number| {
        let (Some(index), Some(slot)) = (level.files.get(number), found.get(number)) else { return };
        let Some(Some(Ok(file))) = heads.get(*index) else { return };
        let reader = SliceReader::rendering(&file.document, units, options, None);
        let _ = slot.set(reader.map(|reader| (reader.plan().dtype(), reader.plan().channels())));
    });
    let mut form: Option<(Dtype, usize)> = None;
    for (index, own) in level.files.iter().zip(found) {
        let Some(own) = own.into_inner() else { continue };
        let (dtype, channels) = own.map_err(|error| (*index, error))?;
        form = match form {
            Some((_, others)) if others != channels => {
                let message = "a file of the level has another number of samples than the first";
                return Err((*index, Error::new(ErrorKind::Pixel, message)));
            }
            Some((known, _)) => Some((known.with(dtype), channels)),
            None => Some((dtype, channels)),
        };
    }
    form.ok_or_else(|| (0, Error::new(ErrorKind::Pixel, "a level without files")))
}

#[pymethods]
impl SlideSource {
    /// What is known of each level.
    fn levels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let told = self.levels.iter().zip(&self.forms).map(|(level, (dtype, channels))| {
            let told = PyDict::new(py);
            told.set_item("flavor", &level.flavor)?;
            told.set_item("shape", (level.rows, level.columns))?;
            told.set_item("channels", channels)?;
            told.set_item("dtype", dtype.name())?;
            told.set_item("tile", level.tile)?;
            told.set_item("spacing", level.spacing)?;
            told.set_item("is_beside", level.is_beside)?;
            told.set_item("is_map", level.is_map())?;
            told.set_item("channel_names", &level.paths)?;
            told.set_item("focal_planes", &level.planes)?;
            told.set_item("origin", level.origin)?;
            told.set_item("orientation", level.orientation)?;
            told.set_item("is_sparse", level.is_sparse)?;
            told.set_item("tiles", level.tiles.len())?;
            told.set_item("files", &level.files)?;
            told.set_item("notes", &level.notes)?;
            Ok(told)
        });
        PyList::new(py, told.collect::<PyResult<Vec<_>>>()?)
    }

    /// Reads of a level, optical path and focal plane a rectangle, (row, column, height, width); gives how many of its pixels have no tile as well, which are `fill`.
    #[pyo3(signature = (of, rectangle, *, fill, threads))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        of: (usize, u16, u16),
        rectangle: (u32, u32, u32, u32),
        fill: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<(Bound<'py, PyAny>, u64)> {
        let wrong = |message: &str| errors::named(py, "ArgumentError", message);
        let ((level, path, plane), (row, column, height, width)) = (of, rectangle);
        let at = Rectangle { row, column, height, width };
        let (Some(chosen), Some(&(dtype, channels))) = (self.levels.get(level), self.forms.get(level)) else {
            return Err(wrong("the slide has no such level"));
        };
        let has = |number: u16, count: usize| usize::from(number) < count;
        if !chosen.holds(at) || !has(path, chosen.paths.len()) || !has(plane, chosen.planes.len()) {
            return Err(wrong("the region is not within the level, or has no pixel"));
        }
        let threads = gate::threads(py, threads)?;
        let mut shape = vec![u64::from(height), u64::from(width)];
        shape.extend((channels > 1).then_some(channels as u64));
        pixels::check_samples(py, shape.clone())?;
        let sides = shape.iter().map(|side| usize::try_from(*side).unwrap_or(usize::MAX));
        let result = array::empty(py, sides, dtype)?;
        let tiles: Vec<Tile> = chosen.touched(path, plane, at).copied().collect();
        let missing = missing(chosen, &tiles, at);
        if missing > 0 {
            result.call_method1("fill", (fill,))?;
        }
        with_bytes(&result, dtype, |bytes| {
            gate::long(py, threads, |crew| {
                let wish = Wish { level: chosen, at, form: (dtype, channels), tiles: &tiles };
                self.compose(crew, &wish, bytes).map_err(|(index, error)| in_file(&self.paths, index, &error))
            })
        })?;
        Ok((result, missing))
    }
}

/// What is read.
struct Wish<'w> {
    level: &'w Level,
    at: Rectangle,
    form: (Dtype, usize),
    tiles: &'w [Tile],
}

/// Pixels of the rectangle that no tile covers. Tiles of a level do not overlap where they are on its grid; those that are not are counted
/// as they lie.
fn missing(level: &Level, tiles: &[Tile], at: Rectangle) -> u64 {
    let covered: u64 =
        tiles.iter().map(|tile| level.overlap(tile, at)).map(|(_, rows, _, columns)| rows * columns).sum();
    (u64::from(at.height) * u64::from(at.width)).saturating_sub(covered)
}

impl SlideSource {
    /// Decodes each tile, and copies what the rectangle has of it.
    fn compose(&self, crew: &Crew<'_>, wish: &Wish<'_>, out: &mut [u8]) -> Result<(), (usize, Error)> {
        thread_local! {
            /// A tile, and what its decoder needs.
            static SCRATCH: RefCell<(Scratch, Vec<u8>)> = RefCell::default();
        }
        let Wish { level, at, form: (dtype, channels), tiles } = *wish;
        let pixel = dtype.size() * channels;
        let lines: Vec<Mutex<&mut [u8]>> =
            out.chunks_exact_mut((at.width as usize * pixel).max(1)).map(Mutex::new).collect();
        let file = |index: u32| match self.heads.get(index as usize) {
            Some(Some(Ok(file))) => Some(file),
            _ => None,
        };
        let mut used: Vec<u32> = tiles.iter().map(|tile| tile.file).collect();
        used.sort_unstable();
        used.dedup();
        let mut lent = Vec::new();
        for &index in &used {
            if let Some(file) = file(index) {
                lent.push(file.lend().map_err(|error| (index as usize, error))?);
            }
        }
        let readers: Vec<OnceLock<Result<SliceReader<'_>, Error>>> =
            self.heads.iter().map(|_| OnceLock::new()).collect();
        let failure: Mutex<Option<(usize, usize, Error)>> = Mutex::new(None);
        crew.run(tiles.len(), &|number| {
            let Some(tile) = tiles.get(number) else { return };
            let (Some(file), Some(shared)) = (file(tile.file), readers.get(tile.file as usize)) else {
                return;
            };
            let options = Options { dtype: Some(dtype), mapping: self.mapping, ..Options::default() };
            let reader =
                shared.get_or_init(|| SliceReader::rendering(&file.document, self.units, options, None));
            let done = reader.as_ref().map_err(Clone::clone).and_then(|reader| {
                SCRATCH.with_borrow_mut(|(scratch, cells)| {
                    if reader.plan().channels() != channels {
                        let message = "a file of the level has another number of samples than the first";
                        return Err(Error::new(ErrorKind::Pixel, message));
                    }
                    cells.clear();
                    cells.resize(reader.plan().frame_len()?, 0);
                    reader.read_into(tile.frame, scratch, cells)?;
                    put(level, tile, at, pixel, cells, &lines);
                    Ok(())
                })
            });
            if let Err(error) = done {
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|(first, ..)| number < *first) {
                    *failure = Some((number, tile.file as usize, error));
                }
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, index, error)) => Err((index, error)),
            None => Ok(()),
        }
    }
}

/// Copies what the rectangle has of a tile into its lines.
fn put(level: &Level, tile: &Tile, at: Rectangle, pixel: usize, cells: &[u8], lines: &[Mutex<&mut [u8]>]) {
    let (row, rows, column, columns) = level.overlap(tile, at);
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let wide = level.tile.1 as usize * pixel;
    let first = size((u64::from(tile.row) + row).saturating_sub(at.row.into()));
    let left = size((u64::from(tile.column) + column).saturating_sub(at.column.into())) * pixel;
    let (from, count) = (size(column) * pixel, size(columns) * pixel);
    let sources = cells.chunks_exact(wide.max(1)).skip(size(row)).take(size(rows));
    for (line, source) in lines.iter().skip(first).zip(sources) {
        let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(into), Some(source)) = (line.get_mut(left..left + count), source.get(from..from + count))
        {
            into.copy_from_slice(source);
        }
    }
}
