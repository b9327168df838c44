//! All components transformed together by arrays (T.801 Annex J): what an encoder does with rows, and what it tells a decoder.

use crate::j2k::colour::arrays::{Step, decorrelate};
use crate::j2k::colour::{self, Depth, Place, half};
use crate::j2k::markers::transforms::{Elements, Kind, write_array, write_stage};
use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::{Components, Jpeg2000Encoder, argument, axes};

/// Components of a matrix: the time grows with the third power of their number.
const MOST: usize = 512;
/// Pixels that are looked at for them.
const PIXELS: usize = 1 << 14;

const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for a transform of components");

/// What is done with rows of one value a pixel, a row a component.
#[derive(Clone, PartialEq, Debug)]
enum Work {
    /// The encoder's matrix and the decoder's.
    Matrix(Vec<f64>, Vec<f64>),
    /// A decoder's steps, and the array that tells them.
    Steps(Vec<Step>, Kind, Vec<i32>),
}

/// A transform.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Forward {
    work: Work,
    count: usize,
    /// Bits of what is made, which has a sign.
    precision: u8,
    /// By how much an error of each component grows in the image.
    norms: Vec<f64>,
}

/// Memory for rows.
#[derive(Default, Debug)]
pub(super) struct Scratch {
    made: Vec<f64>,
    sums: Vec<i128>,
}

impl Forward {
    /// The transform that the options ask for, if any.
    pub(super) fn new(options: &Jpeg2000Encoder, image: &Image, samples: &[u8]) -> Result<Option<Self>> {
        let count = usize::from(image.components);
        let is_reversible = match &options.components {
            Components::Apart => return Ok(None),
            Components::Differences | Components::Steps(_) => true,
            Components::Principal | Components::Matrix(_) => false,
        };
        if is_reversible != options.reversible {
            return Err(argument(
                "JPEG 2000: wavelet and transform of components are both reversible, or none is",
            ));
        }
        if count > MOST && !is_reversible {
            return Err(argument("JPEG 2000: a matrix of more than 512 components"));
        }
        if image.is_empty() || count > 16_384 || !(1..=38).contains(&image.precision) {
            return Err(argument("JPEG 2000: 1 to 38 bits, 1 to 16,384 components, at least one pixel"));
        }
        let work = match &options.components {
            Components::Apart | Components::Principal => {
                let matrix = principal(image, samples)?;
                let decoder = axes::transposed(&matrix, count);
                Work::Matrix(matrix, decoder)
            }
            Components::Matrix(matrix) => {
                let is_square = matrix.len() == count * count;
                let decoder = is_square.then(|| axes::inverse(matrix, count)).flatten();
                let decoder =
                    decoder.ok_or(argument("JPEG 2000: a matrix of components that cannot be undone"))?;
                Work::Matrix(matrix.clone(), decoder)
            }
            Components::Differences => {
                // T.801 J.2.2: factors of those before and a divisor.
                let row = |row: usize| (0..row).map(move |at| i32::from(at + 1 == row)).chain([1]);
                let triangle: Vec<i32> = (1..count).flat_map(row).collect();
                Work::Steps(Step::of_dependency(&triangle, count)?, Kind::Dependency, triangle)
            }
            Components::Steps(array) => {
                if array.len() != count * (count + 1) {
                    return Err(argument(
                        "JPEG 2000: steps have a row a component, and a column more than these",
                    ));
                }
                let steps = Step::of_decorrelation(array, count).map_err(|error| argument(error.message))?;
                Work::Steps(steps, Kind::Decorrelation, array.clone())
            }
        };
        let mut made = Self { work, count, precision: 0, norms: Vec::new() };
        made.precision = made.bits(image.precision)?;
        made.norms = made.weights();
        Ok(Some(made))
    }

    pub(super) const fn precision(&self) -> u8 {
        self.precision
    }

    /// By how much an error of a component grows in the image.
    pub(super) fn norm(&self, component: usize) -> f64 {
        self.norms.get(component).copied().unwrap_or(1.0)
    }

    /// The same of all components together.
    #[expect(clippy::cast_precision_loss, reason = "components have 14 bits")]
    pub(super) fn gain(&self) -> f64 {
        let squares: f64 = self.norms.iter().map(|norm| norm * norm).sum();
        (squares / self.norms.len().max(1) as f64).sqrt().max(f64::MIN_POSITIVE)
    }

    /// Transforms rows of `width` values, which lie on both sides of 0.
    pub(super) fn make(&self, rows: &mut [f64], width: usize, scratch: &mut Scratch) {
        match &self.work {
            Work::Matrix(matrix, _) => {
                scratch.made.clear();
                scratch.made.resize(rows.len(), 0.0);
                decorrelate(matrix, &[], rows, width, &mut scratch.made);
                rows.copy_from_slice(&scratch.made);
            }
            Work::Steps(steps, ..) => {
                steps.iter().rev().for_each(|step| step.make(rows, width, &mut scratch.sums));
            }
        }
    }

