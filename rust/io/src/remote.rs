//! A file that is somewhere else, read by ranges, of which each is a request.
//!
//! Nothing here speaks a protocol: [`Ranges`] does. What was read is kept up to a bound, a reading asks for what it lacks in one request,
//! and an answer from another state of the file than the first one is an error.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use radiogram_core::{Error, ErrorKind, ReadAt, Result};

/// Memory that an answer came in.
pub type Answered = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// What a store says to a request for a range.
pub struct Answer {
    /// Where its bytes begin in the file: at the range that was asked for, or at 0 where a server knows no ranges.
    pub start: u64,
    /// The bytes; fewer than were asked for only where the file ends.
    pub bytes: Answered,
    /// How many bytes the file has, where the answer says so.
    pub size: Option<u64>,
    /// What tells this state of the file from another: an entity tag, a time of change.
    pub state: Option<String>,
    /// When it was changed last, in nanoseconds since 1970.
    pub modified_ns: Option<i64>,
}

/// Whoever asks for ranges of a file.
pub trait Ranges: Send + Sync + 'static {
    /// One request.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, after all that is to be tried again was tried again.
    fn fetch(&self, offset: u64, count: usize) -> Result<Answer>;
}

/// A file that is read by ranges.
pub struct RemoteFile {
    ranges: Box<dyn Ranges>,
    size: u64,
    state: Option<String>,
    modified_ns: Option<i64>,
    kept: Mutex<Kept>,
    /// The whole file, once somebody asked to be independent of it, or where a server knows no ranges.
    retained: OnceLock<Answered>,
}

/// The most that is kept of a file.
const KEPT: usize = 32 << 20;
/// A piece from this size on is not kept: it is in the hands of whoever asked for it.
const LARGE: usize = 8 << 20;
/// The most that one request asks for.
const MOST: usize = 64 << 20;

impl RemoteFile {
    /// Asks for the first bytes of a file; the answer says what it is.
    ///
    /// # Errors
    ///
    /// What the request gives; `SourceError` where the answer does not say how large the file is.
    pub fn open(ranges: Box<dyn Ranges>, first: usize) -> Result<Self> {
        let Answer { start, bytes, size, state, modified_ns } = ranges.fetch(0, first)?;
        let length = (*bytes).as_ref().len() as u64;
        let size = size.or((length < first as u64).then_some(length)).ok_or_else(|| {
            Error::new(ErrorKind::Io { errno: 0 }, "the store does not say how large the object is")
        })?;
        let file =
            Self { ranges, size, state, modified_ns, kept: Mutex::default(), retained: OnceLock::new() };
        if start != 0 || length < size.min(first as u64) {
            return Err(cut(length));
        }
        file.keep(0, &bytes);
        Ok(file)
    }

    /// When it was changed last, where the store says so.
    pub fn modified_ns(&self) -> Option<i64> {
        self.modified_ns
    }

    /// Reads the whole file, so that it is not needed any more.
    ///
    /// # Errors
    ///
    /// What reading gives.
    pub fn retain(&self) -> Result<()> {
        if self.retained.get().is_none() {
            let mut all = Vec::new();
            let count = usize::try_from(self.size).unwrap_or(usize::MAX);
            if self.append_at(0, count, &mut all)? < count {
                return Err(cut(all.len() as u64));
            }
            // Another thread may have been faster; both read the same.
            let _ = self.retained.set(Arc::new(all));
        }
        Ok(())
    }

    /// True once all of it is in memory.
    pub fn is_retained(&self) -> bool {
        self.retained.get().is_some()
    }

    fn keep(&self, start: u64, bytes: &Answered) {
        let length = (**bytes).as_ref().len();
        if start == 0 && length as u64 >= self.size {
            let _ = self.retained.set(Arc::clone(bytes));
        } else if length < LARGE {
            self.lock().add(start, Arc::clone(bytes));
        }
    }

    /// One request, for the bytes from `offset` on; `into` is filled.
    fn request(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        let answer = self.ranges.fetch(offset, into.len())?;
        let other = |size: u64| size != self.size;
        if answer.size.is_some_and(other) || (answer.state.is_some() && answer.state != self.state) {
            return Err(Error::new(ErrorKind::SourceChanged, "the object was changed after it was read"));
        }
        let bytes = (*answer.bytes).as_ref();
        let from = offset.checked_sub(answer.start).and_then(|from| usize::try_from(from).ok());
        let found = from.and_then(|from| bytes.get(from..from.checked_add(into.len())?));
        into.copy_from_slice(found.ok_or_else(|| cut(answer.start.saturating_add(bytes.len() as u64)))?);
        self.keep(answer.start, &answer.bytes);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut(end: u64) -> Error {
    Error::new(ErrorKind::SourceChanged, "the answer of the store ends before the object does").at(end)
}

impl ReadAt for RemoteFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        if let Some(all) = self.retained.get() {
            return (**all).as_ref().read_at(offset, into);
        }
        let rest = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = into.len().min(rest);
        let into = into.get_mut(..count).unwrap_or_default();
        // The lock is not held while a request is under way.
        let (from, to) = self.lock().fill(offset, into);
        for (number, part) in into.get_mut(from..to).unwrap_or_default().chunks_mut(MOST).enumerate() {
            self.request(offset + (from + number * MOST) as u64, part)?;
        }
        Ok(count)
    }
}

/// What was read and is kept, the latest at the back.
#[derive(Default)]
struct Kept {
    pieces: VecDeque<(u64, Answered)>,
    held: usize,
}

