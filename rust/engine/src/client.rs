//! An association that we ask for: C-ECHO and C-STORE as a user.

use std::io::IoSlice;
use std::net::SocketAddr;

use radiogram_net::association::Indication;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Assembler, Command, Message, Outcome, Part, Pieces, Window, c_echo, c_store};
use radiogram_net::negotiation::{Agreement, requestor};
use radiogram_net::pdu::data_tf::content_room;
use radiogram_net::pdu::{AssociateRq, DataHead};
use radiogram_net::{AbortReason, Association, Fault, Limits, Uid};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::server::until;
use crate::{Error, Result, Times};

/// Bytes that are read at once.
const READ: usize = 64 << 10;

/// The source of a data set: bytes in the transfer syntax of its context.
pub trait Source {
    /// The next bytes, an even number of them except at the end; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<&[u8]>> + Send;
}

/// An association.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    association: Association,
    assembler: Assembler,
    request: AssociateRq,
    agreement: Agreement,
    room: u32,
    window: Window,
    times: Times,
    read: Vec<u8>,
    /// Answers that have come and that nobody has asked for yet.
    answers: Vec<Message>,
}

/// What a peer has said that ends the waiting.
enum Heard {
    Accepted(Box<Agreement>),
    Released,
}

impl Client {
    /// Opens a connection and asks for an association.
    pub async fn connect(to: SocketAddr, request: AssociateRq, times: Times) -> Result<Self> {
        let connection = Connection::open(to, times.connect, times.send).await?;
        let mut association = Association::requestor(request.clone(), Limits::DEFAULT);
        association.connected()?;
        let mut client = Self {
            connection,
            association,
            assembler: Assembler::new(Limits::DEFAULT),
            agreement: Agreement {
                contexts: Vec::new(),
                sendable: None,
                invoked: 1,
                performed: 1,
                peer: request.user.clone(),
            },
            request,
            room: 0,
            window: Window::new(1),
            times,
            read: vec![0; READ],
            answers: Vec::new(),
        };
        let deadline = Instant::now() + times.artim;
        loop {
            client.flush().await?;
            if let Some(Heard::Accepted(agreement)) =
                client.hear(deadline, "no answer to the request for an association").await?
            {
                let room = content_room(agreement.sendable);
                client.room = room.ok_or(Error::Failed(TOO_SHORT))?;
                client.window = Window::new(agreement.invoked);
                client.agreement = *agreement;
                return Ok(client);
            }
        }
    }

    /// What was agreed on.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// Asks whether anybody is there.
    pub async fn echo(&mut self, context: u8) -> Result<Outcome> {
        let id = self.begin()?;
        let sop_class = Uid::new("1.2.840.10008.1.1");
        self.command(context, c_echo::Request { sop_class, id }.into(), false).await?;
        self.answer(id).await
    }

    /// Stores an instance, whose data set is in the transfer syntax of the context.
    pub async fn store(
        &mut self,
        context: u8,
        sop_class: Uid,
        sop_instance: Uid,
        source: &mut impl Source,
    ) -> Result<Outcome> {
        let id = self.begin()?;
        let (priority, originator, originator_id) = (Priority::Medium, None, None);
        let request = c_store::Request { sop_class, id, priority, sop_instance, originator, originator_id };
        self.command(context, request.into(), true).await?;
        loop {
            let bytes = source.next().await?;
            let is_last = bytes.is_empty();
            send(&self.connection, Pieces::new(context, false, is_last, bytes, self.room)).await?;
            if is_last {
                break;
            }
        }
        self.answer(id).await
    }

    /// Ends the association in order.
    pub async fn release(mut self) -> Result<()> {
        self.association.release()?;
        let deadline = Instant::now() + self.times.artim;
        loop {
            self.flush().await?;
            if let Some(Heard::Released) = self.hear(deadline, "no answer to the release").await? {
                return self.flush().await;
            }
        }
    }

    /// Ends it at once.
    pub async fn abort(mut self) -> Result<()> {
        self.association.abort();
        self.flush().await
    }

