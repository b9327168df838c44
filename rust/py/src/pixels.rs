//! The pixel pipeline for Python: a `Picture` of a data set, rendered into numpy arrays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use radiogram_core::{Error, ErrorKind, Path, Problem, ProblemKind, Result, Tag};
use radiogram_data::NodeId;
use radiogram_pixel::codec;
use radiogram_pixel::frames::describe;
use radiogram_pixel::grey::padding::Padding;
use radiogram_pixel::layout::FindingKind;
use radiogram_pixel::native;
use radiogram_pixel::overlay::{self, Overlay};
use radiogram_pixel::{
    DataSet, Dtype, Finding, Frames, Kind, Options, PixelLayout, Plan, Scratch, Units, Wanted,
};

use crate::dataset::Dataset;
use crate::opened::Opened;
use crate::settled::settled_pixels;
use crate::{array, errors, gate, part};

/// What a crew runs.
pub(crate) type Task<'a> = dyn Fn(usize) + Sync + 'a;

/// The pixel data of a data set, described and checked.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Picture {
    shown: Arc<Shown>,
}

/// The same for threads, which know nothing of Python.
pub(crate) struct Shown {
    opened: Arc<Opened>,
    node: NodeId,
    /// The rows of the data set's elements.
    rows: Vec<u32>,
    layout: PixelLayout,
    frames: Frames,
    /// True once a frame was rendered of which a part is missing.
    is_partial: AtomicBool,
}

/// Which view a display shows: a number, or a window of the caller's by centre and width.
#[derive(Clone, Copy, FromPyObject)]
pub(crate) enum View {
    /// A window or VOI LUT of the data set.
    Number(usize),
    /// Centre and width.
    Window(f64, f64),
}

/// One overlay plane as Python gets it: group, rows, columns, frames, first frame, origin, is a region.
type Plane = (u16, u32, u32, u64, u64, (i64, i64), bool);

impl Picture {
    pub(crate) fn shown(&self) -> &Arc<Shown> {
        &self.shown
    }
}

impl Shown {
    fn data_set(&self) -> DataSet<'_> {
        DataSet::of_rows(&self.opened.document, &self.rows)
    }

    /// What the pixels are.
    pub(crate) fn layout(&self) -> &PixelLayout {
        &self.layout
    }

    /// Refuses frames that their bytes cannot hold.
    pub(crate) fn admit(&self, frames: &[u64]) -> Result<()> {
        self.frames.admit(&self.layout, frames)
    }

    /// Renders one frame.
    pub(crate) fn frame_into(
        &self,
        plan: &Plan,
        frame: u64,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        self.frames.frame_into(&self.opened.document, plan, frame, scratch, out)
    }

    /// How frames are rendered.
    pub(crate) fn plan(&self, units: &str, dtype: Option<&str>, view: View, mapping: usize) -> Result<Plan> {
        self.plan_of(&self.layout, units, dtype, view, mapping)
    }

    fn plan_of(
        &self,
        layout: &PixelLayout,
        units: &str,
        dtype: Option<&str>,
        view: View,
        mapping: usize,
    ) -> Result<Plan> {
        plan(layout, &self.data_set(), units, dtype, view, mapping)
    }

    fn stored(&self) -> Result<&[u8]> {
        self.opened.document.bytes(self.frames.row())
    }

    /// Keeps what was found as problems of the data set.
    pub(crate) fn keep(&self, py: Python<'_>, findings: &[Finding]) -> PyResult<()> {
        if findings.iter().any(|finding| finding.kind == FindingKind::Partial) {
            self.is_partial.store(true, Ordering::Relaxed);
        }
        findings.iter().try_for_each(|finding| {
            let assumed = finding.assumed.clone();
            self.opened.keep(py, problem(&self.opened, self.node, finding.kind, finding.tag, assumed))
        })
    }
}

/// How frames of a layout are rendered, by the names that callers give units and types.
pub(crate) fn plan(
    layout: &PixelLayout,
    data_set: &DataSet<'_>,
    units: &str,
    dtype: Option<&str>,
    view: View,
    mapping: usize,
) -> Result<Plan> {
    let units = match units {
        "stored" => Units::Stored,
        "color" => Units::Color,
        "modality" => Units::Modality,
        "real_world" => Units::RealWorld,
        "display" => Units::Display,
        "pixel_array" => Units::of_pixel_array(layout),
        _ => {
            let message = "units are stored, color, modality, real_world or display";
            return Err(Error::new(ErrorKind::Argument, message));
        }
    };
    let known = |name| {
        Dtype::from_name(name).ok_or_else(|| Error::new(ErrorKind::Argument, "no such dtype for pixels"))
    };
    let dtype = dtype.map(known).transpose()?;
    let (view, window) = match view {
        View::Number(number) => (number, None),
        View::Window(center, width) => (0, Some((center, width))),
    };
    Plan::new(layout, data_set, units, Options { dtype, view, window, mapping })
}

