//! Associations from the first byte to the last, both sides talking to each other and to peers that do it wrong.

use super::*;
use crate::item::UserInformation;
use crate::pdu::{AbortSource, RejectReason};
use crate::{AbortReason, AeTitle};

fn request() -> AssociateRq {
    let title = |text| AeTitle::new(text).unwrap();
    let mut request = AssociateRq::new(title("ME"), title("YOU"));
    request.user = UserInformation { maximum_length: Some(16_384), ..UserInformation::default() };
    request
}

fn said(side: &mut Association, bytes: &[u8]) -> Vec<String> {
    let mut input = bytes;
    let mut found = Vec::new();
    while let Some(indication) = side.receive(&mut input) {
        let text = format!("{indication:?}");
        found.push(text.split(['(', ' ']).next().unwrap_or_default().to_owned());
    }
    assert!(input.is_empty());
    found
}

/// What one side has to say goes to the other.
fn pass(from: &mut Association, to: &mut Association) -> Vec<String> {
    let bytes = std::mem::take(from.output());
    said(to, &bytes)
}

fn established() -> (Association, Association) {
    let mut requestor = Association::requestor(request(), Limits::DEFAULT);
    let mut acceptor = Association::acceptor(Limits::DEFAULT);
    assert_eq!((acceptor.state(), acceptor.artim()), (State::Sta2, Artim::Running(1)));
    requestor.connected().unwrap();
    assert_eq!(pass(&mut requestor, &mut acceptor), ["Requested"]);
    assert_eq!((acceptor.state(), acceptor.artim()), (State::Sta3, Artim::Stopped));
    acceptor.accept(&AssociateAc::to(&request())).unwrap();
    assert_eq!(pass(&mut acceptor, &mut requestor), ["Accepted"]);
    assert!(requestor.may_send() && acceptor.may_send());
    (requestor, acceptor)
}

const HEAD: DataHead = DataHead { context: 1, is_command: true, is_last: true, length: 4 };

#[test]
fn an_association_in_order() {
    let (mut requestor, mut acceptor) = established();
    requestor.send(HEAD, b"1234").unwrap();
    assert_eq!(pass(&mut requestor, &mut acceptor), ["Data"]);
    requestor.release().unwrap();
    assert!(!requestor.may_send());
    assert_eq!(pass(&mut requestor, &mut acceptor), ["ReleaseRequested"]);
    acceptor.send(HEAD, b"1234").unwrap();
    assert_eq!(pass(&mut acceptor, &mut requestor), ["Data"], "an answer that was on its way");
    acceptor.answer_release().unwrap();
    assert_eq!((acceptor.state(), acceptor.artim()), (State::Sta13, Artim::Running(2)));
    assert_eq!(pass(&mut acceptor, &mut requestor), ["Released"]);
    assert!(requestor.is_over() && !acceptor.is_over());
    assert_eq!(acceptor.closed(), None);
    assert!(acceptor.is_over());
}

#[test]
fn both_sides_release_at_once() {
    let (mut requestor, mut acceptor) = established();
    requestor.release().unwrap();
    acceptor.release().unwrap();
    assert_eq!(pass(&mut requestor, &mut acceptor), ["ReleaseRequested"]);
    assert_eq!(pass(&mut acceptor, &mut requestor), ["ReleaseRequested"]);
    assert_eq!((requestor.state(), acceptor.state()), (State::Sta9, State::Sta10));
    assert!(acceptor.answer_release().is_err(), "the requestor answers first");
    requestor.answer_release().unwrap();
    assert_eq!(pass(&mut requestor, &mut acceptor), ["Released"]);
    assert_eq!((requestor.state(), acceptor.state()), (State::Sta11, State::Sta12));
    acceptor.answer_release().unwrap();
    assert_eq!(pass(&mut acceptor, &mut requestor), ["Released"]);
    assert!(requestor.is_over());
}

#[test]
fn a_rejection_and_a_refusal() {
    for is_refused in [false, true] {
        let mut requestor = Association::requestor(request(), Limits::DEFAULT);
        let mut acceptor = Association::acceptor(Limits::DEFAULT);
        requestor.connected().unwrap();
        let why = AssociateRj::transient(RejectReason::LocalLimit);
        if is_refused {
            acceptor.refuse(why);
            assert!(pass(&mut requestor, &mut acceptor).is_empty(), "the user is not asked");
        } else {
            assert_eq!(pass(&mut requestor, &mut acceptor), ["Requested"]);
            acceptor.reject(why).unwrap();
        }
        assert_eq!(acceptor.state(), State::Sta13);
        assert_eq!(pass(&mut acceptor, &mut requestor), ["Rejected"]);
        assert!(requestor.is_over());
        acceptor.artim_expired();
        assert!(acceptor.is_over());
    }
}

