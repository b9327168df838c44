//! Character sets against the standard's own examples, its reset rules, and what files do wrong.

use std::borrow::Cow;

use super::{Charset, TextKind};

/// Specific Character Set, bytes, and the name that they are.
type Example = (&'static str, &'static [u8], &'static str);

/// PS3.5 annexes H, I, J and K, and one name for each single-byte set.
const NAMES: [Example; 18] = [
    (
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    ),
    (
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    (
        "ISO_IR 192",
        b"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
        "Wang^XiaoDong=王^小東=",
    ),
    ("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="),
    ("GBK", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="),
    (
        "\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
        "Zhang^XiaoDong=张^小东=",
    ),
    ("ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
    ("ISO_IR 100", b"\xc4neas^R\xfcdiger", "Äneas^Rüdiger"),
    ("ISO_IR 101", b"Wa\xb3\xeasa^Lech", "Wałęsa^Lech"),
    ("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
    ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"),
    ("ISO_IR 138", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"),
    ("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"),
    ("ISO_IR 148", b"\xc7avu\xfeo\xf0lu", "Çavuşoğlu"),
    ("ISO_IR 166", b"\xca\xc1\xaa\xd2\xc2", "สมชาย"),
    ("ISO_IR 203", b"\xbcuvre^\xa4", "Œuvre^€"),
    ("ISO_IR 13", b"\xd4\xcf\xc0\xde^TAROU", "ﾔﾏﾀﾞ^TAROU"),
];

fn charset(value: &str) -> Charset {
    let (charset, flagged) = Charset::from_value(value.as_bytes());
    assert!(!flagged, "{value}");
    charset
}

/// The values joined again, how many there are, and whether they are flagged.
fn decode(charset: Charset, bytes: &[u8], kind: TextKind) -> (String, usize, bool) {
    let mut values: Vec<String> = Vec::new();
    let mut sink = |text: Cow<'_, str>| values.push(text.into_owned());
    let flagged = match kind {
        TextKind::Values => charset.decode_values(bytes, &mut sink),
        TextKind::PersonName => charset.decode_person_names(bytes, &mut sink),
        TextKind::Text => {
            let (text, flagged) = charset.decode(bytes);
            sink(text);
            flagged
        }
    };
    (values.join("\\"), values.len(), flagged)
}

#[test]
fn names_of_the_standard_read_and_write_byte_for_byte() {
    for (value, bytes, name) in NAMES {
        let set = charset(value);
        assert_eq!(decode(set, bytes, TextKind::PersonName), (name.to_owned(), 1, false), "{value}");
        assert_eq!(set.encode(name, TextKind::PersonName).unwrap(), bytes, "{value}");
    }
}

/// The bytes are sound without the third escape sequence, too; but readers who go from one to the next need it.
#[test]
fn the_upper_half_is_named_again_behind_a_change_of_the_lower_one() {
    let charset = charset("\\ISO 2022 IR 87\\ISO 2022 IR 149");
    let bytes = charset.encode("홍麸홍", TextKind::Text).unwrap();
    assert_eq!(bytes, b"\x1b$)C\xc8\xab\x1b$BsP\x1b(B\x1b$)C\xc8\xab");
    assert_eq!(decode(charset, &bytes, TextKind::Text), ("홍麸홍".to_owned(), 1, false));
}

#[test]
fn texts_of_the_standard_return_to_the_first_set_at_every_line() {
    // PS3.5 I.3, J.3 and K.3: each line designates anew.
    for (value, bytes, text) in [
        (
            "\\ISO 2022 IR 149",
            &b"The 1st line includes \x1b$)C\xb1\xe6\xb5\xbf.\r\nThe 2nd line includes \x1b$)C\xc8\xab, too.\r\n"[..],
            "The 1st line includes 길동.\r\nThe 2nd line includes 홍, too.\r\n",
        ),
        (
            "\\ISO 2022 IR 58",
            b"1. \x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\r\n2. \x1b$)A\xb5\xda\xb6\xfe\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\r\n",
            "1. 第一行文字。\r\n2. 第二行文字。\r\n",
        ),
    ] {
        let set = charset(value);
        assert_eq!(decode(set, bytes, TextKind::Text), (text.to_owned(), 1, false), "{value}");
        assert_eq!(set.encode(text, TextKind::Text).unwrap(), bytes, "{value}");
    }
}

#[test]
fn ascii_is_borrowed_in_every_set() {
    for value in ["", "ISO_IR 13", "ISO_IR 100", "ISO_IR 192", "GBK", "\\ISO 2022 IR 87"] {
        let set = charset(value);
        assert!(matches!(set.decode(b"plain, longer than a word~"), (Cow::Borrowed(_), false)), "{value}");
        let flagged = set.decode_values(b"A\\\\BC", &mut |text| assert!(matches!(text, Cow::Borrowed(_))));
        assert!(!flagged);
        assert_eq!(decode(set, b"A\\\\BC", TextKind::Values), ("A\\\\BC".to_owned(), 3, false));
    }
    assert!(matches!(charset("ISO_IR 192").decode("naïve".as_bytes()), (Cow::Borrowed("naïve"), false)));
}

#[test]
fn an_escape_or_a_high_byte_is_seen_at_every_place() {
    for length in 1..40 {
        for place in 0..length {
            for odd in [0x1B, 0x80, 0xFF] {
                let mut bytes = vec![b'a'; length];
                bytes[place] = odd;
                assert!(Charset::DEFAULT.decode(&bytes).1, "{odd:x} at {place} of {length}");
            }
        }
    }
}

#[test]
fn half_a_character_is_no_backslash() {
    let japanese = charset("\\ISO 2022 IR 87");
    let bytes = b"\x1b$B=\\\x1b(B\\A";
    assert_eq!(decode(japanese, bytes, TextKind::Values), ("旬\\A".to_owned(), 2, false));
    assert_eq!(japanese.encode("旬\\A", TextKind::Values).unwrap(), bytes);
    let chinese = charset("GBK");
    assert_eq!(decode(chinese, b"\x81\\\\A", TextKind::Values), ("乗\\A".to_owned(), 2, false));
    assert_eq!(chinese.encode("乗\\A", TextKind::Values).unwrap(), b"\x81\\\\A");
}

#[test]
fn delimiters_return_to_the_first_set() {
    let set = charset("ISO 2022 IR 100\\ISO 2022 IR 144");
    for (kind, delimiter, returns) in [
        (TextKind::Text, '\t', true),
        (TextKind::Text, '\n', true),
        (TextKind::Text, '\u{c}', true),
        (TextKind::Text, '\r', true),
        (TextKind::Text, '\\', false),
        (TextKind::Text, '^', false),
        (TextKind::Values, '\\', true),
        (TextKind::Values, '^', false),
        (TextKind::PersonName, '\\', true),
        (TextKind::PersonName, '^', true),
        (TextKind::PersonName, '=', true),
    ] {
        let bytes = format!("\x1b-L#{delimiter}#");
        let bytes: Vec<u8> = bytes.bytes().map(|byte| if byte == b'#' { 0xE4 } else { byte }).collect();
        let second = if returns { 'ä' } else { 'ф' };
        let text = format!("ф{delimiter}{second}");
        let (read, _, flagged) = decode(set, &bytes, kind);
        assert_eq!((read.as_str(), flagged), (text.as_str(), false), "{kind:?} {delimiter:?}");
        let written = set.encode(&text, kind).unwrap();
        assert_eq!(decode(set, &written, kind).0, text);
    }
    // The first set is active before the delimiter and at the end.
    assert_eq!(set.encode("ф^ä^ф", TextKind::PersonName).unwrap(), b"\x1b-L\xe4\x1b-A^\xe4^\x1b-L\xe4\x1b-A");
}

#[test]
fn bytes_outside_the_repertoire_are_read_and_flagged() {
    for (value, bytes, text) in [
        // No character set: as ISO 8859-1.
        ("", &b"J\xe9r\xf4me"[..], "Jérôme"),
        ("ISO_IR 100", b"\x93quoted\x94", "\u{93}quoted\u{94}"),
        ("ISO_IR 109", b"a\xa5b", "a\u{fffd}b"),
        ("ISO_IR 192", b"a\xe9b", "a\u{fffd}b"),
        ("GB18030", b"a\xff", "a\u{fffd}"),
        ("GBK", b"\x81\x30\x84\x36", "\u{a5}"),
        // Shift JIS in place of JIS X 0201.
        ("ISO_IR 13", b"\x8eR\x93c", "山田"),
        // Rows of vendors, and half a pair.
        ("\\ISO 2022 IR 87", b"\x1b$B-!\x1b(B", "①"),
        ("\\ISO 2022 IR 87", b"\x1b$B;3E", "山\u{fffd}"),
        ("\\ISO 2022 IR 149", b"\x1b$)C\x8c\x63", "똠"),
        // No escape at all, or none again after the delimiter.
        ("\\ISO 2022 IR 149", b"\xc8\xab^\xb1\xe6\xb5\xbf", "홍^길동"),
        ("\\ISO 2022 IR 144\\ISO 2022 IR 149", b"\x1b$)C\xc8\xab^\xb1\xe6\xb5\xbf", "홍^길동"),
        // A set that is not listed.
        ("ISO_IR 100", b"\x1b$B;3ED\x1b(B", "山田"),
        // An escape sequence that means nothing to DICOM is kept.
        ("\\ISO 2022 IR 87", b"\x1b$B;3\x1b%Gab", "山\u{1b}%Gab"),
        ("ISO_IR 100", b"ab\x1b", "ab\u{1b}"),
        ("ISO_IR 192", b"\x1b(Bab", "\u{1b}(Bab"),
    ] {
        let read = decode(charset(value), bytes, TextKind::PersonName);
        assert_eq!(read, (text.to_owned(), 1, true), "{value} {bytes:x?}");
    }
}

#[test]
fn a_character_that_does_not_fit_is_an_error_with_its_place() {
    for (value, text, index) in [
        ("", "Jérôme", 1),
        ("ISO_IR 100", "aé€", 2),
        ("ISO_IR 192", "a\u{1b}", 1),
        ("GB18030", "东\u{1b}", 1),
        ("GBK", "王小a\u{1F600}", 3),
        ("\\ISO 2022 IR 87", "山é", 1),
        ("ISO_IR 13", "ﾔ山", 1),
    ] {
        let error = charset(value).encode(text, TextKind::Text).unwrap_err();
        assert_eq!((Some(error.character), error.index), (text.chars().nth(index), index), "{value}");
        let message = crate::Error::from(error).to_string();
        assert!(!message.contains(error.character), "{message}");
    }
}

#[test]
fn terms_in_the_wrong_place_are_flagged() {
    for (value, terms, flagged) in [
        ("", &["ISO_IR 6"][..], false),
        ("ISO_IR 100 ", &["ISO_IR 100"], false),
        ("ISO_IR 144\0", &["ISO_IR 144"], false),
        ("\\ISO 2022 IR 87", &["", "ISO 2022 IR 87"], false),
        ("ISO 2022 IR 6\\ISO 2022 IR 149", &["", "ISO 2022 IR 149"], false),
        ("ISO 2022 IR 100", &["ISO 2022 IR 100"], false),
        ("ISO 2022 IR 13 \\ ISO 2022 IR 87", &["ISO 2022 IR 13", "ISO 2022 IR 87"], false),
        ("ISO_IR 192\\GBK", &["ISO_IR 192"], true),
        ("\\ISO_IR 192", &["ISO_IR 6"], true),
        ("ISO IR 100", &["ISO_IR 100"], true),
        ("KLINGON", &["ISO_IR 6"], true),
        ("KLINGON\\ISO 2022 IR 126", &["", "ISO 2022 IR 126"], true),
    ] {
        let (set, found) = Charset::from_value(value.as_bytes());
        assert_eq!((set.terms().collect::<Vec<_>>().as_slice(), found), (terms, flagged), "{value}");
    }
}