impl Kept {
    fn add(&mut self, start: u64, bytes: Answered) {
        self.held += (*bytes).as_ref().len();
        self.pieces.push_back((start, bytes));
        while self.held > KEPT
            && let Some((_, oldest)) = self.pieces.pop_front()
        {
            self.held -= (*oldest).as_ref().len();
        }
    }

    /// The part of a piece from `offset` on.
    fn from(&self, offset: u64) -> Option<&[u8]> {
        self.pieces.iter().rev().find_map(|(start, bytes)| {
            let from = usize::try_from(offset.checked_sub(*start)?).ok()?;
            (**bytes).as_ref().get(from..).filter(|rest| !rest.is_empty())
        })
    }

    /// The part of a piece up to `offset`, and where it begins.
    fn up_to(&self, offset: u64) -> Option<(u64, &[u8])> {
        self.pieces.iter().rev().find_map(|(start, bytes)| {
            let to = usize::try_from(offset.checked_sub(*start)?).ok()?;
            Some((*start, (**bytes).as_ref().get(..to).filter(|front| !front.is_empty())?))
        })
    }

    /// Copies what is there at the front and at the back of `into`; gives what is left between: one range, so that it is one request.
    fn fill(&self, offset: u64, into: &mut [u8]) -> (usize, usize) {
        let (mut from, mut to) = (0, into.len());
        while from < to
            && let Some(bytes) = self.from(offset + from as u64)
        {
            let count = bytes.len().min(to - from);
            if let (Some(place), Some(bytes)) = (into.get_mut(from..from + count), bytes.get(..count)) {
                place.copy_from_slice(bytes);
            }
            from += count;
        }
        while from < to
            && let Some((_, bytes)) = self.up_to(offset + to as u64)
        {
            let count = bytes.len().min(to - from);
            let bytes = bytes.get(bytes.len() - count..).unwrap_or_default();
            if let Some(place) = into.get_mut(to - count..to) {
                place.copy_from_slice(bytes);
            }
            to -= count;
        }
        (from, to)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A store in memory that counts requests; its state is that of `versions` at each.
    struct Counted {
        bytes: Vec<u8>,
        requests: Arc<AtomicUsize>,
        versions: fn(usize) -> &'static str,
        whole: bool,
    }

    impl Ranges for Counted {
        fn fetch(&self, offset: u64, count: usize) -> Result<Answer> {
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            let from = if self.whole { 0 } else { usize::try_from(offset).unwrap().min(self.bytes.len()) };
            let to = if self.whole { self.bytes.len() } else { (from + count).min(self.bytes.len()) };
            Ok(Answer {
                start: from as u64,
                bytes: Arc::new(self.bytes[from..to].to_vec()),
                size: Some(self.bytes.len() as u64),
                state: Some((self.versions)(number).to_owned()),
                modified_ns: None,
            })
        }
    }

    fn opened(
        size: usize,
        versions: fn(usize) -> &'static str,
        whole: bool,
    ) -> (RemoteFile, Arc<AtomicUsize>) {
        let bytes = (0..=250).cycle().take(size).collect();
        let requests = Arc::new(AtomicUsize::new(0));
        let store = Counted { bytes, requests: Arc::clone(&requests), versions, whole };
        (RemoteFile::open(Box::new(store), 100).unwrap(), requests)
    }

    fn read(file: &RemoteFile, offset: u64, count: usize) -> Result<Vec<u8>> {
        let mut into = vec![0; count];
        let read = file.read_at(offset, &mut into)?;
        into.truncate(read);
        let expected = (offset..offset + read as u64).map(|number| number % 251);
        assert!(into.iter().copied().map(u64::from).eq(expected));
        Ok(into)
    }

    #[test]
    fn what_was_read_is_not_asked_for_again() {
        let (file, requests) = opened(10_000, |_| "a", false);
        let count = || requests.load(Ordering::Relaxed);
        read(&file, 0, 100).unwrap();
        assert_eq!(count(), 1);
        read(&file, 1000, 500).unwrap();
        read(&file, 1200, 100).unwrap();
        assert_eq!(count(), 2);
        // From what is there over a gap to what is there: one request, for the gap.
        read(&file, 50, 1200).unwrap();
        assert_eq!(count(), 3);
        read(&file, 0, 1500).unwrap();
        assert_eq!(count(), 3);
        assert_eq!(read(&file, 9_990, 100).unwrap().len(), 10);
        assert_eq!(read(&file, 20_000, 100).unwrap().len(), 0);
        file.retain().unwrap();
        let before = count();
        read(&file, 0, 10_000).unwrap();
        assert_eq!(count(), before);
    }

    #[test]
    fn another_state_is_an_error() {
        let (file, _) = opened(10_000, |number| if number < 2 { "a" } else { "b" }, false);
        read(&file, 1000, 10).unwrap();
        assert_eq!(read(&file, 2000, 10).unwrap_err().kind(), ErrorKind::SourceChanged);
        read(&file, 1000, 10).unwrap();
    }

    #[test]
    fn a_server_without_ranges_is_asked_once() {
        let (file, requests) = opened(10_000, |_| "a", true);
        assert!(file.is_retained());
        read(&file, 5000, 5000).unwrap();
        assert_eq!(requests.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let (file, requests) = opened(42 << 20, |_| "a", false);
        let mut into = vec![0; 7 << 20];
        for number in 0..6 {
            file.read_at(number * (7 << 20), &mut into).unwrap();
        }
        assert!(file.lock().held <= KEPT);
        let before = requests.load(Ordering::Relaxed);
        read(&file, 5 * (7 << 20), 1000).unwrap();
        assert_eq!(requests.load(Ordering::Relaxed), before);
        read(&file, 200, 1000).unwrap();
        assert_eq!(requests.load(Ordering::Relaxed), before + 1);
    }
}