#[test]
fn what_may_not_come_ends_the_association() {
    let rp = b"\x06\0\0\0\0\x04\0\0\0\0";
    let (_, mut acceptor) = established();
    assert_eq!(said(&mut acceptor, rp), ["Failed"]);
    assert_eq!(acceptor.output().as_slice(), [7, 0, 0, 0, 0, 4, 0, 0, 2, 2]);
    assert_eq!((acceptor.state(), acceptor.is_over()), (State::Sta13, false));
    acceptor.output().clear();
    assert!(said(&mut acceptor, rp).is_empty(), "AA-6: passed over");
    assert!(acceptor.output().is_empty());
    let mut fresh = Association::acceptor(Limits::DEFAULT);
    assert!(said(&mut fresh, rp).is_empty(), "AA-1: the user hears of nothing");
    assert_eq!(fresh.output().as_slice(), [7, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    assert_eq!(fresh.artim(), Artim::Running(2));
}

#[test]
fn nonsense_ends_the_association_with_its_reason() {
    let (_, mut acceptor) = established();
    let mut input = &b"GET / HTTP/1.1\r\n"[..];
    let Some(Indication::Failed(fault)) = acceptor.receive(&mut input) else { panic!("nothing failed") };
    assert_eq!(fault.reason, AbortReason::UnrecognizedPdu);
    assert_eq!(acceptor.output().as_slice(), [7, 0, 0, 0, 0, 4, 0, 0, 2, 1]);
    assert!(said(&mut acceptor, b"more of it").is_empty());
}

#[test]
fn aborts_and_lost_connections_are_told() {
    let (mut requestor, mut acceptor) = established();
    requestor.abort();
    let bytes = std::mem::take(requestor.output());
    let mut input = bytes.as_slice();
    let Some(Indication::Aborted(abort)) = acceptor.receive(&mut input) else { panic!("no abort") };
    assert_eq!(abort.source, AbortSource::User);
    assert!(acceptor.is_over());
    let (mut requestor, _) = established();
    assert_eq!(requestor.closed(), Some(Indication::Lost));
    assert_eq!(requestor.closed(), None);
    let mut early = Association::acceptor(Limits::DEFAULT);
    assert_eq!(early.closed(), None, "AA-5");
    let mut early = Association::acceptor(Limits::DEFAULT);
    early.abort();
    assert!(early.is_over());
}

#[test]
fn commands_that_are_not_possible_change_nothing() {
    let mut acceptor = Association::acceptor(Limits::DEFAULT);
    assert!(acceptor.release().is_err() && acceptor.answer_release().is_err());
    assert!(acceptor.accept(&AssociateAc::to(&request())).is_err() && acceptor.send(HEAD, b"1234").is_err());
    assert!(acceptor.reject(AssociateRj::permanent(RejectReason::User)).is_err());
    assert!(acceptor.connected().is_err());
    assert_eq!((acceptor.state(), acceptor.output().len()), (State::Sta2, 0));
}

#[test]
fn every_event_of_the_network_is_met_in_every_state_that_a_peer_can_bring_about() {
    let units: [&[u8]; 8] = [
        &{
            let mut bytes = Vec::new();
            request().encode(&mut bytes).unwrap();
            bytes
        },
        &{
            let mut bytes = Vec::new();
            AssociateAc::to(&request()).encode(&mut bytes).unwrap();
            bytes
        },
        b"\x03\0\0\0\0\x04\0\x01\x01\x01",
        b"\x04\0\0\0\0\x06\0\0\0\x02\x01\x03",
        b"\x05\0\0\0\0\x04\0\0\0\0",
        b"\x06\0\0\0\0\x04\0\0\0\0",
        b"\x07\0\0\0\0\x04\0\0\0\0",
        b"\x63\0\0\0\0\x04\0\0\0\0",
    ];
    for first in 0..units.len() {
        for second in units {
            for third in units {
                for is_requestor in [false, true] {
                    let (requestor, acceptor) = established();
                    let mut side = if is_requestor { requestor } else { acceptor };
                    if first % 2 == 0 {
                        side.release().unwrap();
                    }
                    side.output().clear();
                    for unit in [units[first], second, third] {
                        said(&mut side, unit);
                    }
                    assert!(side.is_over() || side.state() != State::Sta1);
                    assert!(side.output().len() <= 30);
                }
            }
        }
    }
}
