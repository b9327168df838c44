//! Whole associations: a peer that sends anything at all, to an acceptor or a requestor that answers as an application would.

use crate::dimse::{Assembler, CommandField, Outcome, Part, Pieces, c_echo};
use crate::item::ProposedContext;
use crate::machine::State;
use crate::negotiation::{Acceptor, Implementation, Offer, Roles};
use crate::pdu::{AssociateRq, data_tf::content_room};
use crate::{AeTitle, Association, Framer, Limits, Uid, association::Indication};

const LIMITS: Limits = Limits { associate: 64 << 10, data: 1 << 20, command: 4096 };

/// An application with an association.
struct Talk {
    side: Association,
    assembler: Assembler,
    acceptor: Acceptor,
    sent: Framer,
}

/// The first byte chooses the side, the rest is what the peer sends.
///
/// # Panics
///
/// Where what we send is no stream of PDUs, or the association neither goes on nor ends.
pub fn fuzz_association(data: &[u8]) {
    let Some((choice, stream)) = data.split_first() else { return };
    let version = AeTitle::new("FUZZ").unwrap_or_default();
    let mut acceptor = Acceptor::new(Implementation { class: Uid::new("1.2.3"), version });
    acceptor.offers.others =
        Some(Offer { roles: Roles::Granted { scu: true, scp: true }, ..Offer::default() });
    let mut request = AssociateRq::new(version, version);
    let (abstract_syntax, syntax) = (Uid::new("1.2.840.10008.1.1"), Uid::new("1.2.840.10008.1.2"));
    request.contexts.push(ProposedContext { id: 1, abstract_syntax, transfer_syntaxes: vec![syntax] });
    let side = match choice % 2 {
        0 => Association::acceptor(LIMITS),
        _ => Association::requestor(request, LIMITS),
    };
    let (assembler, sent) = (Assembler::new(LIMITS), Framer::new(Limits::DEFAULT));
    let mut talk = Talk { side, assembler, acceptor, sent };
    if talk.side.is_requestor() {
        talk.side.connected().expect("the connection was asked for");
    }
    for chunk in stream.chunks(usize::from(*choice).max(1)) {
        let mut input = chunk;
        while let Some(indication) = talk.side.receive(&mut input) {
            talk.hear(&indication);
        }
        assert!(input.is_empty());
        talk.check();
    }
    if !talk.side.is_over() {
        talk.side.closed();
    }
    assert!(talk.side.is_over());
    assert_eq!(talk.side.state(), State::Sta1);
}

impl Talk {
    fn hear(&mut self, indication: &Indication<'_>) {
        match indication {
            Indication::Requested(request) => match self.acceptor.answer(request, &mut ()) {
                Ok((answer, _)) => {
                    if self.side.accept(&answer).is_err() {
                        self.side.abort();
                    }
                }
                Err(why) => self.side.reject(why).expect("a request was answered"),
            },
            Indication::Data(fragment) => match self.assembler.take(*fragment) {
                Ok(Part::Command(context, command)) => self.answer(context, command.message.id()),
                Ok(Part::Unreadable(_, unreadable)) => {
                    assert!(
                        unreadable.code.and_then(CommandField::of).is_none()
                            || unreadable.fault.message.len() > 9
                    );
                }
                Ok(Part::Pending | Part::Data { .. }) => {}
                Err(fault) => drop(self.side.invalid(fault)),
            },
            Indication::ReleaseRequested => drop(self.side.answer_release()),
            Indication::Accepted(_) => assert!(self.side.may_send()),
            _ => {}
        }
    }

    fn answer(&mut self, context: u8, id: u16) {
        let message = c_echo::Response { sop_class: None, id, outcome: Outcome::of(0) }.into();
        let mut bytes = Vec::new();
        let command = crate::dimse::Command { message, has_data: false };
        command.encode(&mut bytes).expect("an answer can be written");
        let room = content_room(Some(64)).expect("64 bytes are enough");
        for (head, content) in Pieces::new(context, true, true, &bytes, room) {
            if self.side.may_send() {
                self.side.send(head, content).expect("it may be sent");
            }
        }
    }

    /// What was sent can be read.
    fn check(&mut self) {
        let output = std::mem::take(self.side.output());
        let mut input = output.as_slice();
        while let Some(unit) =
            self.sent.next(&mut input).unwrap_or_else(|fault| panic!("we sent nonsense: {fault}"))
        {
            drop(unit);
        }
        assert!(self.sent.is_between(), "we sent half of a PDU");
    }
}
