//! The asynchronous operations window (PS3.7 D.3.3.3) and the numbers of messages: what this side has asked and not been answered yet.

use std::collections::{BTreeSet, VecDeque};

/// The operations that this side has invoked.
#[derive(Clone, Debug)]
pub struct Window {
    /// As many at once, `None` for any number.
    most: Option<u16>,
    last: u16,
    waiting: BTreeSet<u16>,
    /// Numbers that have no place any more, and may still be spoken of: looked up, and in the order in which they ended.
    retired: BTreeSet<u16>,
    order: VecDeque<u16>,
}

impl Window {
    /// None yet; `most` as the association has agreed on, 0 being any number.
    pub const fn new(most: u16) -> Self {
        let most = if most == 0 { None } else { Some(most) };
        Self { most, last: 0, waiting: BTreeSet::new(), retired: BTreeSet::new(), order: VecDeque::new() }
    }

    /// A number for one more operation, unique among those that may still be answered (PS3.7 9.1.1.1.1); `None` while there is no room in the
    /// window.
    pub fn begin(&mut self) -> Option<u16> {
        if !self.has_room() {
            return None;
        }
        if self.waiting.len() + self.retired.len() >= usize::from(u16::MAX) {
            // There is no other number left than that of which nothing was heard for longest.
            if let Some(oldest) = self.order.pop_front() {
                self.retired.remove(&oldest);
            }
        }
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if self.take(self.last) {
                return Some(self.last);
            }
        }
    }

    /// As [`Window::begin`], with a number that is wanted, where it is free and not 0.
    pub fn begin_as(&mut self, wanted: u16) -> Option<u16> {
        if wanted != 0 && self.has_room() && self.take(wanted) {
            return Some(wanted);
        }
        self.begin()
    }

    fn take(&mut self, id: u16) -> bool {
        !self.retired.contains(&id) && self.waiting.insert(id)
    }

    /// True where one more operation may begin.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < self.most.map_or(usize::from(u16::MAX), usize::from)
    }

    /// True where an operation with this number waits for an answer.
    pub fn is_waiting(&self, id: u16) -> bool {
        self.waiting.contains(&id)
    }

    /// The last answer to an operation has come; `false` where nobody asked.
    pub fn end(&mut self, id: u16) -> bool {
        self.waiting.remove(&id)
    }

    /// As [`Window::end`], for an operation that may be answered once more: its place is free, its number is not given again before
    /// [`Window::settle`], as long as there are others.
    pub fn retire(&mut self, id: u16) -> bool {
        let was_waiting = self.waiting.remove(&id);
        if was_waiting && self.retired.insert(id) {
            self.order.push_back(id);
        }
        was_waiting
    }

    /// What was still to be said of an operation that was retired has been said; `false` where there is none.
    pub fn settle(&mut self, id: u16) -> bool {
        let was_retired = self.retired.remove(&id);
        if was_retired {
            self.order.retain(|one| *one != id);
        }
        was_retired
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True where none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn no_more_than_was_agreed_on() {
        let mut window = Window::new(2);
        assert_eq!((window.begin(), window.begin(), window.begin()), (Some(1), Some(2), None));
        assert!(window.end(1) && !window.end(1));
        assert_eq!(window.begin(), Some(3));
        assert_eq!((window.len(), window.is_waiting(2)), (2, true));
    }

    #[test]
    fn a_number_that_is_wanted_is_taken_where_it_is_free() {
        let mut window = Window::new(3);
        assert_eq!((window.begin_as(7), window.begin_as(7), window.begin_as(0)), (Some(7), Some(1), Some(2)));
        assert_eq!(window.begin_as(9), None);
    }

    #[test]
    fn numbers_in_use_are_left_out_and_there_is_an_end_of_them() {
        let mut window = Window::new(0);
        let first: Vec<u16> = std::iter::from_fn(|| window.begin()).collect();
        assert_eq!((first.len(), window.begin()), (65_535, None));
        assert!(window.end(77));
        assert_eq!(window.begin(), Some(77));
    }

    #[test]
    fn a_number_that_may_be_answered_again_is_not_given_again() {
        let mut window = Window::new(1);
        assert_eq!(window.begin_as(1), Some(1));
        assert!(window.retire(1) && !window.retire(1) && !window.end(1));
        assert_eq!((window.len(), window.is_waiting(1)), (0, false), "its place is free");
        assert_eq!(window.begin_as(1), Some(2));
        assert!(window.end(2) && window.settle(1) && !window.settle(1) && !window.settle(2));
        assert_eq!(window.begin_as(1), Some(1));
    }

    #[test]
    fn numbers_that_may_be_answered_again_do_not_use_them_all_up() {
        let mut window = Window::new(1);
        for id in 1..=u16::MAX {
            assert_eq!(window.begin(), Some(id));
            assert!(window.retire(id));
        }
        assert!(window.settle(7));
        assert_eq!(window.begin_as(1), Some(7), "the only one that is free");
        assert!(window.end(7));
        assert_eq!(window.begin_as(7), Some(7));
        assert!(window.retire(7));
        assert_eq!(window.begin_as(9), Some(1), "nothing was heard of it for longest");
    }
}
