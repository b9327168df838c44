//! The whole way of a frame: decided once from the header, then run frame by frame into the caller's memory.

pub mod dense;

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};

use crate::attributes::Attributes;
use crate::colour::Model;
use crate::colour::palette::{self, Palette};
use crate::grey::display::{self, Grey, Presentation};
use crate::grey::padding::Padding;
use crate::grey::real_world::RealWorld;
use crate::grey::rescale::Modality;
use crate::grey::window::Voi;
use crate::groups::Groups;
use crate::in_place;
use crate::kernel::{self, Linear};
use crate::layout::{Finding, Photometric, PixelLayout};
use crate::native::{self, View};
use crate::render::dense::{Mapping, Transfer};
use crate::sample::{Dtype, Range};

/// Runs a task for each number below the count, in any order and any number at a time; returns when all are done.
pub type Executor<'a> = &'a dyn Fn(usize, &(dyn Fn(usize) + Sync));

/// What the values of the result are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Units {
    /// The samples as they are stored: before palette, conversion to RGB and rescale.
    Stored,
    /// RGB, or grey as it is stored.
    Color,
    /// After the Modality LUT, or slope and intercept.
    Modality,
    /// After the Real World Value Mapping; no number where none is defined.
    RealWorld,
    /// 8 bits for the screen; 16 where that is the type that was asked for.
    Display,
}

impl Units {
    /// What `pixel_array` means for this image: RGB for YBR_FULL and YBR_FULL_422, else the stored samples.
    pub fn of_pixel_array(layout: &PixelLayout) -> Self {
        if layout.samples == 3 && matches!(layout.photometric, Photometric::YbrFull | Photometric::YbrFull422)
        {
            Self::Color
        } else {
            Self::Stored
        }
    }
}

/// What a caller can choose.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// The type of the result, or the one that fits.
    pub dtype: Option<Dtype>,
    /// Which window or VOI LUT, counted from 0.
    pub view: usize,
    /// A window instead of it: centre and width.
    pub window: Option<(f64, f64)>,
    /// Which real world value mapping, counted from 0.
    pub mapping: usize,
}

/// What is done to each frame.
enum Step {
    /// Samples as they are.
    Samples,
    /// A line, straight into the result's type.
    Linear(Linear),
    /// A function of a sample.
    Map(Mapping),
    /// A grey that depends on the frame's own values or differs from frame to frame, in the plan's natural type.
    Grey(Grey, Option<Padding>),
    /// Colour, to RGB, and to 8 bits where that is said.
    Rgb { model: Option<Model>, to_bytes: bool },
}

/// How to render an image: made from the header alone, valid for every frame, shared by threads.
pub struct Plan {
    layout: PixelLayout,
    steps: Vec<Step>,
    /// The step of each frame where frames differ; else the first is that of all.
    step_of: Vec<u32>,
    natural: Dtype,
    dtype: Dtype,
    channels: usize,
    reason: Cow<'static, str>,
    findings: Vec<Finding>,
    /// From the natural type to the one that was asked for.
    scale: Linear,
}

/// What the stages of a plan are built from.
struct Builder<'a> {
    layout: &'a PixelLayout,
    groups: Groups<'a>,
    options: Options,
    findings: Vec<Finding>,
}

/// Steps with the type and number of channels that they give.
struct Built {
    steps: Vec<Step>,
    step_of: Vec<u32>,
    natural: Dtype,
    channels: usize,
    reason: Cow<'static, str>,
}

impl Built {
    fn one(step: Step, natural: Dtype, channels: usize, reason: &'static str) -> Self {
        Self { steps: vec![step], step_of: Vec::new(), natural, channels, reason: reason.into() }
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, what)
}

impl Plan {
    /// Decides how to render. Nothing of the pixel data is read.
    ///
    /// # Errors
    ///
    /// What the stages say: `PixelError` for damaged tables and windows, `UnsupportedError` for colours without a
    /// conversion, `ArgumentError` for an option that the image cannot meet.
    pub fn new(
        layout: &PixelLayout,
        attributes: &dyn Attributes,
        units: Units,
        options: Options,
    ) -> Result<Self> {
        layout.validate()?;
        let groups = Groups::of(attributes);
        let mut builder = Builder { layout, groups, options, findings: Vec::new() };
        let built = match units {
            Units::Stored => Ok(builder.samples("the stored samples")),
            Units::Color => builder.colour(false),
            Units::Modality => builder.modality(),
            Units::RealWorld => builder.real_world(),
            Units::Display => builder.display(),
        }?;
        // What is white for the display stays white.
        let is_wider =
            units == Units::Display && (built.natural, options.dtype) == (Dtype::U8, Some(Dtype::U16));
        let scale = Linear { slope: if is_wider { 257.0 } else { 1.0 }, intercept: 0.0 };
        Ok(Self {
            scale,
            layout: layout.clone(),
            natural: built.natural,
            dtype: options.dtype.unwrap_or(built.natural),
            steps: built.steps,
            step_of: built.step_of,
            channels: built.channels,
            reason: built.reason,
            findings: builder.findings,
        })
    }

