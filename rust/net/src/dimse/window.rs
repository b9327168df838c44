//! The asynchronous operations window (PS3.7 D.3.3.3) and the numbers of messages: what this side has asked and not been answered yet.

use std::collections::BTreeSet;

/// The operations that this side has invoked.
#[derive(Clone, Debug)]
pub struct Window {
    /// As many at once, `None` for any number.
    most: Option<u16>,
    last: u16,
    waiting: BTreeSet<u16>,
}

impl Window {
    /// None yet; `most` as the association has agreed on, 0 being any number.
    pub const fn new(most: u16) -> Self {
        Self { most: if most == 0 { None } else { Some(most) }, last: 0, waiting: BTreeSet::new() }
    }

    /// A number for one more operation, unique among those that wait (PS3.7 9.1.1.1.1); `None` while there is no room in the window.
    pub fn begin(&mut self) -> Option<u16> {
        if !self.has_room() {
            return None;
        }
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if self.waiting.insert(self.last) {
                return Some(self.last);
            }
        }
    }

    /// As [`Window::begin`], with a number that is wanted, where it is free and not 0.
    pub fn begin_as(&mut self, wanted: u16) -> Option<u16> {
        if wanted != 0 && self.has_room() && self.waiting.insert(wanted) {
            return Some(wanted);
        }
        self.begin()
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
}
