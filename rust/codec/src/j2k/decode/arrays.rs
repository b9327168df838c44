//! Transforms of components together, made ready from what the header says (T.801 Annex J).

use crate::Result;
use crate::j2k::colour::along::{self, Along};
use crate::j2k::colour::arrays::{Step, decorrelate, depend};
use crate::j2k::colour::{Depth, half};
use crate::j2k::markers::transforms::{Collection, Kind, Transform};
use crate::j2k::markers::{malformed, unsupported};
use crate::j2k::parameters::Together;

/// What is done with the components of a collection.
#[derive(Clone, Debug)]
enum Work {
    /// Nothing but offsets.
    Nothing,
    Decorrelate(Vec<f64>),
    Depend(Vec<f64>),
    Steps(Vec<Step>),
    Along(Along),
}

/// One collection: which components it takes and gives, and its numbers.
#[derive(Clone, Debug)]
struct Job {
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    work: Work,
    offsets: Vec<f64>,
    /// True where offsets come before the work.
    is_offset_first: bool,
}

/// All stages, in the order in which a decoder undoes them.
#[derive(Clone, Debug)]
pub(super) struct Arrays {
    stages: Vec<Vec<Job>>,
    /// Components that there are on the way.
    pub(super) space: usize,
    /// What is taken from each component that comes out: samples are stored with half of their range, which the offsets of a collection stand
    /// for already.
    shifts: Vec<f64>,
    /// Multiplications a pixel.
    pub(super) cost: u64,
}

/// Memory of a worker.
#[derive(Default, Debug)]
pub(super) struct Scratch {
    before: Vec<f64>,
    from: Vec<f64>,
    to: Vec<f64>,
    sums: Vec<i128>,
    along: along::Scratch,
}

const WRONG: crate::Error = malformed("JPEG 2000: an array of the wrong size");

impl Arrays {
    /// For an image of so many components that are coded, and others or the same that come out.
    pub(super) fn new(together: &Together, coded: usize, depths: &[Depth]) -> Result<Self> {
        let space = coded.max(depths.len());
        let (mut stages, mut cost) = (Vec::new(), 0_u64);
        // Which components some collection gives.
        let mut made = vec![false; space];
        for &index in together.order().unwrap_or_default() {
            let collections = together.stage_of(index)?;
            let mut given = vec![false; space];
            let mut jobs = Vec::new();
            for collection in &collections {
                let job = Job::new(together, collection, space)?;
                for &output in &job.outputs {
                    // T.801 A.3.8: a component comes out of one collection of a stage.
                    if given.get_mut(output).is_none_or(|given| std::mem::replace(given, true)) {
                        return Err(malformed("JPEG 2000: a component that several transforms give"));
                    }
                }
                cost = cost.saturating_add(job.cost());
                jobs.push(job);
            }
            cost = cost.saturating_add(space as u64);
            made.iter_mut().zip(given).for_each(|(made, given)| *made |= given);
            stages.push(jobs);
        }
        let shift = |(depth, is_made): (&Depth, &bool)| if *is_made { half(*depth) } else { 0.0 };
        let shifts = depths.iter().zip(&made).map(shift).collect();
        Ok(Self { stages, space, shifts, cost })
    }

    /// Undoes all stages on rows of `width` values, one a component.
    pub(super) fn undo(&self, values: &mut [f64], width: usize, scratch: &mut Scratch) {
        let width = width.max(1);
        for stage in &self.stages {
            scratch.before.clear();
            scratch.before.extend_from_slice(values);
            for job in stage {
                job.undo(values, width, scratch);
            }
        }
        for (row, &shift) in values.chunks_exact_mut(width).zip(&self.shifts) {
            for value in row.iter_mut() {
                *value -= shift;
            }
        }
    }
}

