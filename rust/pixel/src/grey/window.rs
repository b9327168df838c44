//! Windows and VOI LUTs: from the modality's values to a fraction of the display's range (PS3.3 C.11.2).

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};

use crate::attributes::{Attributes, code};
use crate::groups::Groups;
use crate::lut::Lut;
use crate::sample::Range;
use crate::tags;

/// The shape of a window (PS3.3 C.11.2.1.2, C.11.2.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// A line between the middles of the outermost values.
    Linear,
    /// A line between the ends.
    LinearExact,
    /// An S.
    Sigmoid,
}

/// One window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// Window Center.
    pub center: f64,
    /// Window Width.
    pub width: f64,
    /// VOI LUT Function.
    pub function: Function,
}

fn wrong(tag: Tag, kind: ErrorKind, what: &str) -> Error {
    Error::new(kind, format!("{} {what}", tags::name(tag))).in_path(&Path::of(tag))
}

impl Window {
    /// A window, checked: the width is at least 1 for `Linear`, else above 0 (PS3.3 C.11.2.1.2).
    pub fn new(center: f64, width: f64, function: Function) -> Result<Self> {
        let is_wide = if function == Function::Linear { width >= 1.0 } else { width > 0.0 };
        if !is_wide || !width.is_finite() {
            return Err(wrong(tags::WINDOW_WIDTH, ErrorKind::Pixel, "is too small or no number"));
        }
        if !center.is_finite() {
            return Err(wrong(tags::WINDOW_CENTER, ErrorKind::Pixel, "is no number"));
        }
        Ok(Self { center, width, function })
    }

    /// Where a value lies, from 0 at the bottom of the window to 1 at its top.
    #[inline]
    pub fn fraction(&self, value: f64) -> f64 {
        let (center, width) = match self.function {
            Function::Linear => (self.center - 0.5, self.width - 1.0),
            Function::LinearExact => (self.center, self.width),
            Function::Sigmoid => return 1.0 / (1.0 + (-4.0 * (value - self.center) / self.width).exp()),
        };
        if value <= center - width / 2.0 {
            0.0
        } else if value > center + width / 2.0 {
            1.0
        } else {
            (value - center) / width + 0.5
        }
    }

    /// The value scaled between `low` and `high`, as the standard's formulas have it.
    pub fn apply(&self, value: f64, low: f64, high: f64) -> f64 {
        match self.function {
            Function::Sigmoid => {
                (high - low) / (1.0 + (-4.0 * (value - self.center) / self.width).exp()) + low
            }
            _ => match self.fraction(value) {
                fraction if fraction <= 0.0 => low,
                fraction if fraction >= 1.0 => high,
                fraction => fraction * (high - low) + low,
            },
        }
    }
}

/// A view of the values: how they become grey.
#[derive(Clone, PartialEq, Debug)]
pub enum Voi {
    /// A window.
    Window(Window),
    /// A VOI LUT.
    Table(Arc<Lut>),
    /// Nothing is said: the span of the values themselves.
    Span,
}

impl Voi {
    /// View number `view` of a frame: VOI LUTs where there are any, else windows (as pydicom prefers).
    ///
    /// `values` are the modality's, where they are whole.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where there is no such view, `PixelError` for an impossible window or a damaged table,
    /// `UnsupportedError` for a VOI LUT Function that the standard does not know.
    pub fn read(groups: &Groups, frame: usize, view: usize, values: Option<Range>) -> Result<Self> {
        let luts = groups.root().items(tags::VOI_LUTS);
        if !luts.is_empty() {
            let item = luts.get(view).ok_or_else(|| no_view(luts.len()))?;
            return Ok(Self::Table(Arc::new(Lut::read(item.as_ref(), values)?)));
        }
        if let Some(item) = groups.items(frame, tags::FRAME_VOI).first() {
            return windows(item.as_ref(), view);
        }
        windows(groups.root(), view)
    }
}

impl Voi {
    /// A window of the caller's, of the shape that the frame's windows have.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is none.
    pub fn chosen(groups: &Groups, frame: usize, center: f64, width: f64) -> Result<Self> {
        let item = groups.items(frame, tags::FRAME_VOI).into_iter().next();
        let function =
            item.as_ref().map_or_else(|| function(groups.root()), |item| function(item.as_ref()))?;
        let window = Window::new(center, width, function);
        window.map(Self::Window).map_err(|_| {
            Error::new(ErrorKind::Argument, "a window has a finite centre and a width of 1 or more")
        })
    }
}

fn no_view(count: usize) -> Error {
    Error::new(ErrorKind::Argument, format!("there are {count} views"))
}

