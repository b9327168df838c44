//! The values of a column in one piece of memory, as Arrow lays them out.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use radiogram_core::Vr;

use super::cell::Cell;

/// The type of a column's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Text of which few different ones are to be expected: each is kept once.
    Code,
    /// US.
    U16,
    /// UL.
    U32,
    /// UV.
    U64,
    /// SS.
    I16,
    /// SL, and what is US or SS by another element.
    I32,
    /// IS, SV.
    I64,
    /// FL.
    F32,
    /// FD, DS.
    F64,
    /// DA: days since 1970.
    Date,
    /// TM: microseconds since midnight.
    Time,
    /// DT: microseconds since 1970 by the clock where it was written.
    Moment,
    /// Nanoseconds since 1970, UTC.
    Stamp,
    /// Bytes as they stand.
    Bytes,
}

impl Kind {
    /// The type that the values of a VR have in a column; `None` for a sequence.
    pub(super) fn of(vr: Vr) -> Option<Self> {
        Some(match vr {
            Vr::SQ => return None,
            Vr::CS | Vr::AS | Vr::AE | Vr::UI => Self::Code,
            Vr::DA => Self::Date,
            Vr::TM => Self::Time,
            Vr::DT => Self::Moment,
            Vr::AT | Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UR | Vr::UT => Self::Text,
            Vr::DS | Vr::FD => Self::F64,
            Vr::FL => Self::F32,
            Vr::IS | Vr::SV => Self::I64,
            Vr::US => Self::U16,
            Vr::UL => Self::U32,
            Vr::UV => Self::U64,
            Vr::SS => Self::I16,
            Vr::SL | Vr::UsOrSs => Self::I32,
            _ => Self::Bytes,
        })
    }

    /// True where an integer has a place in it.
    pub(super) fn holds(self, number: i128) -> bool {
        match self {
            Self::U16 => u16::try_from(number).is_ok(),
            Self::U32 => u32::try_from(number).is_ok(),
            Self::U64 => u64::try_from(number).is_ok(),
            Self::I16 => i16::try_from(number).is_ok(),
            Self::I32 => i32::try_from(number).is_ok(),
            Self::I64 => i64::try_from(number).is_ok(),
            _ => false,
        }
    }
}

