//! Character sets against the standard's own examples.

use super::{Charset, TextKind};

#[test]
fn ascii_is_borrowed() {
    let (text, flagged) = Charset::DEFAULT.decode(b"plain text");
    assert!(matches!(text, std::borrow::Cow::Borrowed("plain text")) && !flagged);
    assert_eq!(Charset::DEFAULT.encode("plain", TextKind::Text).unwrap(), b"plain");
}
