//! What is agreed on, from both sides.

use super::requestor::agreement;
use super::*;
use crate::item::{
    CommonExtended, ContextResult, Extended, IdentityAc, IdentityKind, IdentityRq, ProposedContext,
    RoleSelection,
};
use crate::pdu::{AssociateRj, AssociateRq, RejectReason};

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

fn uids(texts: &[&str]) -> Vec<Uid> {
    texts.iter().copied().map(Uid::new).collect()
}

fn implementation() -> Implementation {
    Implementation { class: Uid::new("1.2.3"), version: AeTitle::new("TEST").unwrap() }
}

fn acceptor() -> Acceptor {
    let mut acceptor = Acceptor::new(implementation());
    acceptor.offers.add(Uid::new(VERIFICATION), Offer::provided(uids(&[IMPLICIT])));
    acceptor.offers.add(Uid::new(CT), Offer::provided(uids(&[EXPLICIT, IMPLICIT])));
    acceptor
}

fn granted(scu: bool, scp: bool) -> Offer {
    Offer { transfer_syntaxes: uids(&[EXPLICIT]), roles: Roles::Granted { scu, scp } }
}

fn request(contexts: &[(u8, &str, &[&str])]) -> AssociateRq {
    let title = |text| AeTitle::new(text).unwrap();
    let mut request = Proposal::new(title("ME"), title("YOU"), implementation()).finish();
    request.contexts = contexts
        .iter()
        .map(|(id, class, syntaxes)| ProposedContext {
            id: *id,
            abstract_syntax: Uid::new(class),
            transfer_syntaxes: uids(syntaxes),
        })
        .collect();
    request
}

fn results(acceptor: &Acceptor, request: &AssociateRq) -> Vec<(u8, ContextResult, String)> {
    let (answer, _) = acceptor.answer(request, &mut ()).unwrap();
    let said =
        |one: &crate::item::ContextAnswer| (one.id, one.result, one.transfer_syntax.as_str().to_owned());
    answer.contexts.iter().map(said).collect()
}

#[test]
fn each_context_gets_its_answer() {
    let asked = request(&[
        (1, VERIFICATION, &[IMPLICIT]),
        (3, CT, &[JPEG]),
        (5, "1.2.3.4", &[IMPLICIT]),
        (7, CT, &[]),
        (8, CT, &[JPEG, IMPLICIT, EXPLICIT]),
        (1, CT, &[IMPLICIT]),
    ]);
    let expected = [
        (1, ContextResult::Accepted, IMPLICIT),
        (3, ContextResult::TransferSyntaxes, JPEG),
        (5, ContextResult::AbstractSyntax, IMPLICIT),
        (7, ContextResult::TransferSyntaxes, ""),
        (8, ContextResult::Accepted, IMPLICIT),
    ];
    let expected = expected.map(|(id, result, uid)| (id, result, uid.to_owned()));
    let mut acceptor = acceptor();
    assert_eq!(results(&acceptor, &asked), expected);
    acceptor.choice = Choice::Ours;
    assert_eq!(results(&acceptor, &asked)[4].2, EXPLICIT);
    acceptor.offers.others = Some(Offer::default());
    assert_eq!(results(&acceptor, &asked)[2], (5, ContextResult::Accepted, IMPLICIT.to_owned()));
}

#[test]
fn both_sides_come_to_the_same() {
    let mut asked = request(&[(1, VERIFICATION, &[IMPLICIT]), (3, CT, &[JPEG]), (6, CT, &[EXPLICIT])]);
    asked.user.window = Some(OperationsWindow { invoked: 0, performed: 5 });
    asked.user.roles = vec![RoleSelection { sop_class: Uid::new(CT), scu: true, scp: true }];
    let mut acceptor = acceptor();
    acceptor.window = OperationsWindow { invoked: 2, performed: 8 };
    acceptor.offers.add(Uid::new(CT), granted(true, true));
    let (answer, theirs) = acceptor.answer(&asked, &mut ()).unwrap();
    let ours = agreement(&asked, &answer);
    assert_eq!(ours.contexts, theirs.contexts);
    assert_eq!((ours.invoked, ours.performed), (8, 2));
    assert_eq!((theirs.invoked, theirs.performed), (2, 8));
    let context = ours.context(6).unwrap();
    assert!(context.requestor_is_scu && context.requestor_is_scp);
    assert!(ours.context(3).is_none() && ours.of_class(&Uid::new(VERIFICATION)).count() == 1);
}