fn windows(attributes: &dyn Attributes, view: usize) -> Result<Voi> {
    let centers = attributes.decimals(tags::WINDOW_CENTER).unwrap_or_default();
    let widths = attributes.decimals(tags::WINDOW_WIDTH).unwrap_or_default();
    if centers.is_empty() || widths.is_empty() {
        return if view == 0 { Ok(Voi::Span) } else { Err(no_view(0)) };
    }
    let (Some(center), Some(width)) = (centers.get(view), widths.get(view)) else {
        return Err(no_view(centers.len().min(widths.len())));
    };
    Ok(Voi::Window(Window::new(*center, *width, function(attributes)?)?))
}

/// PS3.3 C.11.2.1.3.
fn function(attributes: &dyn Attributes) -> Result<Function> {
    match code(attributes, tags::VOI_FUNCTION).as_deref() {
        None | Some("LINEAR") => Ok(Function::Linear),
        Some("LINEAR_EXACT") => Ok(Function::LinearExact),
        Some("SIGMOID") => Ok(Function::Sigmoid),
        Some(_) => Err(wrong(tags::VOI_FUNCTION, ErrorKind::Unsupported, "is not known")),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "results are exact")]
mod tests {
    use super::*;
    use crate::testing::Made;

    #[test]
    fn the_standards_example_of_a_window() {
        // PS3.3 C.11.2.1.2.1: center 2048, width 4096 map 0 to 0 and 4095 to 255.
        let window = Window::new(2048.0, 4096.0, Function::Linear).unwrap();
        assert_eq!(
            [0.0, 4095.0, -5.0, 9000.0].map(|x| window.apply(x, 0.0, 255.0)),
            [0.0, 255.0, 0.0, 255.0]
        );
        assert_eq!(window.apply(2047.5, 0.0, 255.0), 127.5);
        // Width 1: at or below center - 0.5 is black, above it white.
        let edge = Window::new(0.0, 1.0, Function::Linear).unwrap();
        assert_eq!([-1.0, -0.5, 0.0].map(|x| edge.fraction(x)), [0.0, 0.0, 1.0]);
        let exact = Window::new(2048.0, 4096.0, Function::LinearExact).unwrap();
        assert_eq!([0.0, 2048.0, 4096.0, 5000.0].map(|x| exact.fraction(x)), [0.0, 0.5, 1.0, 1.0]);
        let sigmoid = Window::new(10.0, 20.0, Function::Sigmoid).unwrap();
        assert_eq!(sigmoid.apply(10.0, 0.0, 255.0), 127.5);
        assert!(sigmoid.fraction(-1e9) < 1e-9 && sigmoid.fraction(1e9) > 0.999);
    }

    #[test]
    fn an_impossible_window_is_refused() {
        for (width, function) in [
            (0.5, Function::Linear),
            (0.0, Function::LinearExact),
            (-1.0, Function::Sigmoid),
            (f64::NAN, Function::Linear),
        ] {
            assert_eq!(Window::new(0.0, width, function).unwrap_err().kind(), ErrorKind::Pixel);
        }
        assert!(Window::new(f64::INFINITY, 1.0, Function::Linear).is_err());
        assert!(Window::new(0.0, 0.5, Function::LinearExact).is_ok());
    }

    #[test]
    fn views_are_counted() {
        let made =
            Made::default().ds(tags::WINDOW_CENTER, &[40.0, 50.0]).ds(tags::WINDOW_WIDTH, &[80.0, 350.0]);
        let read = |made: &Made, view| Voi::read(&Groups::of(made), 0, view, None);
        let Voi::Window(window) = read(&made, 1).unwrap() else { panic!("a window") };
        assert_eq!((window.center, window.width, window.function), (50.0, 350.0, Function::Linear));
        assert_eq!(read(&made, 2).unwrap_err().kind(), ErrorKind::Argument);
        assert_eq!(read(&Made::default(), 0).unwrap(), Voi::Span);
        assert_eq!(read(&Made::default(), 1).unwrap_err().kind(), ErrorKind::Argument);
        let odd = made.clone().text(tags::VOI_FUNCTION, "CUBIC");
        assert_eq!(read(&odd, 0).unwrap_err().kind(), ErrorKind::Unsupported);
        let own =
            Made::default().items(tags::FRAME_VOI, &[made.clone().text(tags::VOI_FUNCTION, "sigmoid ")]);
        let enhanced = made.items(tags::FRAME_GROUPS, &[own]);
        let Voi::Window(window) = read(&enhanced, 0).unwrap() else { panic!("a window") };
        assert_eq!(window.function, Function::Sigmoid);
    }
}