pub(crate) fn problem(
    opened: &Opened,
    node: NodeId,
    kind: FindingKind,
    tag: Tag,
    assumed: std::borrow::Cow<'static, str>,
) -> Problem {
    let kind = match kind {
        FindingKind::Attributes => ProblemKind::PixelAttributes,
        FindingKind::ShortData => ProblemKind::ShortPixelData,
        FindingKind::LongData => ProblemKind::LongPixelData,
        FindingKind::Offsets => ProblemKind::OffsetTable,
        FindingKind::Codestream | FindingKind::Partial => ProblemKind::Codestream,
        FindingKind::Concatenation => ProblemKind::OpenConcatenation,
    };
    let row = opened.document.find(node, tag);
    let path = row.map_or_else(|| Path::of(tag), |row| opened.document.path(row));
    let offset = row.and_then(|row| opened.document.entry(row)).map_or(0, radiogram_data::Entry::start);
    Problem { kind, path, offset, assumed }
}

#[pymethods]
impl Picture {
    #[new]
    fn new(py: Python<'_>, dataset: &Bound<'_, Dataset>) -> PyResult<Self> {
        let (opened, node) = settled_pixels(dataset)?;
        let rows = opened.document.children(node);
        let (layout, frames) =
            gate::brief(py, || describe(&DataSet::of_rows(&opened.document, &rows), node))?;
        let shown = Shown { opened, node, rows, layout, frames, is_partial: AtomicBool::new(false) };
        shown.keep(py, &shown.layout.findings)?;
        Ok(Self { shown: Arc::new(shown) })
    }

    /// True where these are still the pixels of the data set, whatever else was changed in it.
    fn is_of(&self, dataset: &Bound<'_, Dataset>) -> bool {
        settled_pixels(dataset)
            .is_ok_and(|(opened, node)| Arc::ptr_eq(&opened, &self.shown.opened) && node == self.shown.node)
    }

    /// (frames, rows, columns, samples a pixel).
    #[getter]
    fn size(&self) -> (u64, u32, u32, u32) {
        let PixelLayout { frames, rows, columns, samples, .. } = self.shown.layout;
        (frames, rows, columns, samples)
    }

    /// Bits of a stored sample: Bits Stored, or more where codestreams have more.
    #[getter]
    fn bits_stored(&self) -> u32 {
        self.shown.layout.bits_stored
    }

    /// True once a frame was rendered of which a part is missing.
    #[getter]
    fn is_partial(&self) -> bool {
        self.shown.is_partial.load(Ordering::Relaxed)
    }

    /// What a rendering gives: channels, dtype, and why that dtype.
    fn describe(
        &self,
        units: &str,
        dtype: Option<&str>,
        view: View,
        mapping: usize,
    ) -> PyResult<(usize, &'static str, String)> {
        Python::attach(|py| {
            let plan =
                self.shown.plan(units, dtype, view, mapping).map_err(|error| errors::raise(py, &error))?;
            Ok((plan.channels(), plan.dtype().name(), plan.reason().to_owned()))
        })
    }

