//! Looking for what is about to come, for some microseconds, before a thread falls asleep: to be woken can take longer than most answers.
//!
//! Whether that is so differs from machine to machine, from peer to peer, and with what else runs: both ways are tried in turns, and the quicker
//! one is gone for ever longer stretches, as long as it stays the quicker one.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long is looked: what a request takes to come after an answer, where the peer's core has to be woken and is one of a virtual machine.
const LONG: Duration = Duration::from_micros(200);
/// Letting others run takes no longer, unless they need the core.
const OVERRUN: Duration = Duration::from_micros(500);
/// Of such a way no more is tried after so many.
const OVERRUNS: u32 = 3;
/// Of looks at whose end nothing has come as well, where they are more than half of all: what comes later is better slept for.
const VAIN: u32 = 4;
/// Messages by which a way is judged.
const TRIAL: u32 = 32;
/// How often each way is tried before one is gone: the first messages of an association are like no others.
const TRIALS: u32 = 3;
/// Messages for which the quicker one is kept at first,
const TERM: u32 = 256;
/// and at last.
const LONGEST_TERM: u32 = 2048;
/// Longer than this for a message says nothing of a way.
const PAUSE: Duration = Duration::from_millis(1);

/// What one that waits again and again has learnt: whether it pays to look.
#[derive(Debug)]
pub struct Vigil(Mutex<Course>);

#[derive(Debug)]
struct Course {
    /// What is done now, for how many messages more, and how many stretches of trials are left.
    looks: bool,
    left: u32,
    trials: u32,
    /// Of this stretch.
    messages: u32,
    time: Duration,
    overruns: u32,
    vain: u32,
    last: Instant,
    /// How long the quicker way is kept the next time, and whether that was looking.
    term: u32,
    looked: Option<bool>,
    /// Of a message, by what is known so far.
    looking: Option<Duration>,
    sleeping: Option<Duration>,
}

impl Default for Vigil {
    fn default() -> Self {
        Self(Mutex::new(Course {
            looks: true,
            left: TRIAL,
            trials: 2 * TRIALS - 1,
            messages: 0,
            time: Duration::ZERO,
            overruns: 0,
            vain: 0,
            last: Instant::now(),
            term: TERM,
            looked: None,
            looking: None,
            sleeping: None,
        }))
    }
}

impl Course {
    /// Some messages more at this time.
    fn count(&mut self, messages: u32, now: Instant) {
        self.time += now.saturating_duration_since(self.last).min(PAUSE.saturating_mul(messages.max(1)));
        self.last = now;
        self.messages = self.messages.saturating_add(messages);
        if self.messages < self.left && !self.is_hopeless() && !self.is_lost() {
            return;
        }
        self.judge();
        if self.looked.is_none() && self.is_plain() {
            self.trials = 0;
        }
        (self.looks, self.left) = if self.trials > 0 {
            self.trials -= 1;
            (!self.looks, TRIAL)
        } else {
            self.settle()
        };
        (self.messages, self.time, self.overruns, self.vain) = (0, Duration::ZERO, 0, 0);
    }

    /// True where looking is of no use.
    fn is_hopeless(&self) -> bool {
        self.overruns >= OVERRUNS || self.vain >= VAIN && self.vain > self.messages / 2
    }

    /// True in a trial that has taken as long already as the other way takes for all of it.
    fn is_lost(&self) -> bool {
        let other = if self.looks { self.sleeping } else { self.looking };
        self.left == TRIAL && other.is_some_and(|each| self.time >= each.saturating_mul(TRIAL))
    }

    /// True where looking is much quicker, by whatever was tried so far: the first trial of all was of looking, and had the beginning of the
    /// association in it.
    fn is_plain(&self) -> bool {
        self.looking.zip(self.sleeping).is_some_and(|(looking, sleeping)| looking * 3 < sleeping * 2)
    }

    /// What the stretch that is over says of its way. A slower one may have been held up by something else.
    fn judge(&mut self) {
        let each = if self.is_hopeless() { PAUSE } else { self.time / self.messages.max(1) };
        let known = if self.looks { &mut self.looking } else { &mut self.sleeping };
        *known = Some(known.map_or(each, |known| each.min((known + each) / 2)));
    }

