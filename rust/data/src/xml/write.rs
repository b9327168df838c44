//! From the index to XML.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use radiogram_core::{Charset, Result, Tag, Vr, dictionary};

use super::private::Creators;
use super::text::{self, escaped, is_sayable};
use crate::bulk::{base64, bytes, little, no_memory};
use crate::value::{self, Scalar, first_of};
use crate::visit::{Event, visit};
use crate::{Document, Entry, Flags, NodeId};

/// The namespace of the model (PS3.19 A.1.6).
const NAMESPACE: &str = "http://dicom.nema.org/PS3.19/models/NativeDICOM";

/// Appends a data set as an XML document.
///
/// `uris` has what stands for the values of some rows, `charset` the caller's word against the file's. A text with characters that XML does not
/// have is `InlineBinary`: its bytes, in the character set of the data set.
///
/// # Errors
///
/// Where a value that was left in the file cannot be read.
pub fn write(
    document: &Document,
    node: NodeId,
    charset: Option<Charset>,
    uris: &BTreeMap<u32, String>,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.extend(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel xmlns=\"");
    out.extend(NAMESPACE.bytes());
    out.extend(b"\" xml:space=\"preserve\">\n");
    let mut writer = Writer { document, charset, out, creators: vec![Creators::of(document, node, charset)] };
    visit(document, node, |event| {
        writer.out.try_reserve(512).map_err(|_| no_memory())?;
        match event {
            Event::Element(row, entry) => {
                writer.head(entry);
                match uris.get(&row) {
                    Some(uri) => writer.elsewhere(uri),
                    None => writer.value(row, entry)?,
                }
                writer.out.extend(b"</DicomAttribute>\n");
            }
            Event::Sequence(_, entry) => writer.head(entry),
            Event::Item(item, number) => {
                writer.creators.push(Creators::of(document, item, charset));
                writer.open("Item", number);
                writer.out.push(b'\n');
            }
            Event::EndItem => {
                writer.creators.pop();
                writer.out.extend(b"</Item>\n");
            }
            Event::EndSequence => writer.out.extend(b"</DicomAttribute>\n"),
        }
        Ok(())
    })?;
    out.extend(b"</NativeDicomModel>\n");
    Ok(())
}

struct Writer<'d, 'o> {
    document: &'d Document,
    charset: Option<Charset>,
    out: &'o mut Vec<u8>,
    /// Of the data sets that are open.
    creators: Vec<Creators>,
}

impl Writer<'_, '_> {
    /// `<DicomAttribute tag="00100010" vr="PN" keyword="PatientName">`.
    fn head(&mut self, entry: &Entry) {
        let creator = self.creators.last().and_then(|creators| creators.name(entry.tag));
        let creator = creator.filter(|name| is_sayable(name));
        let tag = if creator.is_some() { Tag(entry.tag.0 & 0xFFFF_00FF) } else { entry.tag };
        self.out.extend(b"<DicomAttribute tag=\"");
        text::tag(tag, self.out);
        self.out.extend(b"\" vr=\"");
        // Where nothing says which of two it is, the bytes are all that is known.
        let vr = if matches!(entry.vr, Vr::UsOrSs) { Vr::UN } else { entry.vr };
        self.out.extend(vr.as_str().bytes());
        if let Some(keyword) =
            dictionary::by_tag(entry.tag).map(|known| known.keyword).filter(|k| !k.is_empty())
        {
            self.out.extend(b"\" keyword=\"");
            self.out.extend(keyword.bytes());
        }
        if let Some(creator) = creator {
            self.out.extend(b"\" privateCreator=\"");
            escaped(creator, self.out);
        }
        self.out.extend(b"\">\n");
    }

    /// `<Value number="1">`, on the line of its content.
    fn open(&mut self, name: &str, number: u32) {
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "<{name} number=\"{number}\">");
    }

    fn elsewhere(&mut self, uri: &str) {
        self.out.extend(b"<BulkData uri=\"");
        escaped(uri, self.out);
        self.out.extend(b"\"/>\n");
    }

    fn value(&mut self, row: u32, entry: &Entry) -> Result<()> {
        let bytes = bytes(self.document, row)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let is_big = entry.flags.has(Flags::BIG_ENDIAN);
        if entry.vr.is_bulk() || entry.vr == Vr::UsOrSs {
            return self.inline(&little(entry.vr, bytes, is_big));
        }
        let charset = self.charset.unwrap_or_else(|| self.document.charset(row));
        let start = self.out.len();
        let (mut number, mut sayable) = (0_u32, true);
        self.out.try_reserve(bytes.len().saturating_mul(2)).map_err(|_| no_memory())?;
        value::each(entry.vr, &bytes, is_big, &charset, &mut |_, _| {}, &mut |scalar| {
            let scalar = if number == 0 { first_of(entry.tag, scalar) } else { scalar };
            number += 1;
            sayable &= self.one(&scalar, number);
        });
        if sayable {
            return Ok(());
        }
        self.out.truncate(start);
        self.inline(&bytes)
    }

    fn inline(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.extend(b"<InlineBinary>");
        base64(bytes, self.out)?;
        self.out.extend(b"</InlineBinary>\n");
        Ok(())
    }

    /// One value; false where XML cannot say it.
    fn one(&mut self, scalar: &Scalar<'_>, number: u32) -> bool {
        if let Scalar::Name(name) = scalar {
            self.person_name(name, number);
            return is_sayable(name);
        }
        self.open("Value", number);
        let text: Cow<'_, str> = match scalar {
            Scalar::Text(text)
            | Scalar::Uid(text)
            | Scalar::Name(text)
            | Scalar::Decimal { text, .. }
            | Scalar::Integer { text, .. } => Cow::Borrowed(text),
            Scalar::Int(number) => Cow::Owned(number.to_string()),
            Scalar::Uint(number) => Cow::Owned(number.to_string()),
            // The words of XML Schema.
            Scalar::Float(f64::INFINITY) => Cow::Borrowed("INF"),
            Scalar::Float(f64::NEG_INFINITY) => Cow::Borrowed("-INF"),
            Scalar::Float(number) => Cow::Owned(format!("{number:?}")),
            Scalar::Tag(tag) => Cow::Owned(format!("{:08X}", tag.0)),
            Scalar::Missing => Cow::Borrowed(""),
        };
        escaped(&text, self.out);
        self.out.extend(b"</Value>\n");
        is_sayable(&text)
    }

    /// PS3.19 A.1.5: the groups and components that are not empty.
    fn person_name(&mut self, name: &str, number: u32) {
        self.open("PersonName", number);
        for (group, text) in GROUPS.iter().zip(name.splitn(3, '=')) {
            if text.is_empty() {
                continue;
            }
            let _ = write!(self.out, "<{group}>");
            for (component, text) in COMPONENTS.iter().zip(text.splitn(5, '^')) {
                if !text.is_empty() {
                    let _ = write!(self.out, "<{component}>");
                    escaped(text, self.out);
                    let _ = write!(self.out, "</{component}>");
                }
            }
            let _ = write!(self.out, "</{group}>");
        }
        self.out.extend(b"</PersonName>\n");
    }
}

/// The groups of a person's name (PS3.5 6.2.1).
pub(super) const GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];
/// The components of a group, in their order there.
pub(super) const COMPONENTS: [&str; 5] =
    ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];
