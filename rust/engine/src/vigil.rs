//! Looking for what is about to come, for some microseconds, before a thread falls asleep: to be woken can take longer than most answers.
//!
//! Whether that is so differs from machine to machine, from peer to peer, and with what else runs: it is tried now and then, and the quicker way
//! is kept for a while.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long is looked: what a request takes to come after an answer, and not more than two threads take to be woken.
const LONG: Duration = Duration::from_micros(60);
/// Letting others run takes no longer, unless they need the core.
const OVERRUN: Duration = Duration::from_micros(500);
/// Of such a way no more is tried after so many.
const OVERRUNS: u32 = 3;
/// Messages by which a way is judged.
const TRIAL: u32 = 128;
/// Messages for which the quicker one is kept.
const TERM: u32 = 4096;
/// Longer than this for a message says nothing of a way.
const PAUSE: Duration = Duration::from_millis(1);

/// What one that waits again and again has learnt: whether it pays to look.
#[derive(Debug)]
pub struct Vigil(Mutex<Course>);

/// What is done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// It is tried how quick messages are with looking,
    Looking,
    /// and without,
    Sleeping,
    /// and the quicker way is gone.
    Settled,
}

#[derive(Debug)]
struct Course {
    phase: Phase,
    looks: bool,
    messages: u32,
    time: Duration,
    overruns: u32,
    last: Instant,
    /// Of a message with looking, in the last trial.
    looking: Duration,
}

impl Default for Vigil {
    fn default() -> Self {
        Self(Mutex::new(Course {
            phase: Phase::Looking,
            looks: true,
            messages: 0,
            time: Duration::ZERO,
            overruns: 0,
            last: Instant::now(),
            looking: Duration::MAX,
        }))
    }
}

impl Course {
    /// Some messages more at this time.
    fn count(&mut self, messages: u32, now: Instant) {
        self.time += now.saturating_duration_since(self.last).min(PAUSE.saturating_mul(messages.max(1)));
        self.last = now;
        self.messages = self.messages.saturating_add(messages);
        let enough = if self.phase == Phase::Settled { TERM } else { TRIAL };
        if self.messages < enough && self.overruns < OVERRUNS {
            return;
        }
        let each = if self.overruns < OVERRUNS { self.time / self.messages.max(1) } else { Duration::MAX };
        (self.phase, self.looks) = match self.phase {
            Phase::Looking => {
                self.looking = each;
                (Phase::Sleeping, false)
            }
            // Where it makes no difference nobody is kept busy.
            Phase::Sleeping => (Phase::Settled, self.looking.saturating_mul(16) < each.saturating_mul(15)),
            Phase::Settled if self.overruns < OVERRUNS => (Phase::Looking, true),
            Phase::Settled => (Phase::Settled, false),
        };
        (self.messages, self.time, self.overruns) = (0, Duration::ZERO, 0);
    }
}

impl Vigil {
    /// Whether to look, after so many messages more.
    pub fn pays(&self, messages: u32) -> bool {
        let mut course = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        course.count(messages, Instant::now());
        course.looks
    }

    /// A look was held up.
    pub(crate) fn overrun(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).overruns += 1;
    }

    /// Looks on this thread, where that pays; true once it has come.
    pub fn look(&self, mut has_come: impl FnMut() -> bool) -> bool {
        if !self.pays(1) {
            return false;
        }
        let mut look = Look::begin();
        loop {
            if has_come() {
                return true;
            }
            match look.go_on() {
                Some(true) => {}
                Some(false) => return false,
                None => {
                    self.overrun();
                    return has_come();
                }
            }
        }
    }
}

/// One look.
pub(crate) struct Look(Instant);

impl Look {
    pub(crate) fn begin() -> Self {
        Self(Instant::now() + LONG)
    }

    /// Lets others run; false once the time is over, `None` where they ran for long.
    pub(crate) fn go_on(&mut self) -> Option<bool> {
        let now = Instant::now();
        if now >= self.0 {
            return Some(false);
        }
        thread::yield_now();
        (now.elapsed() < OVERRUN).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of so many messages those that looks were held for, where a message takes so long with a look and without.
    fn looks(course: &mut Course, messages: u32, looking: u64, sleeping: u64) -> u32 {
        let mut now = course.last;
        let mut looks = 0;
        for _ in 0..messages {
            looks += u32::from(course.looks);
            now += Duration::from_micros(if course.looks { looking } else { sleeping });
            course.count(1, now);
        }
        looks
    }

    #[test]
    fn the_quicker_way_is_gone_and_tried_anew() {
        let vigil = Vigil::default();
        let mut course = vigil.0.lock().unwrap();
        let round = TRIAL + TRIAL + TERM;
        assert_eq!(looks(&mut course, round, 20, 50), TRIAL + TERM);
        assert_eq!(looks(&mut course, round, 50, 30), TRIAL, "another peer, another way");
        assert_eq!(looks(&mut course, round, 50, 50), TRIAL, "nobody is kept busy for nothing");
        assert_eq!(looks(&mut course, round, 5000, 9000), TRIAL, "who comes seldom is not looked for");
    }

    #[test]
    fn who_is_held_up_stops_looking() {
        let vigil = Vigil::default();
        assert!(vigil.pays(1));
        for _ in 0..OVERRUNS {
            assert!(vigil.pays(1));
            vigil.overrun();
        }
        assert!(!vigil.pays(1));
        let mut course = vigil.0.lock().unwrap();
        let looked = looks(&mut course, TRIAL + TERM - 1, 20, 50);
        assert_eq!(looked, 0);
        assert_eq!(looks(&mut course, 2, 20, 50), 1, "and tries again");
    }

    #[test]
    fn a_look_ends_when_it_has_come() {
        // Where others have the core a look may be over before.
        let is_seen = (0..100).any(|_| {
            let mut left = 3;
            let is_there = Vigil::default().look(|| {
                left -= 1;
                left == 0
            });
            is_there && left == 0
        });
        assert!(is_seen);
        assert!(!Vigil::default().look(|| false));
    }
}