    /// The quicker way, and how long it is gone before the other one is tried again.
    fn settle(&mut self) -> (bool, u32) {
        // Where it makes no difference nobody is kept busy.
        let pays = self.looking.zip(self.sleeping);
        let pays = pays.is_some_and(|(looking, sleeping)| looking * 16 < sleeping * 15);
        self.term =
            if Some(pays) == self.looked { self.term.saturating_mul(2).min(LONGEST_TERM) } else { TERM };
        (self.looked, self.trials) = (Some(pays), 1);
        (pays, self.term)
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

    /// Nothing has come while it was looked.
    pub(crate) fn vain(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).vain += 1;
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
                Some(false) => {
                    self.vain();
                    return false;
                }
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

    /// The share of 20,000 messages that looks were held for, in percent.
    fn share(course: &mut Course, looking: u64, sleeping: u64) -> u32 {
        looks(course, 20_000, looking, sleeping) / 200
    }

    #[test]
    fn the_quicker_way_is_gone_and_the_other_tried() {
        let vigil = Vigil::default();
        let mut course = vigil.0.lock().unwrap();
        // A trial of sleeping has taken as long as one of looking after 29 of 32 messages.
        assert_eq!(looks(&mut course, TRIALS * (TRIAL + 29), 45, 50), TRIALS * TRIAL, "both in turns");
        assert_eq!(looks(&mut course, TERM, 45, 50), TERM);
        assert!((97..100).contains(&share(&mut course, 20, 50)), "ever more seldom the other");
        assert!(share(&mut course, 50, 30) < 20, "another peer, another way");
        assert!((1..6).contains(&share(&mut course, 50, 50)), "nobody is kept busy for nothing");
        // Its trials are short, and there are some.
        let seldom = looks(&mut course, 20_000, 5000, 9000);
        assert!(
            (1..1200).contains(&seldom),
            "who comes seldom is not looked for, but now and then: {seldom}"
        );
    }

    #[test]
    fn what_is_plain_is_not_tried_for_long() {
        let vigil = Vigil::default();
        let mut course = vigil.0.lock().unwrap();
        // Sleeping ends once it has taken the time of the trial of looking.
        assert_eq!(looks(&mut course, TRIAL + 13, 20, 50), TRIAL);
        assert_eq!(looks(&mut course, TERM, 20, 50), TERM);
        assert_eq!(looks(&mut course, 13, 20, 50), 0, "the next trial is as short");
        assert_eq!(looks(&mut course, TERM, 20, 50), TERM);
    }

    /// One stretch that something else held up says little.
    #[test]
    fn a_wrong_choice_is_soon_mended() {
        let vigil = Vigil::default();
        let mut course = vigil.0.lock().unwrap();
        let lost = 4;
        assert_eq!(looks(&mut course, 4 * TRIAL + 2 * lost, 400, 50), TRIAL + 2 * lost);
        assert_eq!(looks(&mut course, TERM + TRIAL, 20, 50), TRIAL);
        assert_eq!(looks(&mut course, TERM, 20, 50), TERM, "seen at the next trial");
    }

    /// Of 10,000 messages those that looks were held for, where each look ends in this way.
    fn looks_that_end(how: impl Fn(&Vigil)) -> usize {
        let vigil = Vigil::default();
        let looks = (0..10_000).filter(|_| {
            let pays = vigil.pays(1);
            if pays {
                how(&vigil);
            }
            pays
        });
        looks.count()
    }

    #[test]
    fn who_is_held_up_stops_looking() {
        let looked = looks_that_end(Vigil::overrun);
        assert!(looked < 100, "{looked}");
    }

    #[test]
    fn who_looks_in_vain_stops_looking() {
        let looked = looks_that_end(Vigil::vain);
        assert!(looked < 100, "{looked}");
        // Now and then is not in vain.
        let vigil = Vigil::default();
        let looked = (0..TRIAL - 1).filter(|number| {
            let pays = vigil.pays(1);
            if number % 3 == 2 {
                vigil.vain();
            }
            pays
        });
        assert_eq!(looked.count(), TRIAL as usize - 1);
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
