//! How much work one image may ask for. A codestream may hold any number of pictures that are never shown but drawn all the same, a few
//! bytes each: without a bound, a few kilobytes would keep a machine busy for hours.

use jxl::api::{JxlParallelRunner, JxlParallelRunnerFun};
use jxl::error::{Error, Result};

/// Samples that the steps of all pictures may go through. A step goes through a picture once, or a part of it.
const SAMPLES: u64 = 1 << 29;
/// Steps that every image may take, however large: some pictures.
const STEPS: u64 = 32;

/// What [`Budget`] says when it is used up.
pub(super) const USED_UP: &str = "more pictures that are not shown than one image may have";

/// Runs tasks one after the other, as long as the budget lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    steps: u64,
}

impl Budget {
    /// The budget of an image of so many samples.
    pub(super) fn new(samples: u64) -> Self {
        Self { steps: (SAMPLES / samples.max(1)).max(STEPS) }
    }

    fn spend(&mut self) -> Result<()> {
        self.steps = self.steps.checked_sub(1).ok_or(Error::ApiUsageError(USED_UP))?;
        Ok(())
    }
}

impl JxlParallelRunner for Budget {
    fn run(&mut self, num: usize, fun: &JxlParallelRunnerFun<'_>) -> Result<()> {
        self.run_ordered(num, None, fun)
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(&mut self, num: usize, _: Option<usize>, fun: &JxlParallelRunnerFun<'_>) -> Result<()> {
        self.spend()?;
        (0..num).try_for_each(fun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends() {
        let mut budget = Budget::new(u64::MAX);
        for _ in 0..STEPS {
            assert!(budget.run(3, &|_| Ok(())).is_ok());
        }
        assert!(matches!(budget.run(3, &|_| Ok(())), Err(Error::ApiUsageError(USED_UP))));
    }
}
