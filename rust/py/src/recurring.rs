//! Values that come again and again: the files of a series say the same spacing, orientation and study a thousand times, and get the
//! same objects for them, which nobody changes.

use std::sync::Mutex;

use pyo3::prelude::*;

/// How many values of a kind are remembered: those of some series at a time.
const PLACES: usize = 1 << 10;
/// Bytes of the longest text that is: that of a UI (PS3.5 9.1); a DS is shorter.
const LONGEST: usize = 64;

/// A text in a fixed number of bytes; one that is shorter ends in zeros, which neither kind of text holds.
type Key = [u8; LONGEST];

struct Place {
    key: Key,
    value: Py<PyAny>,
}

/// Values of one kind, by their texts.
pub(crate) struct Recurring(Mutex<Vec<Option<Place>>>);

/// Decimal strings.
pub(crate) static DECIMALS: Recurring = Recurring(Mutex::new(Vec::new()));
/// UIDs.
pub(crate) static UIDS: Recurring = Recurring(Mutex::new(Vec::new()));

fn key(text: &str) -> Option<Key> {
    let mut key = [0; LONGEST];
    key.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(key)
}

/// Where a text would be. Two that meet there take turns.
fn place(key: &Key) -> usize {
    let (words, _) = key.as_chunks::<8>();
    let mixed = words.iter().fold(0_u64, |mixed, word| {
        (mixed.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    });
    usize::try_from(mixed >> 54).unwrap_or(0) % PLACES
}

impl Recurring {
    /// The value for a text: the one that was made before, or a new one. Where another thread is looking too, nothing is remembered.
    pub(crate) fn get<'py>(
        &self,
        py: Python<'py>,
        text: &str,
        make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(key) = key(text) else { return make() };
        let at = place(&key);
        if let Ok(places) = self.0.try_lock()
            && let Some(Some(found)) = places.get(at)
            && found.key == key
        {
            return Ok(found.value.bind(py).clone());
        }
        let new = make()?;
        let before = self.0.try_lock().ok().and_then(|mut places| {
            if places.is_empty() {
                places.resize_with(PLACES, || None);
            }
            places.get_mut(at)?.replace(Place { key, value: new.clone().unbind() })
        });
        // Dropped without the lock.
        drop(before);
        Ok(new)
    }
}