/// Texts or bytes end to end.
#[derive(Debug)]
pub struct Texts {
    /// Where each begins, and the end of the last.
    pub offsets: Vec<i32>,
    /// All of them.
    pub bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Texts {
    fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Appends one; false where a batch holds no more, or there is no memory.
    fn push(&mut self, text: &[u8]) -> bool {
        let end = self.bytes.len().saturating_add(text.len());
        let Ok(end) = i32::try_from(end) else { return false };
        if self.bytes.try_reserve(text.len()).is_err() {
            return false;
        }
        self.bytes.extend_from_slice(text);
        self.offsets.push(end);
        true
    }

    fn truncate(&mut self, count: usize) {
        self.offsets.truncate(count + 1);
        let end = self.offsets.last().and_then(|end| usize::try_from(*end).ok()).unwrap_or(0);
        self.bytes.truncate(end);
    }

    fn get(&self, number: usize) -> Option<&[u8]> {
        let from = usize::try_from(*self.offsets.get(number)?).ok()?;
        let to = usize::try_from(*self.offsets.get(number + 1)?).ok()?;
        self.bytes.get(from..to)
    }
}

/// Texts by their number in a list of different ones.
#[derive(Debug, Default)]
pub struct Codes {
    /// The number of each.
    pub keys: Vec<i32>,
    /// The different ones.
    pub texts: Texts,
    places: HashMap<u64, i32, BuildHasherDefault<Ready>>,
    last: i32,
}

impl Codes {
    fn push(&mut self, text: &[u8]) -> bool {
        let is = |key: i32| self.texts.get(usize::try_from(key).unwrap_or(usize::MAX)) == Some(text);
        if is(self.last) {
            self.keys.push(self.last);
            return true;
        }
        let mut hash = hash(text);
        loop {
            match self.places.get(&hash) {
                Some(&key) if is(key) => {
                    self.last = key;
                    break;
                }
                // Two texts with one hash: the next number is as good, and the loop ends, since texts are finite.
                Some(_) => hash = hash.wrapping_add(1),
                None => {
                    let Ok(key) = i32::try_from(self.texts.len()) else { return false };
                    if !self.texts.push(text) {
                        return false;
                    }
                    self.places.insert(hash, key);
                    self.last = key;
                    break;
                }
            }
        }
        self.keys.push(self.last);
        true
    }
}

/// A hash with the random keys of this process, so that nobody can choose texts that meet.
fn hash(text: &[u8]) -> u64 {
    use std::hash::BuildHasher;
    static KEYS: std::sync::OnceLock<std::hash::RandomState> = std::sync::OnceLock::new();
    KEYS.get_or_init(std::hash::RandomState::new).hash_one(text)
}

/// Takes a number that is a hash already.
#[derive(Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// The values of a column.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is the kind of the same name")]
pub enum Values {
    Text(Texts),
    Code(Codes),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Date(Vec<i32>),
    Time(Vec<i64>),
    Moment(Vec<i64>),
    Stamp(Vec<i64>),
    Bytes(Texts),
}

/// The same for each kind of numbers.
macro_rules! numbers {
    ($values:expr, $numbers:ident => $same:expr, $texts:ident => $text:expr, $codes:ident => $code:expr) => {
        match $values {
            Values::Text($texts) | Values::Bytes($texts) => $text,
            Values::Code($codes) => $code,
            Values::U16($numbers) => $same,
            Values::U32($numbers) => $same,
            Values::U64($numbers) => $same,
            Values::I16($numbers) => $same,
            Values::I32($numbers) | Values::Date($numbers) => $same,
            Values::I64($numbers)
            | Values::Time($numbers)
            | Values::Moment($numbers)
            | Values::Stamp($numbers) => $same,
            Values::F32($numbers) => $same,
            Values::F64($numbers) => $same,
        }
    };
}

impl Values {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Texts::default()),
            Kind::Code => Self::Code(Codes::default()),
            Kind::U16 => Self::U16(Vec::new()),
            Kind::U32 => Self::U32(Vec::new()),
            Kind::U64 => Self::U64(Vec::new()),
            Kind::I16 => Self::I16(Vec::new()),
            Kind::I32 => Self::I32(Vec::new()),
            Kind::I64 => Self::I64(Vec::new()),
            Kind::F32 => Self::F32(Vec::new()),
            Kind::F64 => Self::F64(Vec::new()),
            Kind::Date => Self::Date(Vec::new()),
            Kind::Time => Self::Time(Vec::new()),
            Kind::Moment => Self::Moment(Vec::new()),
            Kind::Stamp => Self::Stamp(Vec::new()),
            Kind::Bytes => Self::Bytes(Texts::default()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        numbers!(self, numbers => numbers.len(), texts => texts.len(), codes => codes.keys.len())
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends what stands where there is no value.
    pub(super) fn push_none(&mut self) {
        numbers!(self, numbers => numbers.push(Default::default()),
        texts => { texts.push(&[]); },
        codes => {
            // Any text will do, but there has to be one.
            if codes.texts.len() == 0 { codes.texts.push(&[]); codes.places.insert(hash(&[]), 0); }
            codes.keys.push(0);
        });
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, count: usize) {
        numbers!(self, numbers => { let _ = numbers.try_reserve_exact(count); },
            texts => { let _ = texts.offsets.try_reserve_exact(count); },
            codes => { let _ = codes.keys.try_reserve_exact(count); });
    }

    /// Gives back what was too much.
    pub(super) fn shrink(&mut self) {
        numbers!(self, numbers => numbers.shrink_to_fit(),
        texts => { texts.offsets.shrink_to_fit(); texts.bytes.shrink_to_fit(); },
        codes => {
            codes.keys.shrink_to_fit();
            codes.texts.offsets.shrink_to_fit();
            codes.texts.bytes.shrink_to_fit();
        });
    }

    pub(super) fn truncate(&mut self, count: usize) {
        numbers!(self, numbers => numbers.truncate(count),
            texts => texts.truncate(count),
            codes => codes.keys.truncate(count));
    }

    /// Appends a value of this kind; false where it has no place.
    pub(super) fn push(&mut self, cell: &Cell<'_>) -> bool {
        match (self, cell) {
            (Self::Text(texts), Cell::Text(text)) => texts.push(text.as_bytes()),
            (Self::Code(codes), Cell::Text(text)) => codes.push(text.as_bytes()),
            (Self::Bytes(texts), Cell::Bytes(bytes)) => texts.push(bytes),
            (Self::U16(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::U32(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::U64(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::I16(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::I32(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::I64(numbers), Cell::Int(number)) => whole(numbers, *number),
            (Self::F64(numbers), Cell::Float(number)) => kept(numbers, *number),
            #[expect(clippy::cast_possible_truncation, reason = "it was one before it was read")]
            (Self::F32(numbers), Cell::Float(number)) => kept(numbers, *number as f32),
            (Self::Date(numbers), Cell::Date(number)) => kept(numbers, *number),
            (Self::Time(numbers), Cell::Time(number))
            | (Self::Moment(numbers), Cell::Moment(number))
            | (Self::Stamp(numbers), Cell::Stamp(number)) => kept(numbers, *number),
            _ => false,
        }
    }
}

fn kept<T>(numbers: &mut Vec<T>, number: T) -> bool {
    numbers.push(number);
    true
}

fn whole<T: TryFrom<i128>>(numbers: &mut Vec<T>, number: i128) -> bool {
    T::try_from(number).is_ok_and(|number| kept(numbers, number))
}
