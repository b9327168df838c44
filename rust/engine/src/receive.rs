//! An instance on its way in (C-STORE): from the command to the answer.

use std::sync::Arc;
use std::time::Instant;

use radiogram_core::ErrorKind;
use radiogram_data::meta::Meta;
use radiogram_io::Deposit;
use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;
use tokio::task::spawn_blocking;

use crate::Rules;
use crate::sink::identity::{LOOK, Said, identify};
use crate::sink::{Arrival, FileStore, Kept, Promise, Sink};

/// Bytes that are gathered before a thread that may wait writes them.
const GATHERED: usize = 256 << 10;

/// Refused: out of resources (PS3.4 B.2.3).
const NO_RESOURCES: u16 = 0xA700;
/// Error: the data set does not match the SOP class, or the instance of the command.
const NO_MATCH: u16 = 0xA900;
/// Error: cannot understand.
const NO_SENSE: u16 = 0xC000;
/// Processing failure (PS3.7 C).
const FAILURE: u16 = 0x0110;
/// Invalid SOP instance.
const BAD_INSTANCE: u16 = 0x0117;

/// An instance that is being received.
#[derive(Debug)]
pub(crate) struct Intake {
    arrival: Arrival,
    pub(crate) began: Instant,
    place: Place,
    /// The first bytes, until it is known which instance they are.
    head: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Place {
    Nowhere,
    Memory {
        bytes: Vec<u8>,
        limit: usize,
    },
    File {
        store: Arc<FileStore>,
        deposit: Option<Deposit>,
        gathered: Vec<u8>,
    },
    /// The rest is passed over, then this is answered.
    Refused(Outcome),
}

impl Intake {
    /// Begins with a command. What is refused is still to be read.
    pub(crate) fn begin(arrival: Arrival, rules: &dyn Rules, spare: Vec<u8>) -> Self {
        let sink = if is_name(&arrival.sop_instance) {
            rules.sink(&arrival)
        } else {
            Sink::Refuse(Outcome::with_comment(BAD_INSTANCE, "the SOP Instance UID is not one"))
        };
        let mut spare = spare;
        spare.clear();
        let place = match sink {
            Sink::Discard => Place::Nowhere,
            Sink::Refuse(outcome) => Place::Refused(outcome),
            Sink::Memory { limit } => Place::Memory { bytes: meta(&arrival), limit },
            Sink::File(store) => {
                spare.extend_from_slice(&meta(&arrival));
                Place::File { store, deposit: None, gathered: spare }
            }
        };
        let head = rules.checks(&arrival).then(Vec::new);
        Self { arrival, began: Instant::now(), place, head }
    }

    /// Takes bytes of the data set.
    pub(crate) async fn take(&mut self, bytes: &[u8], is_last: bool) {
        self.look(bytes, is_last);
        match &mut self.place {
            Place::Nowhere | Place::Refused(_) => {}
            Place::Memory { bytes: held, limit } => {
                if bytes.len() > limit.saturating_sub(held.len()) || held.try_reserve(bytes.len()).is_err() {
                    self.refuse(NO_RESOURCES, "the instance is larger than the limit");
                } else {
                    held.extend_from_slice(bytes);
                }
            }
            Place::File { gathered, .. } => {
                if gathered.len() + bytes.len() > GATHERED && !gathered.is_empty() {
                    self.write().await;
                }
                if let Place::File { gathered, .. } = &mut self.place {
                    if gathered.try_reserve(bytes.len()).is_err() {
                        self.refuse(NO_RESOURCES, "no memory");
                    } else {
                        gathered.extend_from_slice(bytes);
                    }
                }
            }
        }
    }