    /// The type of the result.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Why it is that type, in words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Samples a pixel of the result: 1 grey, 3 RGB, 4 RGBA.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// What was read past while planning; what the layout found is in the layout.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The shape of this many frames: (frames, rows, columns, channels), without frames or channels where there is one.
    pub fn shape(&self, frames: usize) -> Vec<usize> {
        let mut shape = vec![self.layout.rows as usize, self.layout.columns as usize];
        if frames != 1 {
            shape.insert(0, frames);
        }
        if self.channels != 1 {
            shape.push(self.channels);
        }
        shape
    }

    /// The bytes of a frame of the result.
    pub fn frame_len(&self) -> Result<usize> {
        self.len_in(self.dtype)
    }

    fn len_in(&self, dtype: Dtype) -> Result<usize> {
        let pixels = usize::try_from(self.layout.frame_pixels()).ok();
        let bytes = pixels.and_then(|pixels| pixels.checked_mul(self.channels * dtype.size()));
        bytes.ok_or_else(|| Error::new(ErrorKind::Limit, "a frame is larger than memory"))
    }

    /// Whether the stored bytes are the result as they lie, to be viewed with [`Plan::dtype`].
    pub fn view(&self) -> View {
        let same = match (self.steps.as_slice(), self.layout.sample().range()) {
            ([Step::Samples | Step::Rgb { model: None, to_bytes: false }], _) => {
                self.dtype == self.layout.dtype()
            }
            ([Step::Linear(line)], Some(range)) => {
                let cells = self.dtype.size() == self.layout.dtype().size();
                *line == Linear::IDENTITY
                    && cells
                    && self.dtype.range().is_some_and(|holds| holds.holds(range))
            }
            ([Step::Linear(line)], None) => *line == Linear::IDENTITY && self.dtype == self.layout.dtype(),
            _ => false,
        };
        if same { native::view(&self.layout) } else { View::Never }
    }

    /// Renders frame `frame` of uncompressed pixel data: `stored` is the value of the whole element.
    pub fn frame_into(&self, stored: &[u8], frame: u64, out: &mut [u8]) -> Result<()> {
        self.render(stored, frame, frame, out)
    }

    /// Renders one frame that a codec decoded: `samples` are those of frame `frame` alone, as
    /// [`PixelLayout::of_decoded`] describes them.
    pub fn decoded_into(&self, samples: &[u8], frame: u64, out: &mut [u8]) -> Result<()> {
        self.render(samples, 0, frame, out)
    }

