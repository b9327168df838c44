//! JSON and XML: any text is a data set or an error; what is a data set comes back from its own text as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use radiogram_core::{Charset, Limits, Result};

use crate::said::{Read, set_utf8};
use crate::write::{Form, WriteOptions, plan};
use crate::{Document, NodeId, Options, Source, json, read, xml};

type Reads = fn(&str, &Limits) -> Result<Read>;
type Writes = fn(&Document, NodeId, Option<Charset>, &BTreeMap<u32, String>, &mut Vec<u8>) -> Result<()>;

/// Takes any bytes that are text as JSON.
///
/// # Panics
///
/// Where a data set does not come back from its own text.
pub fn fuzz_json(data: &[u8]) {
    comes_back(data, json::read, json::write);
}

/// Takes any bytes that are text as XML.
///
/// # Panics
///
/// Where a data set does not come back from its own text.
pub fn fuzz_xml(data: &[u8]) {
    comes_back(data, xml::read, xml::write);
}

fn comes_back(data: &[u8], reads: Reads, writes: Writes) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(document) = reads(text, &Limits::DEFAULT).ok().and_then(document) else { return };
    let first = text_of(&document, writes);
    let (second, beyond_ascii) = again(&first, reads, writes);
    // Bytes beyond ASCII of a data set that names no character set are letters of its text, which then is of Unicode: it says so.
    if !beyond_ascii {
        assert_eq!(first, second, "a data set comes back as it was");
    }
    assert_eq!(again(&second, reads, writes).0, second, "a data set comes back as it was");
}

/// The text of what our own text is read as, and whether that has letters beyond ASCII.
fn again(text: &str, reads: Reads, writes: Writes) -> (String, bool) {
    let said = reads(text, &Limits::DEFAULT).expect("our own text is read");
    let beyond_ascii = said.beyond_ascii;
    let document = document_of(said).expect("what was read from our own text can be written");
    (text_of(&document, writes), beyond_ascii)
}

fn document(said: Read) -> Option<Document> {
    document_of(said).ok()
}

fn document_of(mut said: Read) -> Result<Document> {
    if said.beyond_ascii {
        set_utf8(&mut said.data_set);
    }
    let options = WriteOptions { form: Form::DataSet, ..WriteOptions::default() };
    let bytes = plan(&said.data_set, &said.meta, &options)?.to_vec()?;
    read(Source::Memory(Arc::new(bytes)), &Options { bare: true, ..Options::default() })
}

fn text_of(document: &Document, writes: Writes) -> String {
    let mut out = Vec::new();
    writes(document, document.root(), None, &BTreeMap::new(), &mut out).expect("memory is readable");
    String::from_utf8(out).expect("text is UTF-8")
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::{fuzz_json, fuzz_xml};

    const JSON: &str = r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00081140":{"vr":"SQ","Value":[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"W^X","Ideographic":"王"},null]}},{}]},"00090010":{"vr":"LO","Value":["ACME"]},"00180050":{"vr":"DS","Value":[1.50,"2"]},"00189087":{"vr":"FD","Value":[0.1,"NaN"]},"00280009":{"vr":"AT","Value":["00181063"]},"00420011":{"vr":"OB","InlineBinary":"AAEC"}}"#;
    const XML: &str = r#"<NativeDicomModel><DicomAttribute tag="00081140" vr="SQ"><Item number="1"><DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>W</FamilyName><NameSuffix>&amp;</NameSuffix></Alphabetic></PersonName></DicomAttribute></Item></DicomAttribute><DicomAttribute tag="00090002" vr="US" privateCreator="ACME"><Value number="2">7</Value><Value number="1">8</Value></DicomAttribute><DicomAttribute tag="00420011" vr="OB"><InlineBinary>AAEC</InlineBinary></DicomAttribute></NativeDicomModel>"#;

    #[test]
    fn fuzz_texts() {
        let mut random = Random(20_261_128);
        let pieces: [&[u8]; 10] = [
            b"null",
            b"{}",
            b"1e5",
            b"\\u0041",
            b"\"vr\":\"UN\"",
            b"<Value>",
            b"&#10;",
            b"number=\"3\"",
            b"Item",
            b"0009",
        ];
        for (seed, target) in [(JSON, fuzz_json as fn(&[u8])), (XML, fuzz_xml)] {
            target(seed.as_bytes());
            for _ in rounds(5_000) {
                let mut data = seed.as_bytes().to_vec();
                mutate(&mut random, &mut data, &pieces);
                target(&data);
            }
        }
    }
}
