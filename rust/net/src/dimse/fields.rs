//! Messages as plain pairs of keyword and value, for callers that know the dictionary's words and none of our types.
//!
//! There is no second list of what a message has: a command goes through its own bytes, and the dictionary (PS3.7 E.1) says how each value is
//! written.

use radiogram_core::{Error, ErrorKind, Result, Tag, Vr, dictionary};

use super::element::tag_bytes;
use super::set::{COMMAND_FIELD, DATA_SET_TYPE, GROUP_LENGTH, NO_DATA_SET, split};
use super::{Command, CommandField, Message};
use crate::text::trimmed;

/// Message ID (PS3.7 E.1).
const MESSAGE_ID: Tag = Tag(0x0000_0110);
/// Message ID Being Responded To.
const RESPONDED: Tag = Tag(0x0000_0120);
/// Affected and Requested SOP Class UID: what a request says of the one, its response says of the other.
const CLASSES: [Tag; 2] = [Tag(0x0000_0002), Tag(0x0000_0003)];
/// Affected and Requested SOP Instance UID.
const INSTANCES: [Tag; 2] = [Tag(0x0000_1000), Tag(0x0000_1001)];
/// Event Type ID and Action Type ID, which a response repeats.
const KINDS: [Tag; 2] = [Tag(0x0000_1002), Tag(0x0000_1008)];

/// The value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A number.
    Number(u16),
    /// A UID, a title, a comment.
    Text(String),
    /// Tags.
    Tags(Vec<Tag>),
}

impl Value {
    fn read(vr: Option<Vr>, bytes: &[u8]) -> Option<Self> {
        Some(match vr? {
            Vr::US => Self::Number(bytes.first_chunk().copied().map(u16::from_le_bytes)?),
            Vr::AT => {
                let (fours, _) = bytes.as_chunks();
                let half = |low, high| u16::from_le_bytes([low, high]);
                let tag = |&[g0, g1, e0, e1]: &[u8; 4]| Tag::new(half(g0, g1), half(e0, e1));
                Self::Tags(fours.iter().map(tag).collect())
            }
            _ => Self::Text(trimmed(bytes).iter().map(|&byte| char::from(byte)).collect()),
        })
    }

    /// The value's bytes, where it is of the kind that the VR has.
    fn bytes(&self, vr: Option<Vr>) -> Option<Vec<u8>> {
        Some(match (vr?, self) {
            (Vr::US, Self::Number(number)) => number.to_le_bytes().to_vec(),
            (Vr::AT, Self::Tags(tags)) => tag_bytes(tags),
            (Vr::US | Vr::AT, _) | (_, Self::Number(_) | Self::Tags(_)) => return None,
            // What is no Latin-1 cannot be sent; a comment says the rest without it.
            (Vr::LO, Self::Text(text)) => text.chars().map(|one| u8::try_from(one).unwrap_or(b'?')).collect(),
            (_, Self::Text(text)) => text.chars().map(|one| u8::try_from(one).ok()).collect::<Option<_>>()?,
        })
    }
}

impl Command {
    /// Every field by its keyword, in the order of the tags.
    pub fn fields(&self) -> Result<Vec<(&'static str, Value)>> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes)?;
        let (mut rest, mut fields) = (bytes.as_slice(), Vec::new());
        while let Some((tag, value, behind)) = split(rest) {
            rest = behind;
            if tag != GROUP_LENGTH
                && let Some(entry) = dictionary::by_tag(tag)
                && let Some(value) = Value::read(entry.vr, value)
            {
                fields.push((entry.keyword, value));
            }
        }
        Ok(fields)
    }

    /// The command that pairs of keyword and value say. What the fields of a response leave out is taken from the request that it answers; a
    /// request without a Message ID has the number 0. Fields that the message has no place for are passed over.
    ///
    /// # Errors
    ///
    /// `Argument` for a keyword that no command has, a value that its field cannot hold, and a field that is missing.
    pub fn of_fields(fields: &[(&str, Value)], has_data: bool, request: Option<&Message>) -> Result<Self> {
        let mut held: Vec<(Tag, Vec<u8>)> = Vec::new();
        for (keyword, value) in fields {
            let tag = dictionary::by_keyword(keyword).filter(|tag| tag.group() == 0 && *tag != GROUP_LENGTH);
            let tag = tag.ok_or_else(|| wrong(format!("no command has a field {keyword}")))?;
            let bytes = value.bytes(dictionary::vr_of(tag));
            let bytes =
                bytes.ok_or_else(|| wrong(format!("{keyword} of a command cannot hold such a value")))?;
            held.push((tag, bytes));
        }
        let kind = if has_data { 0_u16 } else { NO_DATA_SET };
        held.retain(|(tag, _)| *tag != DATA_SET_TYPE);
        held.push((DATA_SET_TYPE, kind.to_le_bytes().to_vec()));
        match request {
            Some(request) => complete(&mut held, request)?,
            None => fill(&mut held, MESSAGE_ID, || vec![0, 0]),
        }
        held.sort_by_key(|(tag, _)| *tag);
        let mut bytes = Vec::new();
        for (tag, value) in &held {
            bytes.extend_from_slice(&tag.group().to_le_bytes());
            bytes.extend_from_slice(&tag.element().to_le_bytes());
            bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(value);
        }
        Self::decode(&bytes).map_err(|unreadable| wrong(unreadable.fault.message.to_owned()))
    }
}

