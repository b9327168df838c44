//! PDUs that are decoded as a whole: what was read is what is read again once it was written.

use crate::pdu::{Abort, AssociateAc, AssociateRj, AssociateRq, HEAD};

/// Reads the content of an A-ASSOCIATE-RQ.
///
/// # Panics
///
/// Where it reads differently once it was written.
pub fn fuzz_associate_rq(data: &[u8]) {
    let Ok(pdu) = AssociateRq::decode(data) else { return };
    let mut out = Vec::new();
    // What was spread over several items need not fit into one.
    if pdu.encode(&mut out).is_ok() {
        assert_eq!(AssociateRq::decode(content(&out)), Ok(pdu));
    }
}

/// Reads the content of an A-ASSOCIATE-AC.
///
/// # Panics
///
/// Where it reads differently once it was written.
pub fn fuzz_associate_ac(data: &[u8]) {
    let Ok(pdu) = AssociateAc::decode(data) else { return };
    let mut out = Vec::new();
    if pdu.encode(&mut out).is_ok() {
        assert_eq!(AssociateAc::decode(content(&out)), Ok(pdu));
    }
}

/// Reads the content of an A-ASSOCIATE-RJ.
///
/// # Panics
///
/// Where it reads differently once it was written.
pub fn fuzz_associate_rj(data: &[u8]) {
    let Ok(pdu) = AssociateRj::decode(data) else { return };
    let mut out = Vec::new();
    pdu.encode(&mut out);
    assert_eq!(AssociateRj::decode(content(&out)), Ok(pdu));
    assert!(!pdu.to_string().contains(['\r', '\n']));
}

/// Reads the content of an A-ABORT.
///
/// # Panics
///
/// Where it reads differently once it was written.
pub fn fuzz_abort(data: &[u8]) {
    let Ok(pdu) = Abort::decode(data) else { return };
    let mut out = Vec::new();
    pdu.encode(&mut out);
    assert_eq!(Abort::decode(content(&out)), Ok(pdu));
}

/// What is behind the head of a PDU whose length says how much that is.
fn content(pdu: &[u8]) -> &[u8] {
    let (head, content) = pdu.split_at_checked(HEAD).expect("a PDU has a head");
    let length = u32::from_be_bytes(*head.last_chunk().expect("a head ends with a length"));
    assert_eq!(usize::try_from(length), Ok(content.len()));
    content
}
