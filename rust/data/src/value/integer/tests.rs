//! Tests of IS: every number is the integer that the text names.

use super::{Integer, integers_into, parse};

fn sound(value: i64) -> Integer {
    Integer::Number { value, conforms: true }
}

fn odd(value: i64) -> Integer {
    Integer::Number { value, conforms: false }
}

#[test]
fn integers_of_every_length() {
    assert_eq!(parse(b" 42 "), sound(42));
    assert_eq!(parse(b"-007"), sound(-7));
    assert_eq!(parse(b"+0000000000000000000005\0"), sound(5));
    assert_eq!(parse(b"2147483647"), sound(2_147_483_647));
    assert_eq!(parse(b"-2147483648"), sound(-2_147_483_648));
    assert_eq!(parse(b"2147483648"), odd(2_147_483_648));
    assert_eq!(parse(b"-9223372036854775808"), odd(i64::MIN));
    for length in 1..=18 {
        let text = &"123456789123456789"[..length];
        let value = text.parse::<i64>().unwrap();
        assert_eq!(parse(text.as_bytes()), Integer::Number { value, conforms: i32::try_from(value).is_ok() });
    }
}

#[test]
fn what_is_no_integer_is_said_to_be_none() {
    assert_eq!(parse(b"1.0"), odd(1));
    assert_eq!(parse(b"1e3"), odd(1000));
    assert_eq!(parse(b"1_000"), odd(1000));
    assert_eq!(parse(b"1.5"), Integer::Fraction(1.5));
    assert_eq!(parse(b"9223372036854775808"), Integer::Fraction(9_223_372_036_854_775_808.0));
    assert_eq!(parse(b"  "), Integer::Missing);
    for text in ["nan", "inf", "1e999", "0x10", "--1", "1-", "12345678a", "1234567 8", "a2345678"] {
        assert_eq!(parse(text.as_bytes()), Integer::Bad, "{text}");
    }
}

#[test]
fn a_column_counts_what_it_lost() {
    let mut out = [9; 5];
    let filled = integers_into(b"1\\\\3.5\\x\\-4 ", &mut out);
    assert_eq!((filled.count, filled.missing, filled.bad), (5, 1, 2));
    assert_eq!(out, [1, 0, 0, 0, -4]);
}
