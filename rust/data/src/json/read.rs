//! From JSON to a draft. Iterative: what is open lies on a stack. Names and members may come in any order.

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Limits, Path, Result, Step, Tag, Vr};

use super::lexer::{Kind, Lexer};
use crate::Draft;
use crate::said::{Elsewhere, Given, Read};

/// Reads one JSON object, behind which nothing but white space stands.
///
/// # Errors
///
/// `MalformedError` with the offset where the text is no JSON or not of this model, `InvalidValueError` for a value that its VR does not have,
/// `LimitError` where it nests too deep.
pub fn read(text: &str, limits: &Limits) -> Result<Read> {
    let mut lexer = Lexer::new(text);
    lexer.require(b'{', "JSON: a data set is an object")?;
    let mut reader = Reader { lexer, sets: vec![Set::default()], depth: limits.depth, read: Read::default() };
    reader.run()?;
    if !reader.lexer.is_done() {
        return Err(reader.lexer.wrong("JSON: more than one data set"));
    }
    Ok(reader.read)
}

/// A data set that is being read.
#[derive(Default)]
struct Set<'t> {
    draft: Draft,
    is_begun: bool,
    element: Option<Element<'t>>,
}

/// An element that is being read.
struct Element<'t> {
    tag: Tag,
    offset: u64,
    vr: Option<Vr>,
    values: Option<Vec<Given<'t>>>,
    inline: Option<Cow<'t, str>>,
    uri: Option<Cow<'t, str>>,
    is_begun: bool,
    /// Its array of values is open.
    in_values: bool,
}

