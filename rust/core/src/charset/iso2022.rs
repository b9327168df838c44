//! Code extensions (ISO 2022 as PS3.5 6.1.2.5 restricts it): which set is where, and what each byte does.

use super::double_byte::{Plane, vendor_character};
use super::set::Set;
use super::{Charset, TextKind, hangul, single_byte};

pub(super) const ESCAPE: u8 = 0x1B;

/// The sets that bytes below and above 80 mean at one place of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Designated {
    /// ISO 646 (also as JIS X 0201 romaji), JIS X 0208 or JIS X 0212.
    pub(super) g0: G0,
    /// The set of the upper half; `None` where none is designated.
    pub(super) g1: Option<Set>,
}

/// What bytes below 80 mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum G0 {
    /// ISO-IR 6.
    Ascii,
    /// ISO-IR 14. 5C and 7E are read as backslash and tilde, as every reader does, because 5C separates values.
    Romaji,
    /// ISO-IR 87.
    Jis0208,
    /// ISO-IR 159.
    Jis0212,
}

impl G0 {
    /// The 94 × 94 set, or `None` for the two that have one byte a character.
    pub(super) const fn double(self) -> Option<Set> {
        match self {
            Self::Ascii | Self::Romaji => None,
            Self::Jis0208 => Some(Set::Jis0208),
            Self::Jis0212 => Some(Set::Jis0212),
        }
    }
}

/// What an escape sequence changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Designation {
    /// The lower half.
    Lower(G0),
    /// The upper half.
    Upper(Set),
}

/// The escape sequences of PS3.3 tables C.12-3 and C.12-4, without the escape itself.
pub(super) const ESCAPES: [(&[u8], Designation); 18] = [
    (b"(B", Designation::Lower(G0::Ascii)),
    (b"(J", Designation::Lower(G0::Romaji)),
    (b"$B", Designation::Lower(G0::Jis0208)),
    (b"$(D", Designation::Lower(G0::Jis0212)),
    (b"-A", Designation::Upper(Set::Latin1)),
    (b"-B", Designation::Upper(Set::Latin2)),
    (b"-C", Designation::Upper(Set::Latin3)),
    (b"-D", Designation::Upper(Set::Latin4)),
    (b"-L", Designation::Upper(Set::Cyrillic)),
    (b"-G", Designation::Upper(Set::Arabic)),
    (b"-F", Designation::Upper(Set::Greek)),
    (b"-H", Designation::Upper(Set::Hebrew)),
    (b"-M", Designation::Upper(Set::Latin5)),
    (b"-b", Designation::Upper(Set::Latin9)),
    (b"-T", Designation::Upper(Set::Thai)),
    (b")I", Designation::Upper(Set::Katakana)),
    (b"$)C", Designation::Upper(Set::Ksx1001)),
    (b"$)A", Designation::Upper(Set::Gb2312)),
];

impl Designation {
    /// The set that must be listed for this to be allowed.
    fn set(self) -> Set {
        match self {
            Self::Lower(G0::Ascii) => Set::Ascii,
            Self::Lower(G0::Romaji) => Set::Katakana,
            Self::Lower(G0::Jis0208) => Set::Jis0208,
            Self::Lower(G0::Jis0212) => Set::Jis0212,
            Self::Upper(set) => set,
        }
    }
}

impl Designated {
    /// What a text begins with, and what every delimiter returns to (PS3.5 6.1.2.5.3).
    pub(super) fn initial(charset: &Charset) -> Self {
        let first = charset.first();
        let g0 = if first == Set::Katakana { G0::Romaji } else { G0::Ascii };
        let upper = single_byte::upper_half(first).is_some() || matches!(first, Set::Ksx1001 | Set::Gb2312);
        Self { g0, g1: upper.then_some(first) }
    }

    pub(super) fn designate(&mut self, designation: Designation) {
        match designation {
            Designation::Lower(g0) => self.g0 = g0,
            Designation::Upper(set) => self.g1 = Some(set),
        }
    }
}

/// What a byte is, whatever is designated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    /// A graphic character below 80, or half of one.
    Graphic,
    /// A graphic character that returns to the initial sets where G0 is single-byte.
    Delimiter,
    /// A control character, which always does.
    Control,
    Escape,
    /// 80 and above.
    Upper,
}

/// What is done with it.
enum Action {
    /// Copy up to the next byte of another class.
    CopyRun,
    /// Decode pairs of G0 up to the next byte that is none.
    DoubleRun(Set),
    /// Copy, and return to the initial sets.
    Reset,
    Designate,
    /// Decode bytes of G1 up to the next byte below 80.
    UpperRun,
}

