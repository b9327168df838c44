//! From XML to a draft. Iterative: what is open lies on a stack. Names are met by their local part; values may come in any order, with
//! their numbers.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader as Events, XmlVersion};
use radiogram_core::{Error, ErrorKind, Limits, Path, Result, Step, Tag, Vr, dictionary};

use super::private::{is_same, place};
use super::write::{COMPONENTS, GROUPS};
use crate::Draft;
use crate::bulk::no_memory;
use crate::said::{Elsewhere, Given, Read};

/// Values that are missing between others: as many as there are, and some more.
const GAPS: usize = 1 << 10;

/// Reads one document.
///
/// # Errors
///
/// `MalformedError` with the offset where the text is no XML or not of this model, `InvalidValueError` for a value that its VR does not have,
/// `LimitError` where it nests too deep.
pub fn read(text: &str, limits: &Limits) -> Result<Read> {
    let mut events = Events::from_str(text);
    events.config_mut().expand_empty_elements = true;
    let mut reader =
        Reader { open: Vec::new(), depth: limits.depth, at: 0, is_done: false, read: Read::default() };
    loop {
        reader.at = events.buffer_position();
        let event = events.read_event().map_err(|_| {
            Error::new(ErrorKind::Malformed, "XML that is not well formed").at(events.error_position())
        })?;
        if matches!(event, Event::Eof) {
            break;
        }
        reader.meet(&event).map_err(|error| error.at(reader.at).in_path(&reader.path()))?;
    }
    if !reader.is_done || !reader.open.is_empty() {
        return Err(wrong("XML that ends within the data set, or before it").at(text.len() as u64));
    }
    Ok(reader.read)
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// What is open, from the outside in.
enum Open<'t> {
    /// `NativeDicomModel` or `Item`: its number, and what it holds.
    Set(Option<u32>, Draft),
    /// `DicomAttribute`.
    Element(Element<'t>),
    /// `Value` or `InlineBinary`: its number, and its text so far.
    Text(Place, Cow<'t, str>),
    /// `PersonName`: its number, and the components of its groups.
    Name(Option<u32>, Box<[[String; 5]; 3]>),
    /// A group of a name.
    Group(usize),
    /// A component of a group, and its text so far.
    Component(usize, String),
    /// `BulkData`.
    Bulk,
}

/// Where a text belongs.
#[derive(Clone, Copy)]
enum Place {
    Value(Option<u32>),
    Inline,
}

/// An element that is being read.
struct Element<'t> {
    tag: Tag,
    vr: Option<Vr>,
    creator: Option<String>,
    offset: u64,
    values: Vec<(u32, Given<'t>)>,
    inline: Option<Cow<'t, str>>,
    uri: Option<String>,
}

struct Reader<'t> {
    open: Vec<Open<'t>>,
    depth: u32,
    /// Where the event begins.
    at: u64,
    is_done: bool,
    read: Read,
}

impl<'t> Reader<'t> {
    fn meet(&mut self, event: &Event<'t>) -> Result<()> {
        match event {
            Event::Start(start) => self.start(start),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(text.xml10_content()),
            Event::CData(text) => self.text(text.xml10_content()),
            Event::GeneralRef(entity) => {
                let known = quick_xml::escape::resolve_predefined_entity(entity).map(Cow::Borrowed);
                let character =
                    || entity.resolve_char_ref().ok().flatten().map(|c| Cow::Owned(c.to_string()));
                self.text(
                    known
                        .or_else(character)
                        .ok_or_else(|| wrong("an entity that the model does not have"))?,
                )
            }
            Event::Empty(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Comment(_)
            | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<()> {
        let name = start.local_name();
        let next = match (self.open.last_mut(), name.as_ref()) {
            (None, "NativeDicomModel") if !self.is_done => Open::Set(None, Draft::default()),
            (Some(Open::Set(..)), "DicomAttribute") => Open::Element(element(start, self.at)?),
            (Some(Open::Element(_)), "Value") => Open::Text(Place::Value(number(start)?), Cow::Borrowed("")),
            (Some(Open::Element(element)), "InlineBinary") if element.inline.is_none() => {
                Open::Text(Place::Inline, Cow::Borrowed(""))
            }
            (Some(Open::Element(element)), "BulkData") if element.uri.is_none() => {
                let uri = attribute(start, "uri")?.map(Ok).or_else(|| {
                    // PS3.19 A.1.5: a hosting system gives it by its UUID (RFC 9562 7: as a URN).
                    attribute(start, "uuid")
                        .transpose()
                        .map(|uuid| uuid.map(|uuid| format!("urn:uuid:{uuid}")))
                });
                element.uri =
                    Some(uri.transpose()?.ok_or_else(|| wrong("bulk data without a URI or a UUID"))?);
                Open::Bulk
            }
            (Some(Open::Element(_)), "PersonName") => Open::Name(number(start)?, Box::default()),
            (Some(Open::Element(_)), "Item") => {
                let depth = self.open.iter().filter(|open| matches!(open, Open::Set(..))).count();
                if depth > self.depth as usize {
                    return Err(Error::new(ErrorKind::Limit, "sequences nest too deep"));
                }
                Open::Set(number(start)?, Draft::default())
            }
            (Some(Open::Name(..)), group) => {
                let group = GROUPS.iter().position(|known| *known == group);
                Open::Group(group.ok_or_else(|| wrong("a group that names do not have"))?)
            }
            (Some(Open::Group(_)), component) => {
                let component = COMPONENTS.iter().position(|known| *known == component);
                Open::Component(
                    component.ok_or_else(|| wrong("a component that names do not have"))?,
                    String::new(),
                )
            }
            _ => return Err(wrong("an element that the Native DICOM Model does not have here")),
        };
        self.open.try_reserve(1).map_err(|_| no_memory())?;
        self.open.push(next);
        Ok(())
    }

    fn text(&mut self, more: Cow<'t, str>) -> Result<()> {
        match self.open.last_mut() {
            Some(Open::Text(_, text)) if text.is_empty() => *text = more,
            Some(Open::Text(_, text)) => text.to_mut().push_str(&more),
            Some(Open::Component(_, text)) => text.push_str(&more),
            _ if more.trim().is_empty() => {}
            _ => return Err(wrong("text where the Native DICOM Model has none")),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some(ended) = self.open.pop() else { return Ok(()) };
        match (ended, self.open.last_mut()) {
            (Open::Set(_, draft), None) => {
                self.read.data_set = draft;
                self.is_done = true;
            }
            (Open::Set(number, draft), Some(Open::Element(element))) => {
                element.push(number, Given::Item(draft))?;
            }
            (Open::Element(element), Some(Open::Set(..))) => {
                let (tag, offset) = (element.tag, element.offset);
                self.keep(element).map_err(|error| error.at(offset).in_path(&self.path_to(tag)))?;
            }
            (Open::Text(Place::Value(number), text), Some(Open::Element(element))) => {
                let given = if text.is_empty() { Given::Null } else { Given::Text(text) };
                element.push(number, given)?;
            }
            (Open::Text(Place::Inline, text), Some(Open::Element(element))) => {
                // Base64 may be broken into lines.
                let is_plain = !text.contains(|c: char| c.is_ascii_whitespace());
                element.inline =
                    Some(if is_plain { text } else { Cow::Owned(text.split_ascii_whitespace().collect()) });
            }
            (Open::Name(number, groups), Some(Open::Element(element))) => {
                let groups = groups.map(|parts| Cow::Owned(parts.join("^").trim_end_matches('^').to_owned()));
                element.push(number, Given::Name(groups))?;
            }
            (Open::Component(component, text), _) => {
                let place = match self.open.as_mut_slice() {
                    [.., Open::Name(_, groups), Open::Group(group)] => {
                        groups.get_mut(*group).and_then(|parts| parts.get_mut(component))
                    }
                    _ => None,
                };
                if let Some(place) = place {
                    *place = text;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts an element into its data set.
    fn keep(&mut self, element: Element<'_>) -> Result<()> {
        let Element { tag, vr, creator, offset, values, inline, uri } = element;
        if usize::from(!values.is_empty()) + usize::from(inline.is_some()) + usize::from(uri.is_some()) > 1 {
            return Err(wrong("an element has values, InlineBinary or BulkData (PS3.19 A.1.5)"));
        }
        let given = in_order(values)?;
        let (vr, change) = self.read.element(tag, vr, given, inline.as_deref())?;
        if tag.is_group_length() && creator.is_none() {
            return Ok(());
        }
        let is_meta = self.open.len() == 1 && tag.group() == 2;
        let Some(Open::Set(_, set)) = self.open.last_mut() else { return Ok(()) };
        let draft = if is_meta { &mut self.read.meta } else { set };
        let tag = match creator.filter(|_| tag.is_private()) {
            Some(creator) => {
                place(draft, tag, &creator).ok_or_else(|| wrong("no block is free for a private creator"))?
            }
            None => tag,
        };
        if tag.is_private_creator() && draft.changes.get(&tag).is_some_and(|before| is_same(before, &change))
        {
            return Ok(());
        }
        if draft.changes.insert(tag, change).is_some() {
            return Err(wrong("an element that was there already"));
        }
        if let Some(uri) = uri {
            self.read.elsewhere.push(Elsewhere { path: self.path_to(tag), vr, uri, offset });
        }
        Ok(())
    }

    fn path_to(&self, tag: Tag) -> Path {
        let mut path = self.path();
        path.0.push(Step { tag, item: None });
        path
    }

    /// Where the reader is.
    fn path(&self) -> Path {
        let mut steps: Vec<Step> = Vec::new();
        for open in &self.open {
            match open {
                Open::Element(element) => steps.push(Step { tag: element.tag, item: None }),
                Open::Set(..) => {
                    let before =
                        steps.len().checked_sub(1).and_then(|at| self.open.iter().filter_map(items).nth(at));
                    if let Some(step) = steps.last_mut() {
                        step.item = before;
                    }
                }
                _ => {}
            }
        }
        Path(steps)
    }
}

/// How many items an open element has.
fn items(open: &Open<'_>) -> Option<u32> {
    match open {
        Open::Element(element) => u32::try_from(element.values.len()).ok(),
        _ => None,
    }
}

impl<'t> Element<'t> {
    /// Adds a value; without a number it is the next one.
    fn push(&mut self, number: Option<u32>, given: Given<'t>) -> Result<()> {
        self.values.try_reserve(1).map_err(|_| no_memory())?;
        let next = self.values.last().map_or(1, |(last, _)| last.saturating_add(1));
        self.values.push((number.unwrap_or(next), given));
        Ok(())
    }
}

/// The values by their numbers; those between that are missing are empty.
fn in_order(mut values: Vec<(u32, Given<'_>)>) -> Result<Vec<Given<'_>>> {
    if values.windows(2).any(|pair| matches!(pair, [(one, _), (two, _)] if one >= two)) {
        values.sort_by_key(|(number, _)| *number);
    }
    let mut ordered = Vec::new();
    ordered.try_reserve_exact(values.len()).map_err(|_| no_memory())?;
    // No item can be left out.
    let are_items = values.iter().any(|(_, given)| matches!(given, Given::Item(_)));
    let most = values.len() + if are_items { 0 } else { GAPS };
    for (number, given) in values {
        let number = number as usize;
        if number <= ordered.len() || number > most {
            return Err(wrong("values whose numbers are no numbers of values"));
        }
        while ordered.len() + 1 < number {
            ordered.push(Given::Null);
        }
        ordered.push(given);
    }
    Ok(ordered)
}

fn attribute(start: &BytesStart<'_>, name: &'static str) -> Result<Option<String>> {
    let found = start.try_get_attribute(name).map_err(|_| wrong("XML that is not well formed"))?;
    let value =
        found.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned));
    value.transpose().map_err(|_| wrong("XML that is not well formed"))
}

fn number(start: &BytesStart<'_>) -> Result<Option<u32>> {
    let text = attribute(start, "number")?;
    let number = text.map(|text| text.trim().parse().ok().filter(|number| *number > 0));
    number.map(|number| number.ok_or_else(|| wrong("a number that is none"))).transpose()
}

fn element<'t>(start: &BytesStart<'_>, offset: u64) -> Result<Element<'t>> {
    let tag = match (attribute(start, "tag")?, attribute(start, "keyword")?) {
        (Some(tag), _) => {
            let is_tag = tag.len() == 8 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_tag.then(|| u32::from_str_radix(&tag, 16).ok().map(Tag)).flatten()
        }
        (None, Some(keyword)) => dictionary::by_keyword(&keyword),
        (None, None) => None,
    };
    let tag = tag.filter(|tag| !tag.is_delimiter());
    let tag = tag.ok_or_else(|| wrong("an element without a tag of eight hexadecimal digits"))?;
    let vr = attribute(start, "vr")?;
    let vr = vr.map(|vr| Vr::from_text(&vr).ok_or_else(|| wrong("a VR that there is not"))).transpose()?;
    let creator = attribute(start, "privateCreator")?.map(|creator| creator.trim().to_owned());
    Ok(Element { tag, vr, creator, offset, values: Vec::new(), inline: None, uri: None })
}
