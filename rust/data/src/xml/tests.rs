//! What is written comes back, what others write is read, and what is wrong is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Limits};

use super::{read, write};
use crate::write::{Form, WriteOptions, plan};
use crate::{Options, Source};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" xml:space=\"preserve\">\n";

/// Reads the elements of a document, makes a data set of them, and writes them again.
fn again(elements: &str) -> Result<String, Error> {
    let said = read(&format!("{HEAD}{elements}</NativeDicomModel>\n"), &Limits::DEFAULT)?;
    let options = WriteOptions { form: Form::DataSet, ..WriteOptions::default() };
    let bytes = plan(&said.data_set, &said.meta, &options)?.to_vec()?;
    let document =
        crate::read(Source::Memory(Arc::new(bytes)), &Options { bare: true, ..Options::default() })?;
    let mut out = Vec::new();
    write(&document, document.root(), None, &BTreeMap::new(), &mut out)?;
    let text = String::from_utf8(out).unwrap_or_default();
    Ok(text
        .strip_prefix(HEAD)
        .and_then(|t| t.strip_suffix("</NativeDicomModel>\n"))
        .unwrap_or(&text)
        .to_owned())
}

fn attribute(head: &str, content: &str) -> String {
    format!("<DicomAttribute {head}>\n{content}</DicomAttribute>\n")
}