/// The state machine: what is designated in G0 × what the byte is.
const fn action(g0: G0, class: Class) -> Action {
    match (class, g0.double()) {
        (Class::Escape, _) => Action::Designate,
        (Class::Upper, _) => Action::UpperRun,
        (Class::Control, _) | (Class::Delimiter, None) => Action::Reset,
        (Class::Graphic, None) => Action::CopyRun,
        (Class::Graphic | Class::Delimiter, Some(set)) => Action::DoubleRun(set),
    }
}

/// The class of every byte, for each kind of text.
static CLASSES: [[Class; 256]; 3] =
    [classes(TextKind::Text), classes(TextKind::Values), classes(TextKind::PersonName)];

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a constant: it compiles or it does not"
)]
const fn classes(kind: TextKind) -> [Class; 256] {
    let mut classes = [Class::Graphic; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(kind, byte as u8);
        byte += 1;
    }
    classes
}

/// The bytes that return to the initial sets (PS3.5 6.1.2.5.3): controls, and what separates values and the parts of a name.
const fn class(kind: TextKind, byte: u8) -> Class {
    match (byte, kind) {
        (ESCAPE, _) => Class::Escape,
        (0x00..=0x1F, _) => Class::Control,
        (b'\\', TextKind::Values | TextKind::PersonName) | (b'^' | b'=', TextKind::PersonName) => {
            Class::Delimiter
        }
        (0x80..=0xFF, _) => Class::Upper,
        _ => Class::Graphic,
    }
}

#[inline]
fn class_of(classes: &[Class; 256], byte: u8) -> Class {
    classes.get(usize::from(byte)).copied().unwrap_or(Class::Upper)
}

/// True for the characters that return to the initial sets.
pub(super) const fn is_reset(kind: TextKind, byte: u8) -> bool {
    matches!(class(kind, byte), Class::Control | Class::Delimiter)
}

/// A text while it is decoded.
struct Decoder<'a> {
    charset: &'a Charset,
    initial: Designated,
    now: Designated,
    /// What to try for an upper byte where nothing is designated: the last set designated, before that the first listed.
    fallback: Option<Set>,
    text: String,
    flagged: bool,
}

/// Decodes a text with code extensions; `true` where some byte is outside what the charset allows.
pub(super) fn decode(charset: &Charset, bytes: &[u8], kind: TextKind) -> (String, bool) {
    let initial = Designated::initial(charset);
    let fallback = charset
        .sets()
        .iter()
        .copied()
        .find(|&set| single_byte::upper_half(set).is_some() || matches!(set, Set::Ksx1001 | Set::Gb2312));
    let mut text = String::new();
    // Growing takes over where this is refused, and fails only if the bytes themselves hardly fit.
    text.try_reserve(bytes.len()).ok();
    let mut decoder = Decoder { charset, initial, now: initial, fallback, text, flagged: false };
    let [text, values, names] = &CLASSES;
    let classes = match kind {
        TextKind::Text => text,
        TextKind::Values => values,
        TextKind::PersonName => names,
    };
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match action(decoder.now.g0, class_of(classes, byte)) {
            Action::CopyRun => decoder.copy_run(rest, classes),
            Action::DoubleRun(set) => decoder.double_run(rest, set),
            Action::UpperRun => decoder.upper_run(rest),
            Action::Designate => decoder.designate(after),
            Action::Reset => {
                decoder.text.push(char::from(byte));
                decoder.now = decoder.initial;
                after
            }
        };
    }
    (decoder.text, decoder.flagged)
}