#[test]
fn roles_that_nobody_takes_are_refused() {
    let mut asked = request(&[(1, CT, &[EXPLICIT]), (3, VERIFICATION, &[IMPLICIT])]);
    asked.user.roles = vec![
        RoleSelection { sop_class: Uid::new(CT), scu: false, scp: true },
        RoleSelection { sop_class: Uid::new(VERIFICATION), scu: true, scp: true },
        RoleSelection { sop_class: Uid::new("9.9"), scu: true, scp: true },
    ];
    let (answer, agreed) = acceptor().answer(&asked, &mut ()).unwrap();
    assert_eq!(answer.contexts[0].result, ContextResult::UserRejection);
    assert_eq!(
        answer.user.roles,
        [RoleSelection { sop_class: Uid::new(VERIFICATION), scu: true, scp: false }]
    );
    assert_eq!(agreed.contexts.len(), 1);
}

#[test]
fn without_a_proposal_the_requestor_is_a_user() {
    let asked = request(&[(1, CT, &[EXPLICIT])]);
    let mut acceptor = acceptor();
    for offer in [granted(false, true), granted(false, false)] {
        acceptor.offers.add(Uid::new(CT), offer);
        let (answer, agreed) = acceptor.answer(&asked, &mut ()).unwrap();
        let context = agreed.context(1).unwrap();
        assert!(context.requestor_is_scu && !context.requestor_is_scp && answer.user.roles.is_empty());
    }
}

#[test]
fn where_nothing_is_said_to_roles_the_requestor_is_a_user() {
    let mut acceptor = acceptor();
    acceptor.offers.add(Uid::new(CT), Offer { transfer_syntaxes: uids(&[EXPLICIT]), roles: Roles::Unsaid });
    for (scu, scp) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut asked = request(&[(1, CT, &[EXPLICIT])]);
        asked.user.roles = vec![RoleSelection { sop_class: Uid::new(CT), scu, scp }];
        let (answer, theirs) = acceptor.answer(&asked, &mut ()).unwrap();
        assert!(answer.user.roles.is_empty(), "{:?}", answer.user.roles);
        let context = &theirs.contexts[0];
        assert!(context.requestor_is_scu && !context.requestor_is_scp);
        assert_eq!(agreement(&asked, &answer).contexts, theirs.contexts);
    }
}

#[test]
fn what_was_not_proposed_is_not_agreed_on() {
    let asked = request(&[(1, CT, &[EXPLICIT])]);
    let (mut answer, _) = acceptor().answer(&asked, &mut ()).unwrap();
    let mut foreign = answer.contexts[0].clone();
    foreign.id = 9;
    answer.contexts.push(foreign);
    answer.contexts[0].transfer_syntax = Uid::new(JPEG);
    assert!(agreement(&asked, &answer).contexts.is_empty());
}

#[test]
fn a_rejection_has_its_reason() {
    type Change = fn(&mut AssociateRq);
    let cases: [(Change, RejectReason); 6] = [
        (|asked| asked.version = 0, RejectReason::ProtocolVersion),
        (|asked| asked.application_context = Uid::new("9.9.9"), RejectReason::ApplicationContext),
        (|asked| asked.called = AeTitle::new("NOBODY").unwrap(), RejectReason::CalledTitle),
        (|asked| asked.calling = AeTitle::new("STRANGER").unwrap(), RejectReason::CallingTitle),
        (|asked| asked.user.maximum_length = Some(7), RejectReason::User),
        (|asked| asked.version = 0xFFFE, RejectReason::ProtocolVersion),
    ];
    let mut acceptor = acceptor();
    acceptor.called = Calls::Only(vec![AeTitle::new("YOU").unwrap()]);
    acceptor.calling = Calls::Only(vec![AeTitle::new("ME").unwrap()]);
    let asked = request(&[(1, VERIFICATION, &[IMPLICIT])]);
    assert!(acceptor.answer(&asked, &mut ()).is_ok());
    for (change, reason) in cases {
        let mut wrong = asked.clone();
        change(&mut wrong);
        assert_eq!(acceptor.answer(&wrong, &mut ()).unwrap_err(), AssociateRj::permanent(reason));
    }
}

