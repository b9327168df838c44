//! What those who hold the association want of it.

use std::sync::Arc;

use super::outbox::Kind;
use super::{Asked, Session};
use crate::link::{Letter, Order};
use crate::{Ending, Error};

impl Session {
    /// Does what was ordered.
    pub(super) fn obey(&mut self) {
        while let Some(order) = self.link.next_order() {
            let may_send = self.association.may_send();
            match order {
                Order::Ask(letter, service, answers)
                    if may_send && !self.is_releasing && self.leaving.is_none() =>
                {
                    self.told_letter(&letter);
                    let Letter { id, context, .. } = letter;
                    self.limited.retain(|one| one.1 != id);
                    self.asked.push(Asked { id, context, service, answers, is_cancelled: false });
                    self.outbox.push(letter, Kind::Request);
                }
                Order::Ask(letter, _, answers) => {
                    // Whichever side releases, or has ended it for another reason before.
                    answers.break_off(self.link.ending().unwrap_or(Ending::Released).into());
                    answers.close();
                    self.link.end(letter.id);
                }
                Order::Reply { letter, served, is_last, is_counted } => {
                    if is_last {
                        // The peer may have waited for this one before it answers ours.
                        self.clock.came();
                        self.serving.retain(|one| !Arc::ptr_eq(&one.served, &served));
                    }
                    if may_send {
                        self.told_letter(&letter);
                        self.outbox.push(letter, if is_counted { Kind::Reply } else { Kind::Answer });
                    } else if is_counted {
                        self.link.replied();
                    }
                }
                Order::Cancel(letter, answers) => {
                    // The request that was meant, and no later one of its number.
                    let mut asked = self.asked.iter_mut();
                    let meant = asked.find(|one| Arc::ptr_eq(&one.answers, &answers)).filter(|_| may_send);
                    if let Some(meant) = meant {
                        meant.is_cancelled = true;
                        self.told_letter(&letter);
                        self.outbox.push(letter, Kind::Request);
                    }
                }
                Order::Release if may_send => self.is_releasing = true,
                Order::Look => self.ask_watcher(),
                Order::Wait(times) => {
                    self.times = times;
                    // What is waited for already is waited for that long from now.
                    self.clock.begin_anew();
                }
                // Before it is established there is nothing to release.
                Order::Release | Order::Abort => self.abort(),
                Order::Close => {
                    self.abort();
                    // One try to say so; who takes nothing now is not waited for.
                    let _ = self.write_once();
                    self.closed();
                }
            }
        }
        self.link.set_state(self.association.state());
    }

    /// Ends the association at once, but for what was answered before.
    fn abort(&mut self) {
        if self.link.ending().is_none() {
            self.answers_by_now();
            self.outbox.settle(&mut self.association, &self.ground);
            self.outbox.stop(&mut self.association);
            self.association.abort();
            self.conclude(Ending::Dropped);
        }
    }

    /// The data set of a message cannot be had: what was said of it cannot be taken back.
    pub(super) fn unfetched(&mut self, id: u16, error: Error) {
        if let Some(asked) = self.asked.iter().find(|one| one.id == id) {
            asked.answers.break_off(error);
        }
        self.abort();
    }
}