    fn begin(&mut self) -> Result<u16> {
        self.window.begin().ok_or_else(|| {
            let message = "as many operations are under way as were agreed on";
            radiogram_core::Error::new(radiogram_core::ErrorKind::Argument, message).into()
        })
    }

    async fn command(&mut self, context: u8, message: Message, has_data: bool) -> Result<()> {
        if self.agreement.context(context).is_none() || !self.association.may_send() {
            let message = "the presentation context was not accepted";
            return Err(radiogram_core::Error::new(radiogram_core::ErrorKind::Argument, message).into());
        }
        let mut bytes = Vec::new();
        Command { message, has_data }.encode(&mut bytes)?;
        send(&self.connection, Pieces::new(context, true, true, &bytes, self.room)).await
    }

    /// Waits for the answer to a message.
    async fn answer(&mut self, id: u16) -> Result<Outcome> {
        let deadline = Instant::now() + self.times.dimse;
        loop {
            if let Some(at) = self.answers.iter().position(|answer| answer.id() == id) {
                let answer = self.answers.swap_remove(at);
                self.window.end(id);
                return answer.outcome().cloned().ok_or(Error::Failed(NOT_ASKED));
            }
            self.hear(deadline, "no answer to a message").await?;
            self.flush().await?;
        }
    }

    async fn flush(&mut self) -> Result<()> {
        self.connection.flush(self.association.output()).await.map(drop)
    }

    /// Reads once, and takes what it means.
    async fn hear(&mut self, deadline: Instant, late: &'static str) -> Result<Option<Heard>> {
        let Some(ready) = until(deadline, self.connection.readable()).await else {
            self.association.abort();
            self.flush().await?;
            return Err(Error::TimedOut(late));
        };
        ready?;
        let mut read = std::mem::take(&mut self.read);
        let heard = match self.connection.read(&mut read) {
            Ok(None) => Ok(None),
            Ok(Some(0)) => Err(Error::Lost),
            Ok(Some(count)) => self.take(read.get(..count).unwrap_or_default()),
            Err(error) => Err(error),
        };
        self.read = read;
        heard
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Option<Heard>> {
        let mut input = bytes;
        let mut heard = None;
        while let Some(indication) = self.association.receive(&mut input) {
            match indication {
                Indication::Accepted(answer) => {
                    heard = Some(Heard::Accepted(Box::new(requestor::agreement(&self.request, &answer))));
                }
                Indication::Rejected(why) => return Err(Error::Rejected(why)),
                Indication::Aborted(why) => return Err(Error::Aborted(why)),
                Indication::Failed(fault) => return Err(Error::Failed(fault)),
                Indication::Lost => return Err(Error::Lost),
                Indication::Released => heard = Some(Heard::Released),
                Indication::ReleaseRequested => drop(self.association.answer_release()),
                Indication::Data(fragment) => match self.assembler.take(fragment).map_err(Error::Failed)? {
                    Part::Command(_, command) if self.window.is_waiting(command.message.id()) => {
                        self.answers.push(command.message);
                    }
                    Part::Command(..) => return Err(Error::Failed(NOT_ASKED)),
                    Part::Unreadable(_, unreadable) => return Err(Error::Failed(unreadable.fault)),
                    Part::Pending | Part::Data { .. } => {}
                },
                Indication::Requested(_) => {}
            }
        }
        Ok(heard)
    }
}

const NOT_ASKED: Fault =
    Fault { reason: AbortReason::UnexpectedParameter, message: "an answer that nobody waits for", offset: 0 };
const TOO_SHORT: Fault = Fault {
    reason: AbortReason::InvalidParameter,
    message: "a maximum length in which nothing can be sent",
    offset: 0,
};

/// Sends pieces, heads and contents in few calls and without copying.
async fn send(connection: &Connection, pieces: Pieces<'_>) -> Result<()> {
    let parts: Vec<([u8; DataHead::LEN], &[u8])> =
        pieces.map(|(head, content)| (head.encode(), content)).collect();
    let mut slices: Vec<IoSlice<'_>> = Vec::new();
    for (head, content) in &parts {
        slices.push(IoSlice::new(head));
        slices.push(IoSlice::new(content));
    }
    connection.send(&mut slices).await.map(drop)
}
