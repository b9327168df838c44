//! Plans that were made from several headers and do the same: one of them is enough for all.

use super::{Plan, Step};
use crate::kernel::Linear;

impl Plan {
    /// The line that gives a frame, where its samples are put on one.
    pub(crate) fn line(&self, frame: u64) -> Option<Linear> {
        match self.step(frame) {
            Some(Step::Linear(line)) => Some(*line),
            _ => None,
        }
    }

    /// True where both give the same for every frame, as far as that can be seen: functions of a sample are not compared.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let same = |(one, other): (&Step, &Step)| match (one, other) {
            (Step::Samples, Step::Samples) => true,
            (Step::Linear(one), Step::Linear(other)) => one == other,
            (Step::Rgb { model: one, to_bytes: first }, Step::Rgb { model: other, to_bytes: second }) => {
                one == other && first == second
            }
            _ => false,
        };
        self.layout == other.layout
            && self.dtype == other.dtype
            && self.natural == other.natural
            && self.channels == other.channels
            && self.scale == other.scale
            && self.findings == other.findings
            && self.step_of == other.step_of
            && self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(same)
    }

    /// About how many bytes of memory it takes. None where it has tables, which are made again sooner than kept for each file.
    pub(crate) fn weight(&self) -> Option<usize> {
        let is_light = |step: &Step| matches!(step, Step::Samples | Step::Linear(_) | Step::Rgb { .. });
        let is_light = self.steps.iter().all(is_light);
        is_light.then(|| size_of::<Self>() + size_of::<Step>() * self.steps.len() + 4 * self.step_of.len())
    }
}
