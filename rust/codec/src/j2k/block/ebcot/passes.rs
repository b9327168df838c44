//! The three coding passes of a bit plane, decoded (T.800 Annex D.3).

use super::board::{Board, LATER, Place};
use super::labels::{Labels, SIGNS};
use super::mq::Symbols;
use super::states::{Contexts, MAGNITUDE, RUN, UNIFORM};

/// The context of magnitudes that have been refined before.
const AGAIN: usize = MAGNITUDE as usize + 2;

/// What a pass works on.
pub(super) struct Job<'a> {
    pub(super) board: &'a mut Board,
    pub(super) contexts: &'a mut Contexts,
    pub(super) labels: &'static Labels,
    /// The bits of the plane's magnitudes, a tile a word, indexed like the board's.
    pub(super) plane: &'a mut [u64],
}

/// The sign of a sample that has become significant (T.800 D.3.2), and what follows from it.
#[inline(always)]
fn sign<S: Symbols, const CAUSAL: bool>(
    board: &mut Board,
    contexts: &mut Contexts,
    symbols: &mut S,
    place: Place,
    sample: u32,
) {
    let negative = if S::RAW {
        symbols.symbol(contexts, 0)
    } else {
        let rule = SIGNS[board.signs_around(place, sample)];
        symbols.flat(contexts, rule & 127) ^ u64::from(rule >> 7)
    };
    board.negative[place.tile] |= negative << sample;
    board.mark::<CAUSAL>(place, sample, negative as u32);
}

/// Significance propagation (T.800 D.3.1): samples that have a significant neighbour.
pub(super) fn propagate<S: Symbols, const CAUSAL: bool>(job: &mut Job, symbols: &mut S) {
    let Job { board, contexts, labels, plane } = job;
    let mut local = *symbols;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let place = board.place(stripe, across);
            let open = board.present[place.tile] & !board.significant[place.tile];
            let mut todo = board.near::<CAUSAL>(place.tile) & open;
            let (mut visited, mut found) = (todo, 0);
            while todo != 0 {
                let sample = todo.trailing_zeros();
                todo &= todo - 1;
                let label = labels[board.around(place, sample)];
                if local.flat(contexts, label) != 0 {
                    found |= 1 << sample;
                    let later = LATER[sample as usize & 63] & open;
                    visited |= later;
                    todo |= later;
                    sign::<S, CAUSAL>(board, contexts, &mut local, place, sample);
                }
            }
            board.visited[place.tile] = visited;
            board.significant[place.tile] |= found;
            if let Some(plane) = plane.get_mut(place.tile) {
                *plane = found;
            }
        }
    }
    *symbols = local;
}

/// Magnitude refinement (T.800 D.3.3): samples that were significant before this plane.
pub(super) fn refine<S: Symbols, const CAUSAL: bool>(job: &mut Job, symbols: &mut S) {
    let Job { board, contexts, plane, .. } = job;
    let mut local = *symbols;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let tile = board.place(stripe, across).tile;
            let mut todo = board.significant[tile] & !board.visited[tile];
            if todo == 0 {
                continue;
            }
            let again = board.refined[tile];
            let near = board.near::<CAUSAL>(tile) & !again;
            board.refined[tile] = again | todo;
            let mut ones = 0;
            if todo & !again == 0 {
                // All of them again, the usual case of low planes: the one state does not go through memory.
                let mut state = contexts[AGAIN];
                while todo != 0 {
                    let sample = todo.trailing_zeros();
                    todo &= todo - 1;
                    ones |= local.held(&mut state) << sample;
                }
                contexts[AGAIN] = state;
            }
            while todo != 0 {
                let sample = todo.trailing_zeros();
                todo &= todo - 1;
                // T.800 Table D.4.
                let label = (again >> sample & 1) << 1 | (near >> sample & 1);
                ones |= local.flat(contexts, MAGNITUDE + label as u8) << sample;
            }
            if let Some(plane) = plane.get_mut(tile) {
                *plane |= ones;
            }
        }
    }
    *symbols = local;
}

/// The clean-up (T.800 D.3.4): everything else, columns of nothing at once.
pub(super) fn clean_up<S: Symbols, const CAUSAL: bool>(job: &mut Job, symbols: &mut S) {
    let Job { board, contexts, labels, plane } = job;
    let mut local = *symbols;
    for stripe in 0..board.stripes {
        for across in 0..board.across {
            let place = board.place(stripe, across);
            let tile = place.tile;
            let mut todo = board.present[tile] & !board.significant[tile] & !board.visited[tile];
            // What the propagation has visited is over with this plane.
            board.visited[tile] = 0;
            let mut runs = columns(todo & !board.near::<CAUSAL>(tile));
            let mut found = 0;
            while todo != 0 {
                let mut sample = todo.trailing_zeros();
                if runs >> sample & 1 != 0 {
                    if local.symbol(contexts, RUN) == 0 {
                        todo &= !(15 << sample);
                        continue;
                    }
                    let first = local.symbol(contexts, UNIFORM) << 1;
                    let first = first | local.symbol(contexts, UNIFORM);
                    sample += first as u32;
                    todo &= u64::MAX << sample;
                    todo &= todo - 1;
                } else {
                    todo &= todo - 1;
                    let label = labels[board.around(place, sample)];
                    if local.flat(contexts, label) == 0 {
                        continue;
                    }
                }
                found |= 1 << sample;
                // The next column has a neighbour now.
                runs &= !(16 << (sample & !3));
                sign::<S, CAUSAL>(board, contexts, &mut local, place, sample);
            }
            board.significant[tile] |= found;
            if let Some(plane) = plane.get_mut(tile) {
                *plane |= found;
            }
        }
    }
    *symbols = local;
}

/// The upper samples of columns of which all four are in the set.
#[inline(always)]
pub(super) const fn columns(set: u64) -> u64 {
    let pairs = set & set >> 1;
    pairs & pairs >> 2 & 0x1111_1111_1111_1111
}
