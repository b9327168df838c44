//! Tests of the checks of values: a breaking value and a near miss each.

use radiogram_core::{Charset, ProblemKind, Vr};

use super::super::decode;

fn problems(vr: Vr, bytes: &[u8]) -> Vec<ProblemKind> {
    let mut kinds = Vec::new();
    decode(vr, bytes, false, &Charset::DEFAULT, &mut |kind, _| kinds.push(kind));
    kinds
}

/// Each row: a value that breaks one rule, and the nearest one that does not.
#[test]
fn each_rule_has_a_value_that_breaks_it_and_a_near_miss() {
    use ProblemKind::{
        BadDateTime, BadDecimal, BadInteger, BadPadding, BadUid, OutsideRepertoire, OverlongValue,
        PartialValue,
    };
    let rows: &[(Vr, ProblemKind, &[u8], &[u8])] = &[
        (Vr::AE, OverlongValue, b"12345678901234567", b" 1234567890123456 "),
        (Vr::CS, OverlongValue, b"A\\ABCDEFGHIJKLMNOPQ", b"ABCDEFGHIJKLMNOP\\B"),
        (Vr::DS, OverlongValue, b"0.123456789012345", b" 0.12345678901234 "),
        (Vr::IS, OverlongValue, b"0000000000001", b"000000000001"),
        (Vr::SH, OverlongValue, b"12345678901234567", b"1234567890123456 "),
        (Vr::LO, OverlongValue, &[b'x'; 65], &[b'x'; 64]),
        (Vr::ST, OverlongValue, &[b'x'; 1025], &[b'x'; 1024]),
        (Vr::LT, OverlongValue, &[b'x'; 10241], &[b'x'; 10240]),
        (Vr::PN, OverlongValue, &[b'x'; 65], &[b'x'; 64]),
        (Vr::PN, OverlongValue, b"A=B=C=D", b"A=B=C="),
        (Vr::DS, BadDecimal, b"1,5", b"1.5"),
        (Vr::DS, BadDecimal, b"1\\nan", b"1\\\\-1E+5"),
        (Vr::IS, BadInteger, b"1.0", b"1 "),
        (Vr::IS, BadInteger, b"2147483648", b"2147483647"),
        (Vr::DA, BadDateTime, b"20230229", b"20240229"),
        (Vr::DA, BadDateTime, b"2024.02.29", b"20240229-"),
        (Vr::TM, BadDateTime, b"10:30", b"1030"),
        (Vr::DT, BadDateTime, b"2024022910300", b"202402291030-0500"),
        (Vr::AS, BadDateTime, b"45Y ", b"045Y"),
        (Vr::UI, BadUid, b"1.02.3", b"1.0.3"),
        (Vr::UI, BadUid, b"1..3", b"1.3\0"),
        (Vr::UI, BadPadding, b"1.2.3 ", b"1.2.3\0"),
        (Vr::UI, BadPadding, b"1.2\0\0", b"1.20\0"),
        (Vr::CS, BadPadding, b"AB\0", b"AB "),
        (Vr::LO, BadPadding, b"A\r\nB", b"A B "),
        (Vr::LT, BadPadding, b"text\0", b"te\txt\r\n\x0C"),
        (Vr::DS, BadPadding, b"1.5\n", b"1.5 "),
        (Vr::CS, OutsideRepertoire, b"Original", b"ORIGINAL_1"),
        (Vr::AE, OutsideRepertoire, b"caf\xE9", b"cafe~"),
        (Vr::UR, OutsideRepertoire, b"http://a b", b"http://a?b#c  "),
        (Vr::LO, OutsideRepertoire, b"a\x01", b"a b"),
        (Vr::US, PartialValue, b"\x01\x00\x02", b"\x01\x00\x02\x00"),
        (Vr::AT, PartialValue, b"\x08\x00\x05", b"\x08\x00\x05\x00"),
        (Vr::FD, PartialValue, &[0; 15], &[0; 16]),
    ];
    for (vr, kind, broken, sound) in rows {
        assert!(problems(*vr, broken).contains(kind), "{vr} {kind:?} {}", broken.escape_ascii());
        assert_eq!(problems(*vr, sound), [], "{vr} {kind:?} {}", sound.escape_ascii());
    }
}

#[test]
fn a_kind_is_reported_once() {
    assert_eq!(problems(Vr::DS, b"a\\b\\c"), [ProblemKind::BadDecimal]);
    assert_eq!(problems(Vr::UI, b"x\\y"), [ProblemKind::BadUid]);
}

#[test]
fn ascii_needs_no_note_in_any_vr() {
    for vr in [Vr::AE, Vr::CS, Vr::LO, Vr::LT, Vr::PN, Vr::SH, Vr::ST, Vr::UC, Vr::UR, Vr::UT] {
        assert_eq!(problems(vr, b"ABC123"), [], "{vr}");
    }
}