    /// The stored bytes as a read-only array (frames, rows, columns, channels) without frames or channels that are one, if they are
    /// what the rendering gives.
    fn view<'py>(
        &self,
        py: Python<'py>,
        units: &str,
        dtype: Option<&str>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = gate::brief(py, || {
            let plan = self.shown.plan(units, dtype, View::Number(0), 0)?;
            let view = if self.shown.frames.is_compressed() { native::View::Never } else { plan.view() };
            let same = match view {
                native::View::Always => true,
                native::View::IfClean => native::is_clean(&self.shown.layout, self.shown.stored()?),
                native::View::Never => false,
            };
            Ok(same.then_some(plan))
        })?;
        let Some(plan) = found else { return Ok(None) };
        self.shown.keep(py, plan.findings())?;
        let (dtype, channels) = (plan.dtype(), plan.channels());
        let PixelLayout { frames, rows, columns, .. } = self.shown.layout;
        let mut shape = vec![u64::from(rows), u64::from(columns)];
        if frames != 1 {
            shape.insert(0, frames);
        }
        if channels != 1 {
            shape.push(channels as u64);
        }
        array::view_shaped(py, &self.shown.opened, self.shown.frames.row(), &shape, dtype.name()).map(Some)
    }

    /// Renders frames into an array that is there, of the right dtype and size.
    #[expect(clippy::too_many_arguments, reason = "what a rendering is made of")]
    fn render(
        &self,
        py: Python<'_>,
        units: &str,
        dtype: Option<&str>,
        view: View,
        mapping: usize,
        frames: Vec<u64>,
        out: &Bound<'_, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<()> {
        let threads = gate::threads(py, threads)?;
        let plan = gate::brief(py, || self.shown.plan(units, dtype, view, mapping))?;
        self.shown.keep(py, plan.findings())?;
        let document = &self.shown.opened.document;
        let found = with_bytes(out, plan.dtype(), |bytes| {
            let is_single = frames.len() == 1 && !self.shown.frames.is_divided(&self.shown.layout);
            if threads == Some(1) && frames.len() == 1 || threads.is_none() && is_single {
                return gate::brief(py, || {
                    let frame = frames.first().copied().unwrap_or(0);
                    let mut scratch = Scratch::default();
                    let found = self.shown.frames.frame_into(document, &plan, frame, &mut scratch, bytes)?;
                    Ok(found.into_iter().collect())
                });
            }
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                let crew = codec::Crew { run: &run, workers: crew.workers() };
                self.shown.frames.frames_into(document, &plan, &frames, bytes, crew)
            })
        })?;
        self.shown.keep(py, &found)
    }

    /// Renders a part of a frame: of fewer resolutions, layers, or pixels.
    #[expect(clippy::too_many_arguments, reason = "what a rendering is made of")]
    fn render_part<'py>(
        &self,
        py: Python<'py>,
        units: &str,
        dtype: Option<&str>,
        frame: u64,
        reduce: Option<&Bound<'py, PyAny>>,
        region: Option<&Bound<'py, PyAny>>,
        layers: Option<&Bound<'py, PyAny>>,
        threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let threads = gate::threads(py, threads)?;
        let part = part::given(py, reduce, region, layers)?;
        let shown = &self.shown;
        let document = &shown.opened.document;
        let (layout, plan) = gate::brief(py, || {
            let layout = shown.frames.layout_of(document, &shown.layout, frame, &part)?;
            let plan = shown.plan_of(&layout, units, dtype, View::Number(0), 0)?;
            Ok((layout, plan))
        })?;
        shown.keep(py, plan.findings())?;
        shown.frames.admit(&shown.layout, &[frame]).map_err(|error| errors::raise(py, &error))?;
        let out = array::empty(py, plan.shape(1).into_iter(), plan.dtype())?;
        let found = with_bytes(&out, plan.dtype(), |bytes| {
            let render = |crew: codec::Crew<'_>, bytes: &mut [u8]| {
                let wanted = Wanted { frame, part, crew };
                let mut scratch = Scratch::default();
                shown.frames.wanted_into(document, &shown.layout, &plan, &wanted, &mut scratch, bytes)
            };
            if threads == Some(1) || !shown.frames.is_divided(&layout) {
                return gate::brief(py, || render(codec::Crew::HERE, bytes));
            }
            gate::long(py, threads, |crew| {
                let run = |count: usize, each: &Task| crew.run(count, each);
                render(codec::Crew { run: &run, workers: crew.workers() }, bytes)
            })
        })?;
        shown.keep(py, found.as_slice())?;
        Ok(out)
    }

    /// Refuses a result of more samples than one call may return, or than the frames can hold, before it is allocated.
    fn admit(&self, py: Python<'_>, shape: Vec<u64>, frames: Vec<u64>) -> PyResult<()> {
        check_samples(py, shape)?;
        self.shown.frames.admit(&self.shown.layout, &frames).map_err(|error| errors::raise(py, &error))
    }

    /// Marks the padding of frames with 1 in an array of uint8; false where the data set names no padding.
    fn padding(&self, py: Python<'_>, frames: Vec<u64>, out: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(padding) = Padding::read(&self.shown.data_set(), &self.shown.layout) else {
            return Ok(false);
        };
        with_bytes(out, Dtype::U8, |bytes| {
            let size = usize::try_from(self.shown.layout.frame_pixels()).unwrap_or(usize::MAX).max(1);
            gate::brief(py, || {
                let mut scratch = Scratch::default();
                for (frame, part) in frames.iter().zip(bytes.chunks_exact_mut(size)) {
                    let document = &self.shown.opened.document;
                    let (stored, at) =
                        self.shown.frames.cells(document, &self.shown.layout, *frame, &mut scratch)?;
                    padding.mask_into(&self.shown.layout, stored, at, part)?;
                }
                Ok(())
            })
        })?;
        Ok(true)
    }
}