    /// Writes what was gathered. The deposit goes to a thread that may wait, and comes back.
    async fn write(&mut self) {
        let Place::File { store, deposit, gathered } = &mut self.place else { return };
        let (store, begun, bytes) = (Arc::clone(store), deposit.take(), std::mem::take(gathered));
        let target = store.place(&self.arrival);
        let own = Arc::clone(&store);
        let written = store.work(false, move || {
            let mut deposit = match begun {
                Some(deposit) => deposit,
                None => Deposit::begin(&own.storage, target)?,
            };
            deposit.write(&bytes)?;
            Ok((deposit, bytes))
        });
        match written.await {
            Ok((written, mut bytes)) => {
                if let Place::File { deposit, gathered, .. } = &mut self.place {
                    bytes.clear();
                    (*deposit, *gathered) = (Some(written), bytes);
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// The data set is complete: what was kept, or what is answered, and memory that can be used again.
    pub(crate) async fn end(mut self) -> (Result<Kept, Outcome>, Arrival, Vec<u8>) {
        let mut spare = Vec::new();
        let place = std::mem::replace(&mut self.place, Place::Nowhere);
        let kept = match place {
            Place::Refused(outcome) => return (Err(outcome), self.arrival, spare),
            Place::Nowhere => Kept::Nothing,
            Place::Memory { bytes, .. } => Kept::Memory(bytes),
            Place::File { store, deposit, gathered } => {
                let target = store.place(&self.arrival);
                let (path, promise) = (target.clone(), store.promise());
                let own = Arc::clone(&store);
                let commit = move || {
                    let mut deposit = match deposit {
                        Some(deposit) => deposit,
                        None => Deposit::begin(&own.storage, target)?,
                    };
                    deposit.write(&gathered)?;
                    deposit.commit(promise.durability(), &own.committer)?;
                    Ok::<_, radiogram_core::Error>(gathered)
                };
                if promise == Promise::Nothing {
                    // Nobody waits for it, and nobody is told.
                    drop(spawn_blocking(commit));
                } else {
                    match store.work(promise == Promise::Power, commit).await {
                        Ok(gathered) => spare = gathered,
                        Err(error) => self.fail(&error),
                    }
                }
                if let Place::Refused(outcome) = self.place {
                    return (Err(outcome), self.arrival, spare);
                }
                Kept::File(path)
            }
        };
        (Ok(kept), self.arrival, spare)
    }

    /// The instance of the data set must be that of the command; else whoever looks for it by one finds it by the other.
    fn look(&mut self, bytes: &[u8], is_last: bool) {
        let Some(head) = &mut self.head else { return };
        let missing = LOOK.saturating_sub(head.len());
        let syntax = self.arrival.transfer_syntax.as_str();
        // Most often all that is needed is in the first piece, and nothing is copied.
        let said = if head.is_empty() {
            identify(bytes, syntax, is_last)
        } else {
            head.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
            identify(head, syntax, is_last)
        };
        if said == Said::Incomplete && bytes.len() < missing {
            if head.is_empty() {
                head.extend_from_slice(bytes);
            }
            return;
        }
        self.head = None;
        match said {
            Said::Nonsense => self.refuse(NO_SENSE, "no data set of the transfer syntax"),
            Said::Instance(Some(class), _) if class != self.arrival.sop_class.as_str() => {
                self.refuse(NO_MATCH, "SOP Class UID of command and data set differ");
            }
            Said::Instance(_, Some(instance)) if instance != self.arrival.sop_instance.as_str() => {
                self.refuse(NO_MATCH, "SOP Instance UID of command and data set differ");
            }
            Said::Incomplete | Said::Unknown | Said::Instance(Some(_), Some(_)) => {}
            Said::Instance(..) => self.refuse(NO_SENSE, "no SOP Class or Instance UID in the data set"),
        }
    }

    fn fail(&mut self, error: &radiogram_core::Error) {
        let is_full = match error.kind() {
            ErrorKind::Limit => true,
            ErrorKind::Io { errno } => matches!(
                std::io::Error::from_raw_os_error(errno).kind(),
                std::io::ErrorKind::StorageFull
                    | std::io::ErrorKind::QuotaExceeded
                    | std::io::ErrorKind::FileTooLarge
                    | std::io::ErrorKind::OutOfMemory
            ),
            _ => false,
        };
        if is_full {
            self.refuse(NO_RESOURCES, "no room for the instance");
        } else {
            self.refuse(FAILURE, "the file could not be written");
        }
    }

    /// What has arrived so far is removed.
    fn refuse(&mut self, status: u16, comment: &str) {
        self.place = Place::Refused(Outcome::with_comment(status, comment));
    }
}

/// Digits and dots, as UIDs in the field are, even where they break a rule about zeros.
pub(crate) fn is_name(uid: &Uid) -> bool {
    let text = uid.as_str();
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !text.starts_with('.')
}

fn meta(arrival: &Arrival) -> Vec<u8> {
    let source = arrival.calling.to_text();
    let is_title =
        source.bytes().all(|byte| (0x20..0x7F).contains(&byte) && byte != b'\\') && !source.is_empty();
    Meta {
        sop_class: arrival.sop_class.as_str().to_owned(),
        sop_instance: arrival.sop_instance.as_str().to_owned(),
        transfer_syntax: arrival.transfer_syntax.as_str().to_owned(),
        source: Some(source).filter(|_| is_title),
    }
    .compose()
}
