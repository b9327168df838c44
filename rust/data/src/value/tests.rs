//! Tests of values: what is stripped, split and reported, VR by VR.

use radiogram_core::vr::ALL;
use radiogram_core::{Charset, ProblemKind, Tag, Vr};

use super::{Scalar, Value, count_values, decode, each, first_of};

fn value(vr: Vr, bytes: &[u8]) -> Value<'_> {
    decode(vr, bytes, false, &Charset::DEFAULT, &mut |_, _| {})
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(text.into())
}

fn decimal(number: f64, text: &str) -> Scalar<'_> {
    Scalar::Decimal { number, text: text.into() }
}

fn integer(number: i64, text: &str) -> Scalar<'_> {
    Scalar::Integer { number, text: text.into() }
}

#[test]
fn the_entries_of_a_lut_are_counted_without_a_sign() {
    assert_eq!(first_of(Tag::LUT_DESCRIPTOR, Scalar::Int(-2816)), Scalar::Int(62720));
    assert_eq!(first_of(Tag(0x0028_1101), Scalar::Int(-1)), Scalar::Int(65535));
    assert_eq!(first_of(Tag(0x0028_1101), Scalar::Int(256)), Scalar::Int(256));
    assert_eq!(first_of(Tag(0x0028_0106), Scalar::Int(-2816)), Scalar::Int(-2816));
}

#[test]
fn no_bytes_are_no_value_in_any_vr() {
    for vr in ALL {
        assert_eq!(value(vr, b""), Value::Empty, "{vr}");
    }
}

#[test]
fn spaces_are_stripped_where_the_vr_says_so() {
    assert_eq!(value(Vr::AE, b"  ME \\ YOU "), Value::Many(vec![text("ME"), text("YOU")]));
    assert_eq!(value(Vr::CS, b" A \\ B \0"), Value::Many(vec![text(" A "), text(" B")]));
    assert_eq!(value(Vr::LO, b" A \\ B \0"), Value::Many(vec![text(" A"), text(" B")]));
    assert_eq!(value(Vr::LT, b" A \\ B\r\n \0"), Value::One(text(" A \\ B\r\n")));
    assert_eq!(value(Vr::UT, b"a\\b"), Value::One(text("a\\b")));
    assert_eq!(value(Vr::UR, b"http://a\\b \n"), Value::One(text("http://a\\b")));
    assert_eq!(value(Vr::UI, b"1.2\0"), Value::One(Scalar::Uid("1.2".into())));
    assert_eq!(value(Vr::DA, b"20200101 "), Value::One(text("20200101")));
    assert_eq!(value(Vr::TM, b"10\\11 "), Value::Many(vec![text("10"), text("11")]));
}

#[test]
fn padding_alone_is_no_value() {
    for vr in [Vr::AS, Vr::CS, Vr::DA, Vr::LO, Vr::LT, Vr::PN, Vr::SH, Vr::TM, Vr::UC, Vr::UI, Vr::UT] {
        assert_eq!(value(vr, b" \0"), Value::Empty, "{vr}");
    }
    assert_eq!(value(Vr::PN, b"== "), Value::Empty);
    assert_eq!(value(Vr::UI, b"\r\n"), Value::Empty);
    for vr in [Vr::AE, Vr::UR] {
        assert_eq!(value(vr, b"  "), Value::Empty, "{vr}");
    }
    assert_eq!(value(Vr::DS, b"  "), Value::One(Scalar::Missing));
    assert_eq!(value(Vr::IS, b" \0"), Value::One(Scalar::Missing));
}

#[test]
fn numbers_keep_their_text() {
    assert_eq!(value(Vr::DS, b" 1.50 "), Value::One(decimal(1.5, "1.50")));
    assert_eq!(
        value(Vr::DS, b"1\\\\-3e2\0"),
        Value::Many(vec![decimal(1.0, "1"), Scalar::Missing, decimal(-300.0, "-3e2")])
    );
    assert_eq!(value(Vr::DS, b"1\\abc "), Value::Many(vec![decimal(1.0, "1"), text("abc")]));
    assert_eq!(value(Vr::IS, b"+012 "), Value::One(integer(12, "+012")));
    assert_eq!(
        value(Vr::IS, b"1.0\\1.5\\x"),
        Value::Many(vec![integer(1, "1.0"), decimal(1.5, "1.5"), text("x")])
    );
}

