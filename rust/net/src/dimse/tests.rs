//! Every message against the standard's tables, there and back; fragments of messages in every order that is right, and in those that are not.

use radiogram_core::{Tag, dictionary};

use super::message::all_tags;
use super::set::{COMMAND_FIELD, DATA_SET_TYPE, GROUP_LENGTH, SetWriter, split};
use super::*;
use crate::{Fragment, Limits, Uid};

const FACTS: &str = include_str!("../../../../standard/messages.tsv");

fn facts() -> Vec<(&'static str, u16, Tag)> {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let (name, code, tag) = (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
        (name, u16::from_str_radix(code, 16).unwrap(), Tag(u32::from_str_radix(tag, 16).unwrap()))
    };
    FACTS.lines().skip(2).map(row).collect()
}

#[test]
fn every_message_has_the_fields_of_its_table() {
    let rest = [GROUP_LENGTH, COMMAND_FIELD, DATA_SET_TYPE];
    let messages = all_tags();
    assert_eq!(messages.len(), 23);
    for (field, tags) in messages {
        let said: Vec<Tag> =
            facts().into_iter().filter(|(_, code, _)| *code == field.code()).map(|(_, _, tag)| tag).collect();
        assert!(!said.is_empty());
        let mut expected: Vec<Tag> = said.into_iter().filter(|tag| !rest.contains(tag)).collect();
        expected.sort_unstable();
        assert_eq!(tags, expected, "{}", field.name());
        let names = facts().into_iter().filter(|(name, ..)| *name == field.name()).count();
        assert_eq!(names, expected.len() + 3, "{}", field.name());
    }
}

/// A command with a value for each of its fields, and for what is said about a status.
fn full(field: CommandField, tags: &[Tag], has_data: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = SetWriter::new(&mut out, field, has_data);
    for &tag in tags {
        match format!("{:?}", dictionary::vr_of(tag).unwrap()).as_str() {
            "US" => writer.put(tag, &0x0102_u16.to_le_bytes(), 0),
            "UI" => writer.put(tag, b"1.2.840.10008.1.1", 0),
            "AE" => writer.put(tag, b"SOMEBODY", b' '),
            "AT" => writer.put(tag, &[0x10, 0, 0x20, 0, 0x10, 0, 0x30, 0], 0),
            other => panic!("{other}"),
        }
        .unwrap();
        if tag == Tag(0x0000_0900) {
            writer.put(Tag(0x0000_0901), &[8, 0, 0x18, 0], 0).unwrap();
            writer.put(Tag(0x0000_0902), b"why", b' ').unwrap();
            writer.put(Tag(0x0000_0903), &[7, 0], 0).unwrap();
            writer.put_later(Tag(0x0000_1005), vec![0x10, 0, 0x20, 0]).unwrap();
        }
    }
    writer.finish();
    out
}

#[test]
fn every_message_goes_there_and_back() {
    for (field, tags) in all_tags() {
        for has_data in [false, true] {
            let mut bytes = full(field, tags, has_data);
            // A priority is one of three.
            if let Some(at) = bytes.windows(8).position(|head| head == [0, 0, 0, 7, 2, 0, 0, 0]) {
                bytes[at + 8..at + 10].copy_from_slice(&[2, 0]);
            }
            let command = Command::decode(&bytes).unwrap();
            assert_eq!(
                (command.message.field(), command.message.id(), command.has_data),
                (field, 0x0102, has_data)
            );
            let mut again = Vec::new();
            command.encode(&mut again).unwrap();
            assert_eq!(again, bytes, "{}", field.name());
            let (mut rest, mut last) = (again.as_slice(), Tag(0));
            while let Some((tag, _, behind)) = split(rest) {
                assert!(rest.len() == again.len() || tag > last, "{}: {tag:?} behind {last:?}", field.name());
                (rest, last) = (behind, tag);
            }
        }
    }
}