    /// Calls `render` with each of several frames and its part of `out`; the error of the first frame that has one.
    pub(crate) fn each_into(
        &self,
        frames: &[u64],
        out: &mut [u8],
        run: Executor,
        render: &(dyn Fn(u64, &mut [u8]) -> Result<()> + Sync),
    ) -> Result<()> {
        let size = self.frame_len()?;
        native::check_out(out, size.saturating_mul(frames.len()))?;
        let parts: Vec<_> = out.chunks_exact_mut(size).map(Mutex::new).collect();
        let failure: Mutex<Option<(usize, Error)>> = Mutex::new(None);
        run(frames.len(), &|at| {
            let (Some(part), Some(frame)) = (parts.get(at), frames.get(at)) else { return };
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = render(*frame, &mut part) {
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                // The first frame's error, whichever thread was faster.
                if failure.as_ref().is_none_or(|(first, _)| at < *first) {
                    *failure = Some((at, error));
                }
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Renders several frames of uncompressed pixel data into consecutive parts of `out`.
    pub fn frames_into(&self, stored: &[u8], frames: &[u64], out: &mut [u8], run: Executor) -> Result<()> {
        self.each_into(frames, out, run, &|frame, part| self.frame_into(stored, frame, part))
    }

    /// What it renders.
    pub fn layout(&self) -> &PixelLayout {
        &self.layout
    }

    /// True where the result is the samples, or RGB or a line made of them where they lie: a codec can write into the result.
    pub(crate) fn is_in_place(&self) -> bool {
        match self.steps.as_slice() {
            [Step::Samples | Step::Rgb { to_bytes: false, .. }] => {
                self.natural == self.dtype && self.dtype == self.layout.dtype()
            }
            [Step::Linear(line)] => in_place::whole_line(&self.layout.sample(), *line, self.dtype).is_some(),
            _ => false,
        }
    }

    /// Makes the result of cells that a codec wrote into it, where [`Plan::is_in_place`] holds.
    pub(crate) fn finish_in_place(&self, out: &mut [u8]) {
        let sample = self.layout.sample();
        let line = match self.steps.as_slice() {
            [Step::Linear(line)] => in_place::whole_line(&sample, *line, self.dtype),
            _ => None,
        };
        let (slope, intercept) = line.unwrap_or((1, 0));
        in_place::line(&sample, slope, intercept, out);
        if let [Step::Rgb { model: Some(model), to_bytes: false }] = self.steps.as_slice() {
            model.to_rgb(out, self.layout.dtype(), self.layout.bits_stored);
        }
    }

    /// What is done to a frame.
    fn step(&self, frame: u64) -> Option<&Step> {
        let step = usize::try_from(frame).ok().and_then(|frame| self.step_of.get(frame)).copied();
        self.steps.get(step.unwrap_or(0) as usize)
    }

    fn render(&self, stored: &[u8], at: u64, frame: u64, out: &mut [u8]) -> Result<()> {
        native::check_out(out, self.frame_len()?)?;
        native::check_present(&self.layout, stored, at)?;
        let Some(step) = self.step(frame) else { return Ok(()) };
        if let Step::Linear(line) = step {
            return self.linear(stored, at, *line, out);
        }
        if self.natural == self.dtype {
            return self.run(step, stored, at, out);
        }
        let mut natural = native::zeros(self.len_in(self.natural)?)?;
        self.run(step, stored, at, &mut natural)?;
        kernel::rescale(&natural, self.natural, self.natural.range(), self.scale, self.dtype, out)
    }

    fn linear(&self, stored: &[u8], at: u64, line: Linear, out: &mut [u8]) -> Result<()> {
        let (from, range) = (self.layout.dtype(), self.layout.sample().range());
        let mut rest = Rest(out);
        native::for_each_run(&self.layout, stored, at, |run| {
            let now = rest.take(run.len() / from.size() * self.dtype.size());
            kernel::rescale(run, from, range, line, self.dtype, now)
        })
    }

    fn run(&self, step: &Step, stored: &[u8], at: u64, out: &mut [u8]) -> Result<()> {
        match step {
            Step::Samples | Step::Linear(_) | Step::Rgb { model: None, to_bytes: false } => {
                native::frame_into(&self.layout, stored, at, out)
            }
            Step::Map(mapping) => self.map(mapping, stored, at, out),
            Step::Grey(grey, padding) => {
                let span = match grey.fixed_span(&self.layout) {
                    Some(span) => span,
                    None => grey.span(&self.layout, stored, at, *padding)?,
                };
                self.map(&grey_mapping(&self.layout, grey.clone(), span, self.natural)?, stored, at, out)
            }
            Step::Rgb { model, to_bytes: false } => {
                native::frame_into(&self.layout, stored, at, out)?;
                if let Some(model) = model {
                    model.to_rgb(out, self.layout.dtype(), self.layout.bits_stored);
                }
                Ok(())
            }
            Step::Rgb { model, to_bytes: true } => {
                let mut samples = native::frame_vec(&self.layout, stored, at)?;
                if let Some(model) = model {
                    model.to_rgb(&mut samples, self.layout.dtype(), self.layout.bits_stored);
                }
                to_bytes(&samples, self.layout.dtype(), self.layout.bits_stored, out);
                Ok(())
            }
        }
    }

    fn map(&self, mapping: &Mapping, stored: &[u8], at: u64, out: &mut [u8]) -> Result<()> {
        let size = self.layout.dtype().size();
        let mut rest = Rest(out);
        native::for_each_run(&self.layout, stored, at, |run| {
            mapping.apply(run, rest.take(run.len() / size * mapping.width()));
            Ok(())
        })
    }
}

/// The result, written from the front.
struct Rest<'a>(&'a mut [u8]);

impl<'a> Rest<'a> {
    /// The next bytes to write.
    fn take(&mut self, count: usize) -> &'a mut [u8] {
        let all = std::mem::take(&mut self.0);
        let (now, later) = all.split_at_mut(count.min(all.len()));
        self.0 = later;
        now
    }
}

fn to_bytes(samples: &[u8], dtype: Dtype, bits: u32, out: &mut [u8]) {
    match dtype.size() {
        1 => kernel::each(samples, out, |[cell]: [u8; 1]| [display::colour_byte(cell.into(), bits)]),
        2 => kernel::each(samples, out, |cell: [u8; 2]| {
            [display::colour_byte(u16::from_ne_bytes(cell).into(), bits)]
        }),
        4 => kernel::each(samples, out, |cell: [u8; 4]| {
            [display::colour_byte(u32::from_ne_bytes(cell).into(), bits)]
        }),
        _ => {
            kernel::each(samples, out, |cell: [u8; 8]| {
                [display::colour_byte(u64::from_ne_bytes(cell), bits)]
            });
        }
    }
}

fn grey_mapping(layout: &PixelLayout, grey: Grey, span: (f64, f64), to: Dtype) -> Result<Mapping> {
    let transfer: Transfer = if to == Dtype::U16 {
        Box::new(move |sample, out| out.copy_from_slice(&grey.fine_level(sample, span).to_ne_bytes()))
    } else {
        Box::new(move |sample, out| out.fill(grey.level(sample, span)))
    };
    Mapping::new(layout.sample(), to.size(), layout.frame_pixels(), transfer)
}

mod likeness;
mod stages;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "test sizes are small")]
mod tests;
