//! The status of a response, and what a peer says about it (PS3.7 Annex C): offending elements, a comment, an error number, attributes.

use radiogram_core::{Result, Tag};

use super::Status;
use super::element::{Element, MISSING, tag_bytes};
use super::set::{CommandSet, SetWriter};
use crate::Fault;

const STATUS: Tag = Tag(0x0000_0900);
const OFFENDING: Tag = Tag(0x0000_0901);
const COMMENT: Tag = Tag(0x0000_0902);
const ERROR_ID: Tag = Tag(0x0000_0903);
const ATTRIBUTES: Tag = Tag(0x0000_1005);
/// Characters of an error comment, which is an LO (PS3.5 6.2).
const LONGEST: usize = 64;

/// How an operation ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// The status.
    pub status: Status,
    /// The elements in which an error was found.
    pub offending: Vec<Tag>,
    /// A description in the words of the peer, in one line.
    pub comment: Option<Comment>,
    /// An error number of the peer's own.
    pub error_id: Option<u16>,
    /// The attributes that the status is about (Attribute Identifier List): those of a list that were not taken, say (PS3.7 C).
    pub attributes: Vec<Tag>,
}

impl Outcome {
    /// A status alone.
    pub fn of(status: u16) -> Self {
        Self { status: Status(status), ..Self::default() }
    }

    /// A status with words of our own, which must not hold a value of a data set.
    pub fn with_comment(status: u16, comment: &str) -> Self {
        Self { comment: Some(Comment::new(comment)), ..Self::of(status) }
    }
}

/// A comment: one line without control characters, no more than 64 characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment(String);

impl Comment {
    /// What does not belong into one is a space, what is too much is cut.
    pub fn new(text: &str) -> Self {
        let one = |character: char| {
            let fits = u8::try_from(character).is_ok() && !character.is_control() && character != '\\';
            if fits { character } else { ' ' }
        };
        Self(text.chars().take(LONGEST).map(one).collect::<String>().trim_end().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Element for Comment {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        let bytes = set.find(tag).ok_or(MISSING)?;
        let comment =
            Self::new(&bytes.iter().take(LONGEST).map(|&byte| char::from(byte)).collect::<String>());
        if comment.0.is_empty() { Err(MISSING) } else { Ok(comment) }
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        let bytes: Vec<u8> =
            self.0.chars().map(|character| u8::try_from(character).unwrap_or(b' ')).collect();
        out.put(tag, &bytes, b' ')
    }
}

/// Five elements, of which the first names the field.
impl Element for Outcome {
    fn read(set: &CommandSet<'_>, _: Tag) -> std::result::Result<Self, Fault> {
        Ok(Self {
            status: Status(u16::read(set, STATUS)?),
            offending: Element::read(set, OFFENDING)?,
            comment: Element::read(set, COMMENT)?,
            error_id: Element::read(set, ERROR_ID)?,
            attributes: Element::read(set, ATTRIBUTES)?,
        })
    }

    fn write(&self, _: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        self.status.0.write(STATUS, out)?;
        self.offending.write(OFFENDING, out)?;
        self.comment.write(COMMENT, out)?;
        self.error_id.write(ERROR_ID, out)?;
        // Behind the instance and the type of an event, and in front of the type of an action.
        if self.attributes.is_empty() {
            Ok(())
        } else {
            out.put_later(ATTRIBUTES, tag_bytes(&self.attributes))
        }
    }
}
