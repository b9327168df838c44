//! The state table of the upper layer (PS3.8 table 9-10): `State × Event → (Action, State)`.
//!
//! The table itself is a fact of the standard, `standard/upper_layer.tsv`; what an action does is [`crate::association`]'s.

mod action;
mod event;
mod state;

pub use action::Action;
pub use event::Event;
pub use state::State;

use crate::tables::states::TRANSITIONS;

/// Where a cell of the table leads. Two of its actions choose between two states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// One state.
    One(State),
    /// The first where a condition holds, which the action names, else the second.
    Either(State, State),
}

/// A cell of the table.
pub(crate) type Cell = Option<(Action, Next)>;

/// What the table says of an event in a state: `None` where the cell is empty, which is an event that cannot come from the network, and a
/// primitive that the local user may not issue then. `condition` decides for AE-6 (the request is acceptable to the provider) and AR-8
/// (this side asked for the association).
pub fn transition(state: State, event: Event, condition: bool) -> Option<(Action, State)> {
    let row = TRANSITIONS.get(event as usize)?;
    let (action, next) = (*row.get(state as usize)?)?;
    let next = match next {
        Next::Either(state, _) if condition => state,
        Next::One(state) | Next::Either(_, state) => state,
    };
    Some((action, next))
}

#[cfg(test)]
mod tests;