#[test]
fn names_lose_the_groups_that_say_nothing() {
    assert_eq!(value(Vr::PN, b"Doe^J== "), Value::One(Scalar::Name("Doe^J".into())));
    assert_eq!(
        value(Vr::PN, b"A\\=B"),
        Value::Many(vec![Scalar::Name("A".into()), Scalar::Name("=B".into())])
    );
}

#[test]
fn binary_values_in_both_orders() {
    let mut none = |_, _| panic!("nothing is wrong");
    let mut big = |vr, bytes| decode(vr, bytes, true, &Charset::DEFAULT, &mut none);
    assert_eq!(value(Vr::US, &[1, 2]), Value::One(Scalar::Uint(0x0201)));
    assert_eq!(big(Vr::US, &[1, 2]), Value::One(Scalar::Uint(0x0102)));
    assert_eq!(value(Vr::SS, &[0xFF, 0xFF, 1, 0]), Value::Many(vec![Scalar::Int(-1), Scalar::Int(1)]));
    assert_eq!(big(Vr::SL, &[0xFF, 0xFF, 0xFF, 0xFE]), Value::One(Scalar::Int(-2)));
    assert_eq!(value(Vr::UV, &[0xFF; 8]), Value::One(Scalar::Uint(u64::MAX)));
    assert_eq!(big(Vr::FL, &[0x3F, 0xC0, 0, 0]), Value::One(Scalar::Float(1.5)));
    assert_eq!(value(Vr::FD, &0.1_f64.to_le_bytes()), Value::One(Scalar::Float(0.1)));
    let tag = Scalar::Tag(Tag::new(0x0018, 0x1063));
    assert_eq!(value(Vr::AT, &[0x18, 0, 0x63, 0x10]), Value::One(tag.clone()));
    assert_eq!(big(Vr::AT, &[0, 0x18, 0x10, 0x63]), Value::One(tag));
}

#[test]
fn a_value_that_breaks_off_gives_its_whole_numbers() {
    let mut kinds = Vec::new();
    let value = decode(Vr::UL, &[1, 0, 0, 0, 9], false, &Charset::DEFAULT, &mut |kind, _| kinds.push(kind));
    assert_eq!(value, Value::One(Scalar::Uint(1)));
    assert_eq!(kinds, [ProblemKind::PartialValue]);
}

#[test]
fn blocks_stay_bytes() {
    for vr in
        [Vr::OB, Vr::OD, Vr::OF, Vr::OL, Vr::OV, Vr::OW, Vr::UN, Vr::ObOrOw, Vr::UsOrSs, Vr::UsOrOw, Vr::SQ]
    {
        assert_eq!(value(vr, &[1, 2, 3]), Value::Bytes(&[1, 2, 3]), "{vr}");
    }
}

#[test]
fn plain_text_is_borrowed() {
    for vr in [Vr::AE, Vr::CS, Vr::LO, Vr::LT, Vr::SH, Vr::UR, Vr::UT] {
        let Value::One(Scalar::Text(std::borrow::Cow::Borrowed(_))) = value(vr, b"ABC ") else {
            panic!("{vr}")
        };
    }
}

#[test]
fn each_counts_what_it_hands_over() {
    let mut seen = Vec::new();
    let count = each(Vr::US, &[1, 0, 2, 0], false, &Charset::DEFAULT, &mut |_, _| {}, &mut |scalar| {
        seen.push(scalar);
    });
    assert_eq!((count, seen), (2, vec![Scalar::Uint(1), Scalar::Uint(2)]));
    assert_eq!(count_values(b"1\\2\\"), 3);
    assert_eq!(count_values(b" \0"), 0);
}
