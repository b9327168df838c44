//! Tests of DS: every number is the double that the text names.

use super::{Decimal, decimals_into, parse};

fn number(text: &str) -> f64 {
    match parse(text.as_bytes()) {
        Decimal::Number { value, .. } => value,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn numbers_are_those_of_the_standard_library() {
    let texts = [
        "0",
        "-0",
        "1",
        "-123.45",
        "+7.5",
        "5.",
        ".5",
        "-.5",
        "12345678",
        "123456789",
        "0.000000000000001",
        "1e22",
        "1e23",
        "1.7976931348623157e308",
        "1e309",
        "4.9e-324",
        "2.4e-324",
        "9007199254740993",
        "0.1234567890123456789",
        "123456789012345.6",
        "99999999.999999999",
        "-1.5E-10",
        "3.e+2",
        "1e0005",
        "1e-4999",
    ];
    for text in texts {
        assert_eq!(number(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
    }
}

#[test]
fn every_shape_of_up_to_nineteen_digits_is_exact() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..300_000_usize {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let digits = state.to_string();
        let digits = &digits[..=round % digits.len()];
        let point = (round / 19) % (digits.len() + 1);
        let sign = ["", "-", "+"][round % 3];
        let exponent =
            if round % 5 == 0 { format!("e{}", (state % 61).cast_signed() - 30) } else { String::new() };
        let text = format!("{sign}{}.{}{exponent}", &digits[..point], &digits[point..]);
        assert_eq!(number(&text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        assert_eq!(number(&format!(" {text} \0")).to_bits(), number(&text).to_bits());
    }
}

#[test]
fn what_only_python_reads_does_not_conform() {
    for (text, expected) in [
        ("inf", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("-1e999", f64::NEG_INFINITY),
        ("1_000.5", 1000.5),
    ] {
        assert_eq!(parse(text.as_bytes()), Decimal::Number { value: expected, conforms: false });
    }
    assert!(matches!(parse(b"NaN"), Decimal::Number { value, conforms: false } if value.is_nan()));
    for text in ["_1", "1_", "1__0", "1,5", "+-5", "--5", "e5", ".", "-", "1.2.3", "0x10", "1e", "\u{663}"] {
        assert_eq!(parse(text.as_bytes()), Decimal::Bad, "{text}");
    }
    assert_eq!(parse(b" \0"), Decimal::Missing);
}

#[test]
fn a_column_has_nan_where_there_is_no_number() {
    let mut out = [0.0; 6];
    let filled = decimals_into(b"1.5\\\\ -2 \\x\\1e3\\0.5 ", &mut out);
    assert_eq!((filled.count, filled.missing, filled.bad), (6, 1, 1));
    assert_eq!((out[0], out[2], out[4], out[5]), (1.5, -2.0, 1000.0, 0.5));
    assert!(out[1].is_nan() && out[3].is_nan());
}

#[test]
fn a_column_stops_at_its_last_slot_and_at_the_last_number() {
    let mut two = [0.0; 2];
    assert_eq!(decimals_into(b"1\\2\\3", &mut two).count, 2);
    assert_eq!(decimals_into(b"1", &mut two).count, 1);
    assert_eq!(decimals_into(b"  ", &mut two).count, 0);
    assert_eq!(decimals_into(b"1\\", &mut two).missing, 1);
    assert_eq!(two[0].to_bits(), 1.0_f64.to_bits());
}

/// `cargo test --release -p radiogram-data -- --ignored --nocapture nanoseconds`
#[test]
#[ignore = "a measurement: run it in release"]
fn nanoseconds_a_number() {
    const COUNT: u32 = 5_400_000;
    use std::fmt::Write;

    let mut state = 88_172_645_463_325_252_u64;
    for decimals in [2, 4, 6, 0] {
        let mut text = String::new();
        for _ in 0..COUNT {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let number = f64::from(u32::try_from(state % 1_000_000_007).unwrap()) / 1_000_000.0 - 500.0;
            let written = if decimals == 0 {
                write!(text, "{number}\\")
            } else {
                write!(text, "{number:.decimals$}\\")
            };
            written.unwrap();
        }
        text.pop();
        let mut out = vec![0.0; COUNT as usize];
        let mut best = f64::MAX;
        for _ in 0..7 {
            let start = std::time::Instant::now();
            assert_eq!(decimals_into(text.as_bytes(), &mut out).count, COUNT as usize);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let counting = std::time::Instant::now();
        assert_eq!(super::super::count_values(text.as_bytes()), COUNT as usize);
        let counting = counting.elapsed().as_secs_f64() * 1e3;
        eprintln!(
            "{decimals} decimals, {} MB: {:.1} ns a number, {:.1} ms; counting {counting:.1} ms",
            text.len() / 1_000_000,
            best * 1e9 / f64::from(COUNT),
            best * 1e3
        );
    }
}