    /// Appends what a decoder has to know (T.801 A.3.6 to A.3.9).
    pub(super) fn write(&self, image: &Image, out: &mut Vec<u8>) -> Result<()> {
        let middle = half(Depth { precision: image.precision, is_signed: image.is_signed });
        let kind = match &self.work {
            Work::Matrix(_, decoder) => {
                write_array(out, Kind::Decorrelation, 1, Elements::Double(decoder))?;
                write_array(out, Kind::Offset, 1, Elements::Double(&vec![middle; self.count]))?;
                Kind::Decorrelation
            }
            Work::Steps(_, kind, array) => {
                write_array(out, *kind, 1, Elements::Long(array))?;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a half of 31 bits at most, as is checked"
                )]
                let middle = middle as i32;
                // What comes of others before it has their middle.
                let rest = if *kind == Kind::Dependency { 0 } else { middle };
                let offsets: Vec<i32> =
                    (0..self.count).map(|number| if number == 0 { middle } else { rest }).collect();
                write_array(out, Kind::Offset, 1, Elements::Long(&offsets))?;
                *kind
            }
        };
        let is_reversible = matches!(self.work, Work::Steps(..));
        let depth = (image.precision, image.is_signed);
        write_stage(out, image.components, (kind, is_reversible), depth)
    }

    /// Bits that hold whatever is made of samples of so many bits.
    fn bits(&self, precision: u8) -> Result<u8> {
        const TOO_MANY: Error =
            argument("JPEG 2000: components that have more than 38 bits once they are transformed");
        match &self.work {
            Work::Matrix(matrix, _) => {
                let sums =
                    matrix.chunks_exact(self.count.max(1)).map(|row| row.iter().map(|one| one.abs()).sum());
                let most = sums.fold(0.0, |most: f64, sum: f64| most.max(sum));
                let bits = (most * f64::from(precision - 1).exp2()).log2().ceil() + 1.0;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 38")]
                if bits <= 38.0 { Ok(bits.max(1.0) as u8) } else { Err(TOO_MANY) }
            }
            Work::Steps(steps, ..) => {
                // An array's offsets have 32 bits.
                if precision > 31 {
                    return Err(TOO_MANY);
                }
                let half = 1_i128 << (precision - 1);
                let mut ranges = vec![(-half, half - 1); self.count];
                for step in steps.iter().rev() {
                    step.widen(&mut ranges).ok_or(TOO_MANY)?;
                }
                let fits = |bits: &u8| {
                    let half = 1_i128 << (bits - 1);
                    ranges.iter().all(|&(least, most)| -half <= least && most < half)
                };
                (1..=38).find(fits).ok_or(TOO_MANY)
            }
        }
    }

    /// The lengths of the decoder's columns; of reversible steps, which are about orthogonal where they are any good, 1.
    fn weights(&self) -> Vec<f64> {
        let Work::Matrix(_, decoder) = &self.work else { return vec![1.0; self.count] };
        let mut squares = vec![0.0; self.count];
        for row in decoder.chunks_exact(self.count.max(1)) {
            squares.iter_mut().zip(row).for_each(|(sum, one)| *sum += one * one);
        }
        squares.into_iter().map(f64::sqrt).collect()
    }
}

/// The principal axes of the image's samples, a row each.
#[expect(clippy::cast_precision_loss, reason = "so many pixels have 14 bits")]
fn principal(image: &Image, samples: &[u8]) -> Result<Vec<f64>> {
    let count = usize::from(image.components);
    let depth = Depth { precision: image.precision, is_signed: image.is_signed };
    let (size, pixel) = (image.sample_size(), image.sample_size() * count);
    // Some pixels, as far from each other everywhere.
    let every = (samples.len() / pixel.max(1)).div_ceil(PIXELS).max(1);
    let some = samples.chunks_exact(pixel.max(1)).step_by(every);
    let mut values: Vec<f64> = Vec::new();
    let mut row = vec![0.0; 1];
    let pixels = some.len();
    values.try_reserve_exact(pixels * count).map_err(|_| NO_MEMORY)?;
    for pixel in some {
        for component in 0..count {
            let place = Place { size, components: count, component };
            colour::load::<f64>(Level::SCALAR, pixel, depth, place, &mut row);
            values.extend_from_slice(&row);
        }
    }
    let mut means = vec![0.0; count];
    for pixel in values.chunks_exact(count) {
        means.iter_mut().zip(pixel).for_each(|(mean, value)| *mean += value / pixels as f64);
    }
    let mut covariance = vec![0.0; count * count];
    for pixel in values.chunks_exact_mut(count) {
        pixel.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
        for (row, &own) in covariance.chunks_exact_mut(count).zip(&*pixel) {
            row.iter_mut().zip(&*pixel).for_each(|(sum, other)| *sum += own * other);
        }
    }
    Ok(axes::principal(&mut covariance, count))
}