/// Looks at the description of the pixels as `check` does: what makes it useless is a problem, not an exception.
#[pyfunction]
pub(crate) fn check_pixels(py: Python<'_>, dataset: &Bound<'_, Dataset>) -> PyResult<()> {
    let (opened, id) = &settled_pixels(dataset)?;
    let outcome = gate::brief(py, || Ok(describe(&DataSet::new(&opened.document, *id), *id)))?;
    match outcome {
        Ok((layout, _)) => layout.findings.into_iter().try_for_each(|finding| {
            opened.keep(py, problem(opened, *id, finding.kind, finding.tag, finding.assumed))
        }),
        Err(error) if error.kind() == ErrorKind::Pixel => {
            let tag = error.path().0.first().map_or(Tag::PIXELS, |step| step.tag);
            let pixels = [Kind::Integer, Kind::Float, Kind::Double].into_iter().any(|kind| kind.tag() == tag);
            let kind = if pixels { FindingKind::ShortData } else { FindingKind::Attributes };
            let assumed = format!("that there is no picture: {}", error.message());
            opened.keep(py, problem(opened, *id, kind, tag, assumed.into()))
        }
        // Without pixel data, or compressed as nothing here reads: nothing to compare.
        Err(error) if matches!(error.kind(), ErrorKind::NoPixelData | ErrorKind::Unsupported) => Ok(()),
        Err(error) => Err(errors::raise(py, &error)),
    }
}

/// The overlay planes that a data set describes.
#[pyfunction]
pub(crate) fn overlays(py: Python<'_>, dataset: &Bound<'_, Dataset>) -> PyResult<Vec<Plane>> {
    let (opened, id) = &settled_pixels(dataset)?;
    gate::brief(py, || {
        let data_set = DataSet::new(&opened.document, *id);
        let plane = |group| {
            Overlay::read(&data_set, group)
                .map(|o| (group, o.rows, o.columns, o.frames, o.first_frame, o.origin, o.is_region))
        };
        overlay::groups(&data_set).into_iter().map(plane).collect()
    })
}

/// Writes the bits of an overlay plane, all its frames, as 0 and 1 into an array of uint8.
#[pyfunction]
pub(crate) fn overlay_into(
    py: Python<'_>,
    dataset: &Bound<'_, Dataset>,
    group: u16,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let (opened, id) = &settled_pixels(dataset)?;
    with_bytes(out, Dtype::U8, |bytes| {
        gate::brief(py, || {
            let data_set = DataSet::new(&opened.document, *id);
            Overlay::read(&data_set, group)?.frames_into(&data_set, *id, bytes)
        })
    })
}

/// Gives the bytes of a C-contiguous, writable array of this dtype to `work`.
pub(crate) fn with_bytes<T>(
    array: &Bound<'_, PyAny>,
    dtype: Dtype,
    work: impl FnOnce(&mut [u8]) -> PyResult<T>,
) -> PyResult<T> {
    let py = array.py();
    let wrong = |message: &str| errors::named(py, "ArgumentError", message);
    macro_rules! bytes_of {
        ($type:ty) => {{
            let array = array
                .cast::<PyArrayDyn<$type>>()
                .map_err(|_| wrong(&format!("the array for the result is of {}", dtype.name())))?;
            // numpy calls an array of columns contiguous too: its memory is another picture.
            if !array.is_c_contiguous() {
                return Err(wrong("the array for the result is not contiguous"));
            }
            let mut guard =
                array.try_readwrite().map_err(|_| wrong("the array for the result is not writable"))?;
            let cells =
                guard.as_slice_mut().map_err(|_| wrong("the array for the result is not C-contiguous"))?;
            work(bytemuck::cast_slice_mut(cells))
        }};
    }
    match dtype {
        Dtype::U8 => bytes_of!(u8),
        Dtype::I8 => bytes_of!(i8),
        Dtype::U16 => bytes_of!(u16),
        Dtype::I16 => bytes_of!(i16),
        Dtype::U32 => bytes_of!(u32),
        Dtype::I32 => bytes_of!(i32),
        Dtype::U64 => bytes_of!(u64),
        Dtype::I64 => bytes_of!(i64),
        Dtype::F32 => bytes_of!(f32),
        Dtype::F64 => bytes_of!(f64),
    }
}

/// Refuses an array of more samples than one call may return, before it is allocated.
#[pyfunction]
pub(crate) fn check_samples(py: Python<'_>, shape: Vec<u64>) -> PyResult<()> {
    let samples = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
    let most = radiogram_core::Limits::DEFAULT.samples;
    if samples.is_some_and(|samples| samples <= most) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Limit, format!("more than {most} samples in one call"));
    Err(errors::raise(py, &error))
}