/// What a response repeats of its request (PS3.7 9.1, 10.1): the number, the class, the instance, the type.
fn complete(held: &mut Vec<(Tag, Vec<u8>)>, request: &Message) -> Result<()> {
    let mut asked = Vec::new();
    Command { message: request.clone(), has_data: false }.encode(&mut asked)?;
    let find = |sought: &[Tag]| {
        let mut rest = asked.as_slice();
        while let Some((tag, value, behind)) = split(rest) {
            if sought.contains(&tag) {
                return Some(value.to_vec());
            }
            rest = behind;
        }
        None
    };
    if let CommandField::Request(service) = request.field() {
        fill(held, COMMAND_FIELD, || CommandField::Response(service).code().to_le_bytes().to_vec());
    }
    fill(held, RESPONDED, || request.id().to_le_bytes().to_vec());
    let pairs = [
        (CLASSES[0], &CLASSES[..]),
        (INSTANCES[0], &INSTANCES),
        (KINDS[0], &KINDS[..1]),
        (KINDS[1], &KINDS[1..]),
    ];
    for (tag, sought) in pairs {
        if let Some(value) = find(sought) {
            fill(held, tag, || value);
        }
    }
    Ok(())
}

fn fill(held: &mut Vec<(Tag, Vec<u8>)>, tag: Tag, value: impl FnOnce() -> Vec<u8>) {
    if !held.iter().any(|(one, _)| *one == tag) {
        held.push((tag, value()));
    }
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uid;
    use crate::dimse::element::Priority;
    use crate::dimse::{Outcome, c_find, n_action, n_get};

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn a_command_goes_there_and_back() {
        let attributes = vec![Tag(0x0010_0010), Tag(0x0008_0060)];
        let request =
            n_get::Request { sop_class: Uid::new("1.2"), id: 7, sop_instance: Uid::new("1.2.3"), attributes };
        let command = Command { message: request.into(), has_data: false };
        let fields = command.fields().unwrap();
        let keywords: Vec<&str> = fields.iter().map(|(keyword, _)| *keyword).collect();
        assert_eq!(
            keywords,
            [
                "RequestedSOPClassUID",
                "CommandField",
                "MessageID",
                "CommandDataSetType",
                "RequestedSOPInstanceUID",
                "AttributeIdentifierList"
            ]
        );
        assert_eq!(Command::of_fields(&fields, false, None).unwrap(), command);
    }

    #[test]
    fn a_response_repeats_its_request() {
        let request: Message = n_action::Request {
            sop_class: Uid::new("1.2"),
            id: 9,
            sop_instance: Uid::new("1.2.3"),
            action_type: 3,
        }
        .into();
        let command = Command::of_fields(&[("Status", Value::Number(0))], true, Some(&request)).unwrap();
        let Message::NActionRsp(response) = command.message else { unreachable!("{command:?}") };
        assert_eq!((response.id, response.action_type), (9, Some(3)));
        assert_eq!(response.sop_instance, Some(Uid::new("1.2.3")));
        assert_eq!((response.sop_class, response.outcome), (Some(Uid::new("1.2")), Outcome::of(0)));
        assert!(command.has_data);
    }

    #[test]
    fn a_request_may_leave_its_number_out() {
        let fields = [("CommandField", Value::Number(0x20)), ("AffectedSOPClassUID", text("1.2"))];
        let command = Command::of_fields(&fields, true, None).unwrap();
        let expected = c_find::Request { sop_class: Uid::new("1.2"), id: 0, priority: Priority::Medium };
        assert_eq!(command, Command { message: expected.into(), has_data: true });
    }

    #[test]
    fn what_no_command_has_is_an_error() {
        let field = ("CommandField", Value::Number(0x20));
        for (keyword, value) in [
            ("PatientName", text("X")),
            ("Nonsense", text("X")),
            ("Status", text("0")),
            ("AffectedSOPClassUID", Value::Number(1)),
            ("AffectedSOPClassUID", text("1.\u{20AC}")),
            ("AffectedSOPClassUID", text("")),
        ] {
            let error = Command::of_fields(&[field.clone(), (keyword, value)], false, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Argument);
        }
        let unknown = [("CommandField", Value::Number(0x77)), ("AffectedSOPClassUID", text("1.2"))];
        assert!(Command::of_fields(&unknown, false, None).is_err());
    }
}
