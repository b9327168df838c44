//! What is written comes back, what others write is read, and what is wrong is told with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Limits};

use super::{read, write};
use crate::write::{Form, WriteOptions, plan};
use crate::{Options, Source};

/// Reads a text, makes a data set of it, and writes it again.
fn again(text: &str) -> Result<String, Error> {
    let said = read(text, &Limits::DEFAULT)?;
    let form = if said.is_bare() { Form::DataSet } else { Form::File };
    let bytes =
        plan(&said.data_set, &said.meta, &WriteOptions { form, ..WriteOptions::default() })?.to_vec()?;
    let options = Options { bare: said.is_bare(), ..Options::default() };
    let document = crate::read(Source::Memory(Arc::new(bytes)), &options)?;
    let mut out = Vec::new();
    write(&document, document.root(), None, &BTreeMap::new(), &mut out)?;
    Ok(String::from_utf8(out).unwrap_or_default())
}

#[test]
fn what_is_written_as_the_standard_says_stays_as_it_is() {
    for text in [
        "{}",
        r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Wang^XiaoDong","Ideographic":"王^小东"}]}}"#,
        r#"{"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},"00280009":{"vr":"AT","Value":["00181063"]}}"#,
        r#"{"00081140":{"vr":"SQ","Value":[{},{"00081155":{"vr":"UI","Value":["1.2"]}}]},"00081150":{"vr":"SQ"}}"#,
        r#"{"00180050":{"vr":"DS","Value":[1.50,-2e-3]},"00200013":{"vr":"IS","Value":[7]},"00280010":{"vr":"US","Value":[512]}}"#,
        r#"{"00189087":{"vr":"FD","Value":[0.1,1e300,-0.0]},"00189093":{"vr":"FL","Value":["NaN","-Infinity"]}}"#,
        r#"{"00091002":{"vr":"UN"},"00420011":{"vr":"OB","InlineBinary":"AAEC/w=="}}"#,
        r#"{"00204000":{"vr":"LT","Value":["a \"quoted\" \\ line\r\nand \u000Canother"]}}"#,
    ] {
        assert_eq!(again(text).as_deref(), Ok(text));
    }
}

#[test]
fn other_ways_to_say_it_are_read() {
    for (text, same) in [
        (
            "\u{FEFF} { \"0028001a\" : {\"Value\":[ \"3\" ] , \"vr\":\"US\"}}\n",
            r#"{"0028001A":{"vr":"US","Value":[3]}}"#,
        ),
        (r#"{"00200013":{"vr":"IS","Value":[7.0]}}"#, r#"{"00200013":{"vr":"IS","Value":[7]}}"#),
        (r#"{"00180050":{"Value":["1.5"]}}"#, r#"{"00180050":{"vr":"DS","Value":[1.5]}}"#),
        (r#"{"00180050":{"vr":"DS","Value":null}}"#, r#"{"00180050":{"vr":"DS"}}"#),
        (r#"{"00180050":{"vr":"DS","Value":["  "]}}"#, r#"{"00180050":{"vr":"DS"}}"#),
        (r#"{"00200013":{"vr":"IS","Value":[" "]}}"#, r#"{"00200013":{"vr":"IS"}}"#),
        (
            r#"{"00200013":{"vr":"IS","Value":["1.5","1e20","2.0"," "]}}"#,
            r#"{"00200013":{"vr":"IS","Value":["1.5","1e20",2.0,null]}}"#,
        ),
        (
            r#"{"00180050":{"vr":"DS","Value":[0.33333333333333333]}}"#,
            r#"{"00180050":{"vr":"DS","Value":[0.33333333333333]}}"#,
        ),
        (
            r#"{"00100020":{"vr":"LO","Value":["\u0041\/\ud83d\ude00"]},"00080005":{"vr":"CS","Value":["ISO_IR 192"]}}"#,
            r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100020":{"vr":"LO","Value":["A/😀"]}}"#,
        ),
        (
            r#"{"00280000":{"vr":"UL","Value":[9]},"00020010":{"vr":"UI","Value":["1.2.840.10008.1.2.1"]}}"#,
            "{}",
        ),
    ] {
        assert_eq!(again(text).as_deref(), Ok(same));
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, kind, offset) in [
        ("", ErrorKind::Malformed, 0),
        ("[]", ErrorKind::Malformed, 0),
        ("{} {}", ErrorKind::Malformed, 3),
        (r#"{"0028":{}}"#, ErrorKind::Malformed, 1),
        (r#"{"FFFEE000":{"vr":"UN"}}"#, ErrorKind::Malformed, 1),
        (r#"{"00280010":{"vr":"XX"}}"#, ErrorKind::Malformed, 18),
        (r#"{"00280010":{"vr":"US","Value":[01]}}"#, ErrorKind::Malformed, 32),
        (r#"{"00280010":{"vr":"US","Value":[true]}}"#, ErrorKind::Malformed, 32),
        (r#"{"00280010":{"vr":"US","Value":[1],"InlineBinary":"AA=="}}"#, ErrorKind::Malformed, 1),
        (r#"{"00280010":{"vr":"US","Value":[1]},"00280010":{"vr":"US"}}"#, ErrorKind::Malformed, 36),
        (r#"{"00280010":{"vr":"US","Value":[1.5]}}"#, ErrorKind::Value, 1),
        (r#"{"00420011":{"vr":"OB","InlineBinary":"A"}}"#, ErrorKind::Value, 1),
        (r#"{"00420011":{"vr":"OB","Value":[1]}}"#, ErrorKind::Value, 1),
        (r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"a","Other":"b"}]}}"#, ErrorKind::Malformed, 57),
        (r#"{"00100020":{"vr":"LO","Value":["\ud83d"]}}"#, ErrorKind::Malformed, 39),
        ("{\"00100020\":{\"vr\":\"LO\",\"Value\":[\"a\nb\"]}}", ErrorKind::Malformed, 34),
    ] {
        let error = read(text, &Limits::DEFAULT).err();
        let found = error.map(|error| (error.kind(), error.offset()));
        assert_eq!(found, Some((kind, Some(offset))), "{text}");
    }
}

#[test]
fn it_nests_as_deep_as_the_limits_say_and_no_deeper() {
    let nested = |depth: usize| {
        let mut text = "{\"00081140\":{\"vr\":\"SQ\",\"Value\":[".repeat(depth);
        text.push_str("{}");
        text.push_str(&"]}}".repeat(depth));
        text
    };
    assert_eq!(again(&nested(200)), Ok(nested(200)));
    let refused = read(&nested(100_000), &Limits::DEFAULT).err().map(|error| error.kind());
    assert_eq!(refused, Some(ErrorKind::Limit));
}

#[test]
fn every_text_that_ends_early_is_refused() {
    let text = r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00081140":{"vr":"SQ","Value":[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Wang","Phonetic":"\u738b"}]}},{"00200013":{"vr":"IS","Value":[1,2e1,null]}}]}}"#;
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let refused = read(text.get(..end).unwrap_or_default(), &Limits::DEFAULT).err();
        assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::Malformed), "{end}");
    }
}