#[test]
fn only_what_is_mandatory_is_missed() {
    for (field, tags) in all_tags() {
        for &left_out in tags {
            let rest: Vec<Tag> = tags.iter().copied().filter(|tag| *tag != left_out).collect();
            let found = Command::decode(&full(field, &rest, false));
            match found {
                Ok(command) => assert_ne!(command.message.field(), CommandField::Cancel),
                Err(unreadable) => {
                    let id = rest.contains(&Tag(0x0000_0110)).then_some(0x0102);
                    assert_eq!(
                        (unreadable.code, unreadable.id, unreadable.status()),
                        (Some(field.code()), id, 0x0212)
                    );
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_says_how_to_answer() {
    let mut odd = full(CommandField::Cancel, &[Tag(0x0000_0110)], true);
    let at = odd.windows(2).position(|two| two == [0xFF, 0x0F]).unwrap();
    odd[at..at + 2].copy_from_slice(&[0x77, 0x77]);
    let unreadable = Command::decode(&odd).unwrap_err();
    assert_eq!((unreadable.code, unreadable.id, unreadable.has_data), (Some(0x7777), Some(0x0102), true));
    assert_eq!(unreadable.status(), 0x0211);
    for length in 1..odd.len() {
        assert!(Command::decode(&odd[..length]).is_err(), "{length}");
    }
    assert_eq!(Command::decode(&[]).unwrap_err().code, None);
}

fn echo() -> Command {
    let message = c_echo::Request { sop_class: Uid::new("1.2.840.10008.1.1"), id: 7 }.into();
    Command { message, has_data: false }
}

fn piece(context: u8, is_command: bool, is_last: bool, bytes: &[u8]) -> Fragment<'_> {
    Fragment { context, is_command, is_last, bytes }
}

#[test]
fn a_message_comes_in_pieces_of_any_size() {
    let mut bytes = Vec::new();
    Command { has_data: true, ..echo() }.encode(&mut bytes).unwrap();
    for room in [1, 2, 7, 1000] {
        let mut assembler = Assembler::new(Limits::DEFAULT);
        let mut found = None;
        for (head, content) in Pieces::new(5, true, true, &bytes, room) {
            assert!(content.len() <= room as usize);
            match assembler.take(piece(head.context, head.is_command, head.is_last, content)).unwrap() {
                Part::Pending => assert!(!head.is_last),
                part => found = Some(part),
            }
        }
        let Some(Part::Command(5, command)) = found else { panic!("{found:?}") };
        assert_eq!(*command, Command { has_data: true, ..echo() });
        assert!(!assembler.is_between());
        let data = [9; 100];
        let parts: Vec<(usize, bool)> = Pieces::new(5, false, true, &data, 64)
            .map(|(head, content)| {
                let part = assembler.take(piece(5, false, head.is_last, content)).unwrap();
                let Part::Data { bytes, is_last } = part else { panic!("{part:?}") };
                (bytes.len(), is_last)
            })
            .collect();
        assert_eq!(parts, [(64, false), (36, true)]);
        assert!(assembler.is_between());
    }
}

#[test]
fn an_empty_end_is_a_piece_and_an_empty_middle_is_none() {
    assert_eq!(Pieces::new(1, false, true, &[], 10).count(), 1);
    assert_eq!(Pieces::new(1, false, false, &[], 10).count(), 0);
    let last: Vec<bool> = Pieces::new(1, false, false, &[0; 30], 10).map(|(head, _)| head.is_last).collect();
    assert_eq!(last, [false; 3]);
}

#[test]
fn messages_are_not_mixed() {
    let mut bytes = Vec::new();
    Command { has_data: true, ..echo() }.encode(&mut bytes).unwrap();
    let begun = |pieces: &[Fragment<'_>]| {
        let mut assembler = Assembler::new(Limits::DEFAULT);
        pieces.iter().map(|piece| assembler.take(*piece).is_ok()).collect::<Vec<bool>>()
    };
    let whole = piece(1, true, true, &bytes);
    assert_eq!(begun(&[piece(3, false, true, b"data")]), [false]);
    assert_eq!(begun(&[piece(1, true, false, &bytes[..20]), piece(3, true, false, b"x")]), [true, false]);
    assert_eq!(begun(&[piece(1, true, false, &bytes[..20]), piece(1, false, false, b"x")]), [true, false]);
    assert_eq!(begun(&[whole, piece(3, false, true, b"x")]), [true, false]);
    assert_eq!(begun(&[whole, whole]), [true, false]);
    assert_eq!(begun(&[whole, piece(1, false, true, b"x"), whole]), [true, true, true]);
}

#[test]
fn a_command_without_an_end_has_one() {
    let mut assembler = Assembler::new(Limits { command: 100, ..Limits::DEFAULT });
    assert_eq!(assembler.take(piece(1, true, false, &[0; 100])), Ok(Part::Pending));
    assert!(assembler.take(piece(1, true, false, &[0])).is_err());
    let mut assembler = Assembler::new(Limits { command: 100, ..Limits::DEFAULT });
    assert!(assembler.take(piece(1, true, true, &[0; 101])).is_err());
}

#[test]
fn a_comment_is_one_short_line() {
    let comment = outcome::Comment::new(&format!("a\r\nb\u{20AC}\\{}", "x".repeat(100)));
    assert_eq!(comment.as_str(), format!("a  b  {}", "x".repeat(58)));
}

#[test]
fn every_request_can_be_answered() {
    for (field, _) in all_tags() {
        let answer = Message::failure(field, 9, Outcome::of(0x0211));
        match field {
            CommandField::Request(service) => {
                let answer = answer.unwrap();
                assert_eq!((answer.field(), answer.id()), (CommandField::Response(service), 9));
                assert_eq!(answer.outcome(), Some(&Outcome::of(0x0211)));
            }
            _ => assert_eq!(answer, None),
        }
    }
}
