//! Decimal strings that come again and again: the files of a series say the same spacing, orientation and thickness a thousand times, and
//! get the same objects for them, which cannot change.

use std::sync::Mutex;

use pyo3::prelude::*;

/// How many texts are remembered: those of some series at a time.
const PLACES: usize = 1 << 10;
/// Bytes of the longest text that is (PS3.5 6.2: DS).
const LONGEST: usize = 16;

/// A text in a fixed number of bytes; one that is shorter ends in zeros, which no decimal string holds.
type Key = [u8; LONGEST];

struct Place {
    key: Key,
    number: Py<PyAny>,
}

static PLACE: Mutex<Vec<Option<Place>>> = Mutex::new(Vec::new());

fn key(text: &str) -> Option<Key> {
    let mut key = [0; LONGEST];
    key.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(key)
}

/// Where a text would be. Two that meet there take turns.
fn place(key: Key) -> usize {
    let mixed = u128::from_le_bytes(key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    usize::try_from(mixed >> 118).unwrap_or(0) % PLACES
}

/// The number for a text: the one that was made before, or a new one. Where another thread is looking too, nothing is remembered.
pub(crate) fn number<'py>(
    py: Python<'py>,
    text: &str,
    make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(key) = key(text) else { return make() };
    let at = place(key);
    if let Ok(places) = PLACE.try_lock()
        && let Some(Some(found)) = places.get(at)
        && found.key == key
    {
        return Ok(found.number.bind(py).clone());
    }
    let new = make()?;
    let before = PLACE.try_lock().ok().and_then(|mut places| {
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        places.get_mut(at)?.replace(Place { key, number: new.clone().unbind() })
    });
    // Dropped without the lock.
    drop(before);
    Ok(new)
}
