//! Columns from documents made here.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind};

use super::*;
use crate::{Document, Options, Source, read};

fn element(group: u16, element: u16, vr: [u8; 2], value: &[u8]) -> Vec<u8> {
    let mut made = Vec::new();
    made.extend(group.to_le_bytes());
    made.extend(element.to_le_bytes());
    made.extend(vr);
    if matches!(&vr, b"SQ" | b"OB" | b"UN") {
        made.extend([0, 0]);
        made.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        made.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    made.extend(value);
    made
}

fn item(content: &[u8]) -> Vec<u8> {
    let mut made = vec![0xFE, 0xFF, 0x00, 0xE0];
    made.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    made.extend(content);
    made
}

fn document(columns: &[Column]) -> Document {
    let items = [
        item(&element(0x0018, 0x9074, *b"DT", b"2024")),
        item(&[]),
        item(&element(0x0018, 0x9074, *b"DT", b"2025")),
    ];
    let bytes = [
        element(0x0008, 0x0008, *b"CS", b"ORIGINAL\\PRIMARY"),
        element(0x0008, 0x0020, *b"DA", b"20240229"),
        element(0x0008, 0x0030, *b"TM", b"1030.5"),
        element(0x0008, 0x0060, *b"CS", b"CT"),
        element(0x0018, 0x0050, *b"DS", b"1.5\\2 "),
        element(0x0020, 0x0013, *b"IS", b"7 "),
        element(0x0020, 0x0032, *b"DS", b"1\\\\x "),
        element(0x0020, 0x9111, *b"SQ", &items.concat()),
        element(0x0029, 0x0010, *b"LO", b"OTHER "),
        element(0x0029, 0x0011, *b"LO", b"ACME"),
        element(0x0029, 0x1102, *b"OB", b"ab"),
    ]
    .concat();
    let only = Column::wanted(columns);
    let options = Options { force: true, bare: true, only: Some(only.into()), ..Options::default() };
    read(Source::Memory(Arc::new(bytes)), &options).unwrap()
}

fn filled(names: &[&str]) -> Vec<Filled> {
    let mut columns: Vec<Column> = names.iter().map(|name| Column::of_element(name, None).unwrap()).collect();
    columns.push(Column::about("problems", Of::Problems));
    let document = document(&columns);
    let mut batch = Batch::new(&columns, 1);
    batch.push(&Row { path: "a", size: None, modified_ns: None, outcome: Ok(&document) }, None);
    assert_eq!(batch.rows(), 1);
    batch.into_filled()
}

fn texts(filled: &Filled) -> Vec<&str> {
    let Values::Text(texts) = &filled.values else { panic!("no texts") };
    texts
        .offsets
        .windows(2)
        .map(|pair| {
            std::str::from_utf8(
                &texts.bytes[usize::try_from(pair[0]).unwrap()..usize::try_from(pair[1]).unwrap()],
            )
            .unwrap()
        })
        .collect()
}

#[test]
fn values_have_the_type_of_their_vr() {
    let found = filled(&["StudyDate", "InstanceNumber", "Modality", "(0029,02)[ACME]"]);
    assert!(matches!(&found[0].values, Values::Date(days) if days == &[19_782]));
    assert!(matches!(&found[1].values, Values::I64(numbers) if numbers == &[7]));
    assert!(
        matches!(&found[2].values, Values::Code(codes) if codes.keys == [0] && codes.texts.bytes == b"CT")
    );
    assert!(matches!(&found[3].values, Values::Bytes(texts) if texts.bytes == b"ab"));
}

#[test]
fn what_does_not_fit_is_null_and_a_problem() {
    let found = filled(&["StudyTime", "SliceThickness", "ImagePositionPatient", "Rows"]);
    assert_eq!(found[0].valid, [false]);
    assert_eq!(found[1].valid, [false], "two values where there is room for one");
    assert_eq!(found[2].valid, [true, false, false]);
    assert_eq!(found[2].lists.as_ref().unwrap().0, [0, 3]);
    assert_eq!(found[3].valid, [false], "an element that is not there");
    let problems = texts(&found[4]);
    for expected in ["unfit_value (0008,0030)", "unfit_value (0018,0050)", "unfit_value (0020,0032)"] {
        assert!(problems.contains(&expected), "{problems:?}");
    }
    assert!(!problems.iter().any(|problem| problem.contains("0028")), "{problems:?}");
}

#[test]
fn paths_lead_into_items() {
    let found = filled(&[
        "FrameContentSequence/0/FrameAcquisitionDateTime:text",
        "FrameContentSequence/1/FrameAcquisitionDateTime:text",
        "FrameContentSequence/*/FrameAcquisitionDateTime:text",
    ]);
    assert_eq!(texts(&found[0]), ["2024"]);
    assert_eq!(found[1].valid, [false]);
    assert_eq!(texts(&found[2]), ["2024", "2025"]);
}

#[test]
fn a_moment_is_what_the_clock_said() {
    let moment = |text: &str| moment_from(text.as_bytes()).map(|moment| (moment.clock, moment.offset));
    assert_eq!(moment("19700101000000"), Some((0, None)));
    assert_eq!(moment("1970010201"), Some((90_000_000_000, None)));
    assert_eq!(moment("19700101000000.5 "), Some((500_000, None)));
    assert_eq!(moment("19700101010000.000001+0130"), Some((3_600_000_001, Some(90))));
    assert_eq!(moment("196912312359-1200"), Some((-60_000_000, Some(-720))));
    assert_eq!(moment("197001010000+0000"), Some((0, Some(0))));
    for wrong in [
        "",
        "1970",
        "197001",
        "19700101",
        "1970-01-01",
        "19700101+0100",
        "1970.01.0100",
        "197001010000+1401",
        "197001010000-1201",
        "197001010000-0000",
        "197001010000+100",
        "197001010000+0160",
        "19700101000060",
        "1970010100 ab",
        " 1970010100",
    ] {
        assert_eq!(moment(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_out_of_its_place_is_found() {
    let columns: Vec<Column> =
        ["Modality", "Rows"].map(|name| Column::of_element(name, None).unwrap()).into();
    let read = |parts: &[Vec<u8>], sought: bool| {
        let (only, sought) = (Column::wanted(&columns), sought.then(|| Column::sought(&columns).into()));
        let options =
            Options { force: true, bare: true, only: Some(only.into()), sought, ..Options::default() };
        let document = read(Source::Memory(Arc::new(parts.concat())), &options).unwrap();
        let found = document.find(document.root(), radiogram_core::Tag(0x0008_0060)).is_some();
        (found, document.problems().iter().map(|problem| problem.kind.as_str()).collect::<Vec<_>>())
    };
    let modality = element(0x0008, 0x0060, *b"CS", b"CT");
    let rows = element(0x0028, 0x0010, *b"US", &[0, 2]);
    let large = element(0x0040, 0x0010, *b"SH", b"xx");
    let pixels = element(0x7FE0, 0x0010, *b"OB", &[0; 8]);
    let sorted = [modality.clone(), rows.clone(), large.clone(), pixels.clone()];
    assert_eq!(read(&sorted, true), (true, vec![]));
    assert_eq!(read(&sorted[1..], true), (false, vec![]), "absent, and nothing is wrong");
    for unsorted in [
        [rows.clone(), large.clone(), modality.clone(), pixels.clone()],
        [rows.clone(), large.clone(), pixels.clone(), modality.clone()],
    ] {
        assert_eq!(read(&unsorted, true), (true, vec!["unsorted_tags"]));
        assert_eq!(read(&unsorted, false), (false, vec![]));
    }
    let cut = element(0x7FE0, 0x0010, *b"OB", &[0; 8])[..12 + 7].to_vec();
    for before in [&sorted[..2], &sorted[1..3], &sorted[1..2], &sorted[..1]] {
        let parts = [before, std::slice::from_ref(&cut)].concat();
        let is_there = before.first() == sorted.first();
        assert_eq!(read(&parts, true), (is_there, vec!["truncated"]), "told, though nobody reads the value");
        assert_eq!(read(&parts, false), (is_there, vec![]));
    }
}

#[test]
fn what_is_no_place_is_refused() {
    for wrong in [
        "Modalty",
        "FrameContentSequence",
        "FrameContentSequence/x/Rows",
        "",
        "(0028,02)[ACME]",
        "(0029,02)[]",
        "0028001",
    ] {
        assert_eq!(Column::of_element(wrong, None).unwrap_err().kind(), ErrorKind::Argument, "{wrong}");
    }
}

#[test]
fn a_condition_knows_true_false_and_neither() {
    let column = |name: &str| Column::of_element(name, None).unwrap();
    let is = |name: &str, order, text: &str| Op::Compare(column(name), order, Literal::Text(text.into()));
    let columns: Vec<Column> = ["Modality", "ImageType", "InstanceNumber", "PatientID"].map(column).into();
    let document = document(&columns);
    let row = Row { path: "a", size: Some(3), modified_ns: None, outcome: Ok(&document) };
    let holds = |ops: Vec<Op>| Predicate::new(ops).unwrap().holds(&row);
    assert!(holds(vec![is("Modality", Order::Equal, "CT")]));
    assert!(!holds(vec![is("Modality", Order::Differs, "CT")]));
    assert!(holds(vec![is("ImageType", Order::Equal, "PRIMARY")]));
    assert!(!holds(vec![is("ImageType", Order::Differs, "PRIMARY")]));
    assert!(!holds(vec![is("PatientID", Order::Equal, "x")]));
    assert!(!holds(vec![is("PatientID", Order::Equal, "x"), Op::Not]), "neither true nor false");
    assert!(holds(vec![Op::IsNull(column("PatientID"))]));
    assert!(holds(vec![is("PatientID", Order::Equal, "x"), is("Modality", Order::Equal, "CT"), Op::Or]));
    assert!(!holds(vec![is("PatientID", Order::Equal, "x"), is("Modality", Order::Equal, "CT"), Op::And]));
    let number = |order, literal| Op::Compare(column("InstanceNumber"), order, literal);
    assert!(holds(vec![number(Order::Greater, Literal::Float(6.5))]));
    assert!(holds(vec![number(Order::AtMost, Literal::Int(7))]));
    assert!(holds(vec![Op::In(column("InstanceNumber"), vec![Literal::Int(1), Literal::Int(7)])]));
    assert!(Predicate::new(vec![number(Order::Equal, Literal::Text("7".into()))]).is_err());
    assert!(Predicate::new(vec![Op::And]).is_err());
    assert!(Predicate::new(vec![]).is_err());
    let error = Error::new(ErrorKind::NotDicom, "no");
    let failed = Row { path: "b", size: None, modified_ns: None, outcome: Err(&error) };
    let error = Column::about("error", Of::Error);
    assert!(!Predicate::new(vec![Op::IsNull(error.clone())]).unwrap().holds(&failed));
    assert!(Predicate::new(vec![Op::IsNull(error)]).unwrap().holds(&row));
}

#[test]
fn days_and_times() {
    assert_eq!(date_from(b"19700101"), Some(0));
    assert_eq!(date_from(b"19691231 "), Some(-1));
    assert_eq!(date_from(b"2000.03.01"), Some(11_017));
    assert_eq!(date_from(b"00010101"), Some(-719_162));
    assert_eq!(date_from(b"99991231"), Some(2_932_896));
    for wrong in ["", "2023", "20230229", "20231301", "20230100", "20230101-", "2023010a"] {
        assert_eq!(date_from(wrong.as_bytes()), None, "{wrong}");
    }
    assert_eq!(time_from(b"10"), Some(36_000_000_000));
    assert_eq!(time_from(b"235959.999999"), Some(86_399_999_999));
    assert_eq!(time_from(b"000000.5 "), Some(500_000));
    for wrong in ["", "1", "24", "1060", "100060", "1030.5", "100000.", "100000.1234567", "10:30:00", "10-11"]
    {
        assert_eq!(time_from(wrong.as_bytes()), None, "{wrong}");
    }
}
