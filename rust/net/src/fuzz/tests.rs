//! The targets, run by the stable mutator.

use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

use super::*;
use crate::dimse::{Command, c_echo};
use crate::item::{
    CommonExtended, ContextAnswer, ContextResult, Extended, IdentityAc, IdentityKind, IdentityRq,
    OperationsWindow, ProposedContext, RoleSelection, UserInformation,
};
use crate::pdu::{AssociateAc, AssociateRq, DataHead, HEAD};
use crate::{AeTitle, Uid};

/// Items, heads and lengths that the mutator puts together.
const PIECES: [&[u8]; 16] = [
    b"\x10\0\0\x151.2.840.10008.3.1.1.1",
    b"\x20\0\0\x04\x01\0\0\0",
    b"\x30\0\0\x111.2.840.10008.1.1",
    b"\x40\0\0\x111.2.840.10008.1.2",
    b"\x50\0\0\x08\x51\0\0\x04\0\0\x40\0",
    b"\x54\0\0\x07\0\x031.2\x01\x01",
    b"\x58\0\0\x08\x02\x01\0\x01A\0\x01B",
    b"\x59\0\0\x02\0\0",
    b"\xFF\xFF\xFF\xFF",
    b"\0\0\0\0",
    b"\x04\0\0\0\0\x06\0\0\0\x02\x01\x03",
    b"\x05\0\0\0\0\x04\0\0\0\0",
    b"\x06\0\0\0\0\x04\0\0\0\0",
    b"\x07\0\0\0\0\x04\0\0\x02\x01",
    b"\0\0\0\x01\x02\0\0\0",
    b"\0\0\x10\x01\x02\0\0\0\x07\0",
];

fn user() -> UserInformation {
    let class = Uid::new("1.2.840.10008.5.1.4.1.1.2");
    let related = vec![Uid::new("1.2"), Uid::new("1.3")];
    UserInformation {
        maximum_length: Some(0),
        implementation_class: Uid::new("1.2.3.4"),
        implementation_version: Some(AeTitle::new("PEER 1.0").unwrap()),
        window: Some(OperationsWindow { invoked: 3, performed: 0 }),
        roles: vec![RoleSelection { sop_class: class.clone(), scu: true, scp: false }],
        extended: vec![Extended { sop_class: class.clone(), information: vec![1, 0, 1] }],
        common_extended: vec![CommonExtended {
            service_class: Uid::new("1.2.840.10008.4.2"),
            sop_class: class,
            related,
        }],
        identity: Some(IdentityRq {
            kind: IdentityKind::UsernameAndPasscode,
            wants_response: true,
            primary: b"name".to_vec(),
            secondary: b"code".to_vec(),
        }),
        identity_answer: Some(IdentityAc { response: b"yes".to_vec() }),
    }
}

fn request() -> AssociateRq {
    let mut request = AssociateRq::new(AeTitle::new("ME").unwrap(), AeTitle::new("YOU").unwrap());
    request.contexts = (0..3)
        .map(|number| ProposedContext {
            id: 2 * number + 1,
            abstract_syntax: Uid::new("1.2.840.10008.1.1"),
            transfer_syntaxes: vec![Uid::new("1.2.840.10008.1.2"), Uid::new("1.2.840.10008.1.2.1")],
        })
        .collect();
    request.user = user();
    request
}

fn answer() -> AssociateAc {
    let mut answer = AssociateAc::to(&request());
    let transfer_syntax = Uid::new("1.2.840.10008.1.2");
    answer.contexts = vec![
        ContextAnswer { id: 1, result: ContextResult::Accepted, transfer_syntax: transfer_syntax.clone() },
        ContextAnswer { id: 3, result: ContextResult::AbstractSyntax, transfer_syntax },
    ];
    answer.user = user();
    answer
}

fn command() -> Vec<u8> {
    let message = c_echo::Request { sop_class: Uid::new("1.2.840.10008.1.1"), id: 1 }.into();
    let mut out = Vec::new();
    Command { message, has_data: false }.encode(&mut out).unwrap();
    out
}

fn data(content: &[u8], is_command: bool) -> Vec<u8> {
    let length = content.len().try_into().unwrap();
    let head = DataHead { context: 1, is_command, is_last: true, length };
    [&head.encode()[..], content].concat()
}

fn run(target: fn(&[u8]), seed: &[u8], usual: usize) {
    let mut random = Random(20_270_101);
    target(seed);
    for _ in rounds(usual) {
        let mut bytes = seed.to_vec();
        mutate(&mut random, &mut bytes, &PIECES);
        target(&bytes);
    }
}

fn encoded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

#[test]
fn requests_and_answers_go_there_and_back() {
    let pdu = encoded(|out| request().encode(out).unwrap());
    assert_eq!(AssociateRq::decode(&pdu[HEAD..]), Ok(request()));
    let pdu = encoded(|out| answer().encode(out).unwrap());
    assert_eq!(AssociateAc::decode(&pdu[HEAD..]), Ok(answer()));
}

#[test]
fn fuzz_requests() {
    run(fuzz_associate_rq, &encoded(|out| request().encode(out).unwrap())[HEAD..], 40_000);
}

#[test]
fn fuzz_answers() {
    run(fuzz_associate_ac, &encoded(|out| answer().encode(out).unwrap())[HEAD..], 40_000);
}

#[test]
fn fuzz_rejections_and_aborts() {
    run(fuzz_associate_rj, &[0, 1, 2, 1], 20_000);
    run(fuzz_abort, &[0, 0, 2, 6], 20_000);
}

#[test]
fn fuzz_data_and_releases() {
    let stream = [
        vec![7],
        encoded(|out| request().encode(out).unwrap()),
        data(&command(), true),
        data(&[1; 99], false),
    ];
    run(fuzz_data_tf, &stream.concat(), 10_000);
    run(fuzz_release, &data(&command(), true), 5_000);
    fuzz_release(&[]);
}

#[test]
fn fuzz_commands() {
    run(fuzz_command, &command(), 60_000);
}

#[test]
fn fuzz_associations() {
    let begin = |choice: u8, first: Vec<u8>| {
        let end = b"\x05\0\0\0\0\x04\0\0\0\0".to_vec();
        [vec![choice], first, data(&command(), true), data(&command(), true), end].concat()
    };
    run(fuzz_association, &begin(60, encoded(|out| request().encode(out).unwrap())), 10_000);
    run(fuzz_association, &begin(61, encoded(|out| answer().encode(out).unwrap())), 10_000);
}