struct Door;

impl Decide for Door {
    fn identity(&mut self, identity: &IdentityRq) -> Option<Verdict> {
        match identity.primary.as_slice() {
            b"friend" => Some(Verdict::Known(IdentityAc { response: b"hello".to_vec() })),
            b"foe" => Some(Verdict::Unknown),
            _ => None,
        }
    }

    fn extended(&mut self, proposed: &Extended) -> Option<Vec<u8>> {
        (proposed.sop_class.as_str() == CT).then(|| vec![proposed.information.len().try_into().unwrap()])
    }
}

#[test]
fn the_application_decides_on_users_and_extensions() {
    let mut asked = request(&[(1, CT, &[EXPLICIT])]);
    let extended = |class: &str| Extended { sop_class: Uid::new(class), information: vec![1, 2, 3] };
    asked.user.extended = vec![extended(CT), extended(VERIFICATION)];
    let answer = |primary: &[u8], wants_response, kind| {
        let identity = IdentityRq { kind, wants_response, primary: primary.to_vec(), secondary: Vec::new() };
        let mut asked = asked.clone();
        asked.user.identity = Some(identity);
        acceptor().answer(&asked, &mut Door).map(|(answer, _)| answer.user)
    };
    let known = answer(b"friend", true, IdentityKind::Kerberos).unwrap();
    assert_eq!(known.identity_answer, Some(IdentityAc { response: b"hello".to_vec() }));
    assert_eq!(known.extended, [Extended { sop_class: Uid::new(CT), information: vec![3] }]);
    assert_eq!(answer(b"friend", false, IdentityKind::Username).unwrap().identity_answer, None);
    assert_eq!(answer(b"anybody", true, IdentityKind::Jwt).unwrap().identity_answer, None);
    let refused = answer(b"foe", true, IdentityKind::Saml).unwrap_err();
    assert_eq!(refused, AssociateRj::permanent(RejectReason::User));
}

#[test]
fn a_class_is_known_by_its_kin() {
    let mut asked = request(&[(1, "1.2.3.4", &[EXPLICIT])]);
    assert_eq!(results(&acceptor(), &asked)[0].1, ContextResult::AbstractSyntax);
    asked.user.common_extended = vec![CommonExtended {
        sop_class: Uid::new("1.2.3.4"),
        service_class: Uid::new("1.2.840.10008.4.2"),
        related: uids(&["9.9", CT]),
    }];
    assert_eq!(results(&acceptor(), &asked)[0].1, ContextResult::Accepted);
}

#[test]
fn a_request_has_room_for_128_contexts() {
    let title = AeTitle::new("ME").unwrap();
    let mut proposal = Proposal::new(title, title, implementation());
    let ids: Vec<Option<u8>> = (0..129).map(|_| proposal.propose(Uid::new(CT), uids(&[IMPLICIT]))).collect();
    assert_eq!((ids[0], ids[127], ids[128]), (Some(1), Some(255), None));
}

#[test]
fn storage_is_storage() {
    let classes: Vec<Uid> = storage_classes().collect();
    assert!(classes.contains(&Uid::new(CT)) && !classes.contains(&Uid::new(VERIFICATION)));
    assert!(classes.len() > 150, "{}", classes.len());
    let names = classes.iter().map(|uid| radiogram_core::uid::lookup(uid.as_str()).unwrap().name);
    assert!(
        !names.clone().any(|name| name.contains("Commitment") || name.contains("Management")),
        "{:?}",
        names.collect::<Vec<_>>()
    );
}

#[test]
fn who_is_offered_to_strangers_is_not_offered_to_the_others() {
    let mut offers = Offers::default();
    offers.add(Uid::new(CT), Offer::default());
    offers.strangers = Some(Offer::default());
    assert!(offers.get(&Uid::new("1.2.826.0.1.3680043.8.498.1")).is_some());
    assert_eq!(offers.get(&Uid::new(VERIFICATION)), None);
    offers.others = Some(Offer::provided(Vec::new()));
    assert_eq!(offers.get(&Uid::new(VERIFICATION)), offers.others.as_ref());
    assert_eq!(offers.get(&Uid::new("1.2.3")), offers.strangers.as_ref());
}