#[test]
fn what_is_written_as_the_standard_says_stays_as_it_is() {
    let utf8 = attribute(
        r#"tag="00080005" vr="CS" keyword="SpecificCharacterSet""#,
        "<Value number=\"1\">ISO_IR 192</Value>\n",
    );
    let name = attribute(
        r#"tag="00100010" vr="PN" keyword="PatientName""#,
        "<PersonName number=\"1\"><Alphabetic><FamilyName>Wang</FamilyName><NameSuffix>Jr</NameSuffix></Alphabetic><Ideographic><FamilyName>王</FamilyName></Ideographic></PersonName>\n",
    );
    let item = attribute(
        r#"tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID""#,
        "<Value number=\"1\">1.2</Value>\n",
    );
    for text in [
        String::new(),
        utf8.clone() + &name,
        attribute(
            r#"tag="00080008" vr="CS" keyword="ImageType""#,
            "<Value number=\"1\">A</Value>\n<Value number=\"2\"></Value>\n<Value number=\"3\">C</Value>\n",
        ),
        attribute(
            r#"tag="00081140" vr="SQ" keyword="ReferencedImageSequence""#,
            &format!("<Item number=\"1\">\n</Item>\n<Item number=\"2\">\n{item}</Item>\n"),
        ),
        attribute(r#"tag="00180050" vr="DS" keyword="SliceThickness""#, "<Value number=\"1\">1.50</Value>\n"),
        attribute(
            r#"tag="00189087" vr="FD" keyword="DiffusionBValue""#,
            "<Value number=\"1\">0.1</Value>\n<Value number=\"2\">-INF</Value>\n",
        ),
        attribute(
            r#"tag="00204000" vr="LT" keyword="ImageComments""#,
            "<Value number=\"1\">a &lt;b> &amp;&#13;\n \"c\"</Value>\n",
        )
        .replace("b>", "b&gt;")
        .replace("\"c\"", "&quot;c&quot;"),
        attribute(
            r#"tag="00280009" vr="AT" keyword="FrameIncrementPointer""#,
            "<Value number=\"1\">00181063</Value>\n",
        ),
        attribute(
            r#"tag="00420011" vr="OB" keyword="EncapsulatedDocument""#,
            "<InlineBinary>AAEC/w==</InlineBinary>\n",
        ),
        attribute(r#"tag="00090010" vr="LO""#, "<Value number=\"1\">ACME 1</Value>\n")
            + &attribute(
                r#"tag="00090002" vr="US" privateCreator="ACME 1""#,
                "<Value number=\"1\">7</Value>\n",
            ),
        attribute(r#"tag="00091002" vr="US""#, "<Value number=\"1\">7</Value>\n"),
    ] {
        assert_eq!(again(&text).as_deref(), Ok(text.as_str()));
    }
}

#[test]
fn other_ways_to_say_it_are_read() {
    for (text, same) in [
        (
            r#"<n:DicomAttribute xmlns:n="x" keyword="Rows"><n:Value> 3 </n:Value></n:DicomAttribute>"#,
            attribute(r#"tag="00280010" vr="US" keyword="Rows""#, "<Value number=\"1\">3</Value>\n"),
        ),
        (
            r#"<DicomAttribute tag="00080008" vr="CS"><Value number="3">C</Value><!-- --><Value number="1"><![CDATA[A]]></Value></DicomAttribute>"#,
            attribute(
                r#"tag="00080008" vr="CS" keyword="ImageType""#,
                "<Value number=\"1\">A</Value>\n<Value number=\"2\"></Value>\n<Value number=\"3\">C</Value>\n",
            ),
        ),
        (
            r#"<DicomAttribute tag="00420011" vr="OB"><InlineBinary>AAEC
          /w==</InlineBinary></DicomAttribute>"#,
            attribute(
                r#"tag="00420011" vr="OB" keyword="EncapsulatedDocument""#,
                "<InlineBinary>AAEC/w==</InlineBinary>\n",
            ),
        ),
        (
            r#"<DicomAttribute tag="00090002" vr="US" privateCreator="ACME"><Value number="1">7</Value></DicomAttribute>"#,
            attribute(r#"tag="00090010" vr="LO""#, "<Value number=\"1\">ACME</Value>\n")
                + &attribute(
                    r#"tag="00090002" vr="US" privateCreator="ACME""#,
                    "<Value number=\"1\">7</Value>\n",
                ),
        ),
        (
            r#"<DicomAttribute tag="00090002" vr="US" privateCreator="ACME"><Value number="1">7</Value></DicomAttribute><DicomAttribute tag="00090010" vr="LO"><Value number="1">ACME</Value></DicomAttribute>"#,
            attribute(r#"tag="00090010" vr="LO""#, "<Value number=\"1\">ACME</Value>\n")
                + &attribute(
                    r#"tag="00090002" vr="US" privateCreator="ACME""#,
                    "<Value number=\"1\">7</Value>\n",
                ),
        ),
    ] {
        assert_eq!(again(text).as_deref(), Ok(same.as_str()));
    }
}

#[test]
fn what_xml_cannot_say_is_inline() {
    let element =
        attribute(r#"tag="00204000" vr="LT" keyword="ImageComments""#, "<InlineBinary>YQxi</InlineBinary>\n");
    let padded = element.replace("YQxi", "YQxiIA==");
    assert_eq!(again(&element), Ok(padded));
}

#[test]
fn what_is_wrong_is_refused() {
    let deep = "<DicomAttribute tag=\"00081140\" vr=\"SQ\"><Item number=\"1\">".repeat(5000);
    for (text, kind) in [
        ("<Value/>", ErrorKind::Malformed),
        ("text", ErrorKind::Malformed),
        (r#"<DicomAttribute tag="0028"/>"#, ErrorKind::Malformed),
        (r#"<DicomAttribute tag="00280010" vr="ZZ"/>"#, ErrorKind::Malformed),
        (
            r#"<DicomAttribute tag="00280010" vr="US"><Value number="0">1</Value></DicomAttribute>"#,
            ErrorKind::Malformed,
        ),
        (
            r#"<DicomAttribute tag="00280010" vr="US"><Value number="4000000000">1</Value></DicomAttribute>"#,
            ErrorKind::Malformed,
        ),
        (
            r#"<DicomAttribute tag="00280010" vr="US"><Value>1</Value><InlineBinary>AA==</InlineBinary></DicomAttribute>"#,
            ErrorKind::Malformed,
        ),
        (
            r#"<DicomAttribute tag="00280010" vr="US"/><DicomAttribute tag="00280010" vr="US"/>"#,
            ErrorKind::Malformed,
        ),
        (r#"<DicomAttribute tag="00280010" vr="US"><Value>x</Value></DicomAttribute>"#, ErrorKind::Value),
        (
            r#"<DicomAttribute tag="00204000" vr="LT"><Value>&x;</Value></DicomAttribute>"#,
            ErrorKind::Malformed,
        ),
        (r#"<DicomAttribute tag="00204000" vr="LT"></Value></DicomAttribute>"#, ErrorKind::Malformed),
        (deep.as_str(), ErrorKind::Limit),
    ] {
        assert_eq!(again(text).map_err(|error| error.kind()), Err(kind), "{text:.80}");
    }
    for text in ["", "<NativeDicomModel>", "<NativeDicomModel/><NativeDicomModel/>", "<other/>"] {
        assert_eq!(
            read(text, &Limits::DEFAULT).err().map(|error| error.kind()),
            Some(ErrorKind::Malformed),
            "{text}"
        );
    }
}
