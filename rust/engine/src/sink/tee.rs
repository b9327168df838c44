//! One instance into several places at once.

use radiogram_net::dimse::Outcome;

use super::leaf::Leaf;
use super::{Arrival, Branch, Kept, Sink, Spare};

/// Where an instance goes: into one place, or into several.
#[derive(Debug)]
pub(crate) enum Places {
    One(Leaf),
    /// Each with whether it is required.
    Several(Vec<(Leaf, bool)>),
}

impl Places {
    pub(crate) fn begin(sink: Sink, arrival: &Arrival, spare: &mut Spare) -> Self {
        let Sink::Tee(branches) = sink else { return Self::One(Leaf::begin(sink, arrival, spare)) };
        // A tee in a tee is the same as its branches, which are required where both are.
        let mut waiting: Vec<Branch> = branches.iter().rev().cloned().collect();
        let mut leaves = Vec::new();
        while let Some(Branch { sink, is_required }) = waiting.pop() {
            match sink {
                Sink::Tee(inner) => waiting.extend(inner.iter().rev().map(|branch| Branch {
                    sink: branch.sink.clone(),
                    is_required: branch.is_required && is_required,
                })),
                sink => leaves.push((Leaf::begin(sink, arrival, spare), is_required)),
            }
        }
        let mut places = Self::Several(leaves);
        places.check();
        places
    }

    /// Takes bytes of the data set.
    pub(crate) async fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::One(leaf) => leaf.take(bytes).await,
            Self::Several(leaves) => {
                for (leaf, _) in leaves {
                    leaf.take(bytes).await;
                }
                self.check();
            }
        }
    }

    /// Where a required place fails all of it does, and what is in the others is removed.
    fn check(&mut self) {
        let Self::Several(leaves) = self else { return };
        let failed =
            leaves.iter().find_map(|(leaf, is_required)| leaf.refused().filter(|_| *is_required)).cloned();
        if let Some(outcome) = failed {
            self.refuse(outcome);
        }
    }

    /// What has arrived so far is removed.
    pub(crate) fn refuse(&mut self, outcome: Outcome) {
        *self = Self::One(Leaf::Refused(outcome));
    }

    /// The data set is complete: what is kept of it, or what is answered.
    ///
    /// The required places come first: where one of them fails there is nothing yet in those that are not. What an earlier required one has
    /// kept stays, and is replaced when the sender tries again.
    pub(crate) async fn end(self, spare: &mut Spare) -> Result<Kept, Outcome> {
        let mut leaves = match self {
            Self::One(leaf) => return leaf.end(spare).await,
            Self::Several(leaves) => leaves.into_iter().map(Some).collect::<Vec<_>>(),
        };
        let mut kept: Vec<Kept> = leaves.iter().map(|_| Kept::Nothing).collect();
        for turn in [true, false] {
            for (place, kept) in leaves.iter_mut().zip(&mut kept) {
                let Some((leaf, _)) = place.take_if(|(_, is_required)| *is_required == turn) else {
                    continue;
                };
                *kept = match leaf.end(spare).await {
                    Ok(kept) => kept,
                    Err(outcome) if turn => return Err(outcome),
                    Err(outcome) => Kept::Failed(outcome),
                };
            }
        }
        Ok(Kept::Several(kept))
    }
}