struct Reader<'t> {
    lexer: Lexer<'t>,
    sets: Vec<Set<'t>>,
    depth: u32,
    read: Read,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<()> {
        while let Some(set) = self.sets.last_mut() {
            let done = match &set.element {
                None => self.name(),
                Some(element) if element.in_values => self.item(),
                Some(_) => self.member(),
            };
            done.map_err(|error| error.in_path(&self.path()))?;
        }
        Ok(())
    }

    /// The next element of the innermost data set, or its end.
    fn name(&mut self) -> Result<()> {
        let Some(set) = self.sets.last_mut() else { return Ok(()) };
        if self.lexer.takes(b'}') {
            return self.end_set();
        }
        if std::mem::replace(&mut set.is_begun, true) {
            self.lexer.require(b',', "JSON: a comma or the end of a data set is missing")?;
        }
        self.lexer.kind()?;
        let offset = self.lexer.at();
        let name = self.lexer.string()?;
        self.begin(&name, offset)
    }

    /// Begins the element of this name.
    fn begin(&mut self, name: &str, offset: u64) -> Result<()> {
        let tag = tag_of(name).ok_or_else(|| {
            Error::new(ErrorKind::Malformed, "JSON: a name that is no tag of eight hexadecimal digits")
                .at(offset)
        })?;
        self.lexer.require(b':', "JSON: a colon is missing")?;
        self.lexer.require(b'{', "JSON: an element is an object")?;
        if let Some(set) = self.sets.last_mut() {
            set.element = Some(Element {
                tag,
                offset,
                vr: None,
                values: None,
                inline: None,
                uri: None,
                is_begun: false,
                in_values: false,
            });
        }
        Ok(())
    }

    /// The next member of the innermost element, or its end.
    fn member(&mut self) -> Result<()> {
        let Some(element) = self.sets.last_mut().and_then(|set| set.element.as_mut()) else { return Ok(()) };
        if self.lexer.takes(b'}') {
            return self.end_element();
        }
        if std::mem::replace(&mut element.is_begun, true) {
            self.lexer.require(b',', "JSON: a comma or the end of an element is missing")?;
        }
        self.lexer.kind()?;
        let name = self.lexer.string()?;
        self.lexer.require(b':', "JSON: a colon is missing")?;
        match &*name {
            "vr" => {
                self.lexer.kind()?;
                let at = self.lexer.at();
                let vr = self.lexer.string()?;
                let wrong = || Error::new(ErrorKind::Malformed, "JSON: a VR that there is not").at(at);
                element.vr = Some(Vr::from_text(&vr).ok_or_else(wrong)?);
            }
            "Value" => {
                if self.lexer.kind()? == Kind::Null {
                    return self.lexer.null();
                }
                self.lexer.require(b'[', "JSON: values are an array")?;
                element.values = Some(Vec::new());
                element.in_values = true;
            }
            "InlineBinary" => element.inline = Some(self.lexer.string()?),
            "BulkDataURI" => element.uri = Some(self.lexer.string()?),
            _ => return Err(self.lexer.wrong("JSON: a member that an element does not have")),
        }
        Ok(())
    }

    /// The next value of the innermost element, or the end of its array.
    fn item(&mut self) -> Result<()> {
        let Some(element) = self.sets.last_mut().and_then(|set| set.element.as_mut()) else { return Ok(()) };
        if self.lexer.takes(b']') {
            element.in_values = false;
            return Ok(());
        }
        let Some(values) = &mut element.values else { return Ok(()) };
        if !values.is_empty() {
            self.lexer.require(b',', "JSON: a comma or the end of the values is missing")?;
        }
        let given = match self.lexer.kind()? {
            Kind::Null => {
                self.lexer.null()?;
                Given::Null
            }
            Kind::Text => Given::Text(self.lexer.string()?),
            Kind::Number => Given::Number(self.lexer.number()?),
            Kind::Object => {
                self.lexer.require(b'{', "")?;
                if self.lexer.takes(b'}') {
                    Given::Object
                } else {
                    return self.object();
                }
            }
            Kind::Array | Kind::Bool => {
                return Err(self.lexer.wrong("JSON: a value of a kind that no VR has"));
            }
        };
        values.try_reserve(1).map_err(|_| crate::bulk::no_memory())?;
        values.push(given);
        Ok(())
    }

    /// An object among values: an item, or the groups of a person's name.
    fn object(&mut self) -> Result<()> {
        self.lexer.kind()?;
        let offset = self.lexer.at();
        let name = self.lexer.string()?;
        let Some(group) = group_of(&name) else {
            if self.sets.len() > self.depth as usize {
                return Err(Error::new(ErrorKind::Limit, "sequences nest too deep").at(offset));
            }
            self.sets.push(Set { is_begun: true, ..Set::default() });
            return self.begin(&name, offset);
        };
        let mut groups = [const { Cow::Borrowed("") }; 3];
        let mut next = group;
        loop {
            self.lexer.require(b':', "JSON: a colon is missing")?;
            if self.lexer.kind()? == Kind::Null {
                self.lexer.null()?;
            } else if let Some(place) = groups.get_mut(next) {
                *place = self.lexer.string()?;
            }
            if self.lexer.takes(b'}') {
                break;
            }
            self.lexer.require(b',', "JSON: a comma or the end of a name is missing")?;
            self.lexer.kind()?;
            next = group_of(&self.lexer.string()?)
                .ok_or_else(|| self.lexer.wrong("JSON: a component group that there is not"))?;
        }
        let values = self.sets.last_mut().and_then(|set| set.element.as_mut()?.values.as_mut());
        if let Some(values) = values {
            values.push(Given::Name(groups));
        }
        Ok(())
    }

    /// The innermost element is complete.
    fn end_element(&mut self) -> Result<()> {
        let Some(element) = self.sets.last_mut().and_then(|set| set.element.take()) else { return Ok(()) };
        let (tag, offset) = (element.tag, element.offset);
        let done = self.keep(element);
        done.map_err(|error| error.at(offset).in_path(&self.path_to(tag)))
    }

    /// Puts an element into its data set.
    fn keep(&mut self, element: Element<'_>) -> Result<()> {
        let Element { tag, offset, vr, values, inline, uri, .. } = element;
        if usize::from(values.is_some()) + usize::from(inline.is_some()) + usize::from(uri.is_some()) > 1 {
            let message = "JSON: an element has one of Value, InlineBinary and BulkDataURI (PS3.18 F.2.2)";
            return Err(Error::new(ErrorKind::Malformed, message));
        }
        let (vr, change) = self.read.element(tag, vr, values.unwrap_or_default(), inline.as_deref())?;
        // PS3.18 F.2.2: group lengths are no part of the model; they are made when it is written.
        if tag.is_group_length() {
            return Ok(());
        }
        if let Some(uri) = uri {
            let elsewhere = Elsewhere { path: self.path_to(tag), vr, uri: uri.into_owned(), offset };
            self.read.elsewhere.push(elsewhere);
        }
        let is_meta = self.sets.len() == 1 && tag.group() == 2;
        let Some(set) = self.sets.last_mut() else { return Ok(()) };
        let draft = if is_meta { &mut self.read.meta } else { &mut set.draft };
        if draft.changes.insert(tag, change).is_some() {
            return Err(Error::new(ErrorKind::Malformed, "JSON: an element that was there already"));
        }
        Ok(())
    }

    /// The innermost data set is complete.
    fn end_set(&mut self) -> Result<()> {
        let Some(set) = self.sets.pop() else { return Ok(()) };
        match self.sets.last_mut() {
            None => self.read.data_set = set.draft,
            Some(around) => {
                if let Some(values) = around.element.as_mut().and_then(|element| element.values.as_mut()) {
                    values.try_reserve(1).map_err(|_| crate::bulk::no_memory())?;
                    values.push(Given::Item(set.draft));
                }
            }
        }
        Ok(())
    }

    /// The path to an element of the innermost data set.
    fn path_to(&self, tag: Tag) -> Path {
        let mut path = self.path();
        path.0.push(Step { tag, item: None });
        path
    }

    /// Where the reader is.
    fn path(&self) -> Path {
        let step = |set: &Set<'_>| {
            let element = set.element.as_ref()?;
            let item = element.values.as_ref().filter(|_| element.in_values);
            Some(Step { tag: element.tag, item: item.and_then(|items| u32::try_from(items.len()).ok()) })
        };
        Path(self.sets.iter().filter_map(step).collect())
    }
}

/// PS3.18 F.2.2: eight hexadecimal digits.
fn tag_of(name: &str) -> Option<Tag> {
    let is_tag = name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_tag.then(|| u32::from_str_radix(name, 16).ok().map(Tag))?.filter(|tag| !tag.is_delimiter())
}

fn group_of(name: &str) -> Option<usize> {
    ["Alphabetic", "Ideographic", "Phonetic"].iter().position(|group| *group == name)
}
