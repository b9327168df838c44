//! Every cell of the state table, read once more from the standard's rows, and what follows from it.

use super::{Action, Event, State, transition};

/// The table as the standard prints it, in another spelling than the generated one.
const FACTS: &str = include_str!("../../../../standard/upper_layer.tsv");

fn name(action: Action) -> String {
    let text = format!("{action:?}");
    let (letters, number) = text.split_at(2);
    format!("{}-{number}", letters.to_uppercase())
}

#[test]
fn every_state_and_every_event_is_as_the_standard_says() {
    let rows: Vec<Vec<&str>> = FACTS.lines().skip(2).map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), Event::ALL.len());
    let mut filled = 0;
    for (event, row) in Event::ALL.into_iter().zip(&rows) {
        assert_eq!(row[0], format!("{event:?}"));
        for (state, cell) in State::ALL.into_iter().zip(&row[2..]) {
            let mut found = Vec::new();
            for condition in [true, false] {
                if let Some((action, next)) = transition(state, event, condition) {
                    found.push((name(action), format!("{next:?}")));
                }
            }
            let expected = match cell.split_once(' ') {
                None => vec![],
                Some((action, states)) => {
                    filled += 1;
                    let (first, second) = states.split_once('|').unwrap_or((states, states));
                    vec![
                        (action.to_owned(), format!("Sta{first}")),
                        (action.to_owned(), format!("Sta{second}")),
                    ]
                }
            };
            assert_eq!(found, expected, "{event:?} in {state:?}");
        }
    }
    // Counted in PS3.8 table 9-10: every other cell of the 247 is empty.
    assert_eq!(filled, 123);
}

#[test]
fn whatever_comes_from_the_network_has_a_place_once_there_is_a_connection() {
    let from_network = [
        Event::AssociateAcPdu,
        Event::AssociateRjPdu,
        Event::AssociateRqPdu,
        Event::DataPdu,
        Event::ReleaseRqPdu,
        Event::ReleaseRpPdu,
        Event::AbortPdu,
        Event::TransportClosed,
        Event::InvalidPdu,
    ];
    for state in State::ALL {
        for event in from_network {
            let has_connection = !matches!(state, State::Sta1 | State::Sta4);
            if has_connection {
                assert!(transition(state, event, true).is_some(), "{event:?} in {state:?}");
            }
        }
    }
}

#[test]
fn every_state_leads_to_the_end() {
    for begin in State::ALL {
        let mut reached = vec![begin];
        let mut looked = 0;
        while let Some(&state) = reached.get(looked) {
            looked += 1;
            for event in Event::ALL {
                for condition in [true, false] {
                    if let Some((_, next)) = transition(state, event, condition)
                        && !reached.contains(&next)
                    {
                        reached.push(next);
                    }
                }
            }
        }
        assert!(reached.contains(&State::Sta1), "{begin:?}");
    }
}