impl Decoder<'_> {
    fn copy_run<'b>(&mut self, bytes: &'b [u8], classes: &[Class; 256]) -> &'b [u8] {
        let end =
            bytes.iter().position(|&byte| class_of(classes, byte) != Class::Graphic).unwrap_or(bytes.len());
        let (run, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        match std::str::from_utf8(run) {
            Ok(run) => self.text.push_str(run),
            Err(_) => self.text.extend(run.iter().map(|&byte| char::from(byte))),
        }
        rest
    }

    /// Pairs of a 94 × 94 set in G0. Delimiters are no delimiters here: 5C, 5E and 3D are halves of characters.
    fn double_run<'b>(&mut self, bytes: &'b [u8], set: Set) -> &'b [u8] {
        let Some(plane) = Plane::of(set) else { return &[] };
        let mut rest = bytes;
        while let Some((&lead, after)) = rest.split_first() {
            if !(0x20..0x80).contains(&lead) {
                break;
            }
            let trail = after.first().copied().filter(|trail| (0x21..=0x7E).contains(trail));
            rest = match (lead, trail) {
                // The space is outside every 94 × 94 set.
                (0x20, _) => {
                    self.text.push(' ');
                    after
                }
                (0x21..=0x7E, Some(trail)) => {
                    self.push_pair(plane, set, [lead, trail]);
                    after.get(1..).unwrap_or_default()
                }
                _ => {
                    self.replace();
                    after
                }
            };
        }
        rest
    }

    fn upper_run<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if let Some(set) = self.now.g1 {
            return self.run_of(bytes, set);
        }
        self.flagged = true;
        let start = self.text.len();
        if let Some(set) = self.fallback {
            let rest = self.run_of(bytes, set);
            if !self.text.get(start..).unwrap_or_default().contains(char::REPLACEMENT_CHARACTER) {
                return rest;
            }
            self.text.truncate(start);
        }
        self.run_of(bytes, Set::Latin1)
    }

    fn run_of<'b>(&mut self, bytes: &'b [u8], set: Set) -> &'b [u8] {
        match Plane::of(set) {
            Some(plane) => self.pair_run(bytes, plane, set),
            None => self.single_run(bytes, set),
        }
    }

    fn single_run<'b>(&mut self, bytes: &'b [u8], set: Set) -> &'b [u8] {
        let Some(table) = single_byte::upper_half(set) else { return &[] };
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if byte < 0x80 {
                break;
            }
            rest = after;
            if let Some(character) = single_byte::character(table, byte) {
                self.text.push(character);
                continue;
            }
            self.flagged = true;
            // Files that say JIS X 0201 and hold Shift JIS are common.
            let pair = after.first().filter(|_| set == Set::Katakana).map(|&trail| [byte, trail]);
            if let Some(character) = pair.and_then(|pair| vendor_character(set, pair)) {
                self.text.push(character);
                rest = after.get(1..).unwrap_or_default();
            } else if byte < 0xA0 && set != Set::Katakana {
                self.text.push(char::from(byte));
            } else {
                self.replace();
            }
        }
        rest
    }

    fn pair_run<'b>(&mut self, bytes: &'b [u8], plane: &Plane, set: Set) -> &'b [u8] {
        let mut rest = bytes;
        while let Some((&lead, after)) = rest.split_first() {
            if lead < 0x80 {
                break;
            }
            let syllable = rest.split_first_chunk().filter(|_| set == Set::Ksx1001);
            if let Some((Some(syllable), beyond)) =
                syllable.map(|(&spelt, beyond)| (hangul::compose(spelt), beyond))
            {
                self.text.push(syllable);
                rest = beyond;
                continue;
            }
            rest = after;
            let Some((&trail, beyond)) = after.split_first() else {
                self.replace();
                break;
            };
            if lead >= 0xA1 && trail >= 0xA1 {
                self.push_pair(plane, set, [lead, trail]);
                rest = beyond;
            } else if let Some(character) = vendor_character(set, [lead, trail]) {
                self.flagged = true;
                self.text.push(character);
                rest = beyond;
            } else {
                self.replace();
            }
        }
        rest
    }

    #[inline]
    fn push_pair(&mut self, plane: &Plane, set: Set, pair: [u8; 2]) {
        if let Some(character) = plane.character(pair) {
            self.text.push(character);
            return;
        }
        self.flagged = true;
        self.text.push(vendor_character(set, pair).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    #[cold]
    fn replace(&mut self) {
        self.flagged = true;
        self.text.push(char::REPLACEMENT_CHARACTER);
    }

    /// Follows an escape sequence, whose escape is already taken. One that is not listed is followed all the same, and flagged.
    fn designate<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let known = ESCAPES
            .iter()
            .find_map(|(code, designation)| bytes.strip_prefix(*code).map(|rest| (*designation, rest)));
        if let Some((designation, rest)) = known {
            self.flagged |= !self.charset.allows(designation.set());
            self.now.designate(designation);
            if let Designation::Upper(set) = designation {
                self.fallback = Some(set);
            }
            return rest;
        }
        self.flagged = true;
        self.now = self.initial;
        self.text.push(char::from(ESCAPE));
        // ISO 2022: intermediate bytes 20-2F, then a final byte 30-7E. No registered sequence has more than three.
        let intermediate = bytes.iter().take(3).take_while(|byte| (0x20..0x30).contains(*byte)).count();
        let end = match bytes.get(intermediate) {
            Some(0x30..=0x7E) => intermediate + 1,
            _ => intermediate,
        };
        let (shown, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        self.text.extend(shown.iter().map(|&byte| char::from(byte)));
        rest
    }
}
