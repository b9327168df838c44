//! The three coding passes of a bit plane, encoded (T.800 Annex D.3): the ways of `passes`, with the magnitudes known.

use super::board::{Board, LATER, Place};
use super::labels::{Labels, SIGNS};
use super::mq_encode::Sink;
use super::states::{Contexts, MAGNITUDE, RUN, UNIFORM};

/// What a pass works on.
pub(super) struct Job<'a> {
    pub(super) board: &'a mut Board,
    pub(super) contexts: &'a mut Contexts,
    pub(super) labels: &'static Labels,
    /// The bits of the plane's magnitudes, a tile a word, indexed like the board's.
    pub(super) plane: &'a [u64],
    /// The samples that the pass says something new of.
    pub(super) told: &'a mut [u64],
    pub(super) data: &'a mut Vec<u8>,
}

/// The sign of a sample that has become significant (T.800 D.3.2), and what follows from it.
#[inline(always)]
fn sign<S: Sink, const CAUSAL: bool>(
    board: &mut Board,
    contexts: &mut Contexts,
    (sink, data): (&mut S, &mut Vec<u8>),
    place: Place,
    sample: u32,
) {
    let negative = board.negative[place.tile] >> sample & 1;
    let rule = if S::RAW { 0 } else { SIGNS[board.signs_around(place, sample)] };
    sink.flat(contexts, rule & 127, negative ^ u64::from(rule >> 7), data);
    board.mark::<CAUSAL>(place, sample, negative as u32);
}

/// Significance propagation (T.800 D.3.1).
pub(super) fn propagate<S: Sink, const CAUSAL: bool>(job: &mut Job, sink: &mut S) {
    let Job { board, contexts, labels, plane, told, data } = job;
    let mut local = *sink;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let place = board.place(stripe, across);
            let ones = plane.get(place.tile).copied().unwrap_or(0);
            let open = board.present[place.tile] & !board.significant[place.tile];
            let mut todo = board.near::<CAUSAL>(place.tile) & open;
            let mut visited = todo;
            while todo != 0 {
                let sample = todo.trailing_zeros();
                todo &= todo - 1;
                let label = labels[board.around(place, sample)];
                let bit = ones >> sample & 1;
                local.flat(contexts, label, bit, data);
                if bit != 0 {
                    let later = LATER[sample as usize & 63] & open;
                    visited |= later;
                    todo |= later;
                    sign::<S, CAUSAL>(board, contexts, (&mut local, data), place, sample);
                }
            }
            board.visited[place.tile] = visited;
            board.significant[place.tile] |= ones & visited;
            if let Some(told) = told.get_mut(place.tile) {
                *told = ones & visited;
            }
        }
    }
    *sink = local;
}

/// Magnitude refinement (T.800 D.3.3).
pub(super) fn refine<S: Sink, const CAUSAL: bool>(job: &mut Job, sink: &mut S) {
    let Job { board, contexts, plane, told, data, .. } = job;
    let mut local = *sink;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let tile = board.place(stripe, across).tile;
            let mut todo = board.significant[tile] & !board.visited[tile];
            if let Some(told) = told.get_mut(tile) {
                *told = todo;
            }
            if todo == 0 {
                continue;
            }
            let ones = plane.get(tile).copied().unwrap_or(0);
            let again = board.refined[tile];
            let near = board.near::<CAUSAL>(tile) & !again;
            board.refined[tile] = again | todo;
            while todo != 0 {
                let sample = todo.trailing_zeros();
                todo &= todo - 1;
                // T.800 Table D.4.
                let label = (again >> sample & 1) << 1 | (near >> sample & 1);
                local.flat(contexts, MAGNITUDE + label as u8, ones >> sample & 1, data);
            }
        }
    }
    *sink = local;
}

/// The clean-up (T.800 D.3.4).
pub(super) fn clean_up<S: Sink, const CAUSAL: bool>(job: &mut Job, sink: &mut S) {
    let Job { board, contexts, labels, plane, told, data } = job;
    let mut local = *sink;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let place = board.place(stripe, across);
            let tile = place.tile;
            let all = board.present[tile] & !board.significant[tile] & !board.visited[tile];
            board.visited[tile] = 0;
            let ones = plane.get(tile).copied().unwrap_or(0) & all;
            let mut todo = all;
            let mut runs = super::passes::columns(all & !board.near::<CAUSAL>(tile));
            while todo != 0 {
                let mut sample = todo.trailing_zeros();
                if runs >> sample & 1 != 0 {
                    let column = ones >> sample & 15;
                    local.symbol(contexts, RUN, u64::from(column != 0), data);
                    if column == 0 {
                        todo &= !(15 << sample);
                        continue;
                    }
                    let first = column.trailing_zeros();
                    local.flat(contexts, UNIFORM, u64::from(first >> 1), data);
                    local.flat(contexts, UNIFORM, u64::from(first & 1), data);
                    sample += first;
                    todo &= u64::MAX << sample;
                    todo &= todo - 1;
                } else {
                    todo &= todo - 1;
                    let label = labels[board.around(place, sample)];
                    let bit = ones >> sample & 1;
                    local.flat(contexts, label, bit, data);
                    if bit == 0 {
                        continue;
                    }
                }
                // The next column has a neighbour now.
                runs &= !(16 << (sample & !3));
                sign::<S, CAUSAL>(board, contexts, (&mut local, data), place, sample);
            }
            board.significant[tile] |= ones;
            if let Some(told) = told.get_mut(tile) {
                *told = ones;
            }
        }
    }
    *sink = local;
}