impl Job {
    fn new(together: &Together, collection: &Collection, space: usize) -> Result<Self> {
        let list = |held: &[u16]| held.iter().map(|&index| usize::from(index)).collect::<Vec<_>>();
        let (inputs, outputs) = (list(&collection.inputs), list(&collection.outputs));
        if inputs.iter().chain(&outputs).any(|&index| index >= space) {
            return Err(unsupported("JPEG 2000: transforms of more components than are coded and come out"));
        }
        let offsets = match collection.offsets {
            0 => Vec::new(),
            index => together.array_of(Kind::Offset, index)?.values(),
        };
        let count = inputs.len();
        let (work, is_square) = match collection.transform {
            Transform::Array { index: 0, .. } => (Work::Nothing, true),
            Transform::Array { kind, index, is_reversible } => {
                let array = together.array_of(kind, index)?;
                let is_decorrelation = kind == Kind::Decorrelation;
                // T.801 J.2: a reversible one has its divisors beside the factors.
                let expected = match (is_decorrelation, is_reversible) {
                    (true, false) => count.checked_mul(outputs.len()),
                    (true, true) => count.checked_mul(count + 1),
                    (false, false) => Some(count * count.saturating_sub(1) / 2),
                    (false, true) => Some((count * (count + 1) / 2).saturating_sub(1)),
                };
                if expected != Some(array.len()) {
                    return Err(WRONG);
                }
                let work = if is_reversible {
                    let whole = array.whole().ok_or(WRONG)?;
                    Work::Steps(if is_decorrelation {
                        Step::of_decorrelation(&whole, count)?
                    } else {
                        Step::of_dependency(&whole, count)?
                    })
                } else if is_decorrelation {
                    Work::Decorrelate(array.values())
                } else {
                    Work::Depend(array.values())
                };
                let is_square = !matches!(work, Work::Decorrelate(_));
                (work, is_square)
            }
            Transform::Wavelet { levels: 33.., .. } => {
                return Err(malformed("JPEG 2000: more than 32 levels of components"));
            }
            Transform::Wavelet { is_reversible, levels, start } => {
                (Work::Along(Along { is_reversible, levels, start }), true)
            }
        };
        if is_square && outputs.len() != count || !offsets.is_empty() && offsets.len() != outputs.len() {
            return Err(WRONG);
        }
        let is_offset_first = matches!(
            collection.transform,
            Transform::Array { kind: Kind::Dependency, is_reversible: true, .. }
        );
        Ok(Self { inputs, outputs, work, offsets, is_offset_first })
    }

    /// Multiplications a pixel.
    fn cost(&self) -> u64 {
        let own = match &self.work {
            Work::Nothing => 0,
            Work::Decorrelate(array) | Work::Depend(array) => array.len() as u64,
            Work::Steps(steps) => steps.iter().map(|step| step.cost() as u64).sum(),
            Work::Along(along) => self.inputs.len() as u64 * (8 + u64::from(along.levels)),
        };
        own + self.inputs.len() as u64 + self.outputs.len() as u64
    }

    fn undo(&self, values: &mut [f64], width: usize, scratch: &mut Scratch) {
        let Scratch { before, from, to, sums, along } = scratch;
        let row = |component: usize| component * width..(component + 1) * width;
        from.clear();
        for &input in &self.inputs {
            from.extend_from_slice(before.get(row(input)).unwrap_or_default());
        }
        if self.is_offset_first {
            self.offset(from, width);
        }
        match &self.work {
            Work::Nothing => {}
            Work::Decorrelate(matrix) => {
                to.clear();
                to.resize(self.outputs.len() * width, 0.0);
                decorrelate(matrix, &self.offsets, from, width, to);
                std::mem::swap(from, to);
            }
            Work::Depend(triangle) => depend(triangle, &self.offsets, from, width),
            Work::Steps(steps) => steps.iter().for_each(|step| step.undo(from, width, sums)),
            Work::Along(work) => work.undo(from, width, along),
        }
        if !self.is_offset_first && !matches!(self.work, Work::Decorrelate(_) | Work::Depend(_)) {
            self.offset(from, width);
        }
        for (&output, made) in self.outputs.iter().zip(from.chunks_exact(width)) {
            if let Some(place) = values.get_mut(row(output)) {
                place.copy_from_slice(made);
            }
        }
    }

    fn offset(&self, rows: &mut [f64], width: usize) {
        for (row, &offset) in rows.chunks_exact_mut(width).zip(&self.offsets) {
            for value in row.iter_mut() {
                *value += offset;
            }
        }
    }
}
