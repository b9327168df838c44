//! An instance on its way into one place: memory, a file, a spool, or nowhere.

use std::path::PathBuf;
use std::sync::Arc;

use radiogram_core::{Error, ErrorKind};
use radiogram_data::meta::Meta;
use radiogram_io::Deposit;
use radiogram_net::dimse::Outcome;
use tokio::task::spawn_blocking;

use super::{Arrival, FileStore, Kept, Promise, Sink, Spare, Spool};

/// Bytes that are gathered before a thread that may wait writes them.
const GATHERED: usize = 256 << 10;

/// Refused: out of resources (PS3.4 B.2.3).
const NO_RESOURCES: u16 = 0xA700;
/// Processing failure (PS3.7 C).
const FAILURE: u16 = 0x0110;

#[derive(Debug)]
pub(crate) enum Leaf {
    Nowhere,
    Memory {
        bytes: Vec<u8>,
        limit: usize,
    },
    File {
        store: Arc<FileStore>,
        target: PathBuf,
        deposit: Option<Deposit>,
        gathered: Vec<u8>,
    },
    Spool {
        spool: Arc<Spool>,
        deposit: Option<Deposit>,
        gathered: Vec<u8>,
        size: u64,
    },
    /// What was there is removed, the rest is passed over, and this is answered.
    Refused(Outcome),
}

impl Leaf {
    /// Begins, with what an earlier one has left. A tee is none.
    pub(crate) fn begin(sink: Sink, arrival: &Arrival, spare: &mut Spare) -> Self {
        match sink {
            Sink::Discard | Sink::Tee(_) => Self::Nowhere,
            Sink::Refuse(outcome) => Self::Refused(outcome),
            Sink::Memory { limit } => Self::Memory { bytes: meta(arrival).compose(), limit },
            Sink::File(store) => {
                let mut gathered = std::mem::take(&mut spare.memory);
                gathered.clear();
                meta(arrival).compose_into(&mut gathered);
                let target = store.place(arrival);
                let deposit = spare.take(&store, &target);
                Self::File { store, target, deposit, gathered }
            }
            Sink::Spool(spool) => {
                let gathered = meta(arrival).compose();
                let size = gathered.len() as u64;
                Self::Spool { spool, deposit: None, gathered, size }
            }
        }
    }

    /// Takes bytes of the data set.
    pub(crate) async fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Nowhere | Self::Refused(_) => return,
            Self::Memory { bytes: held, limit } => {
                if bytes.len() > limit.saturating_sub(held.len()) {
                    return self.refuse(NO_RESOURCES, "the instance is larger than the limit");
                }
            }
            Self::File { gathered, .. } => {
                if gathered.len() + bytes.len() > GATHERED && !gathered.is_empty() {
                    self.write().await;
                }
            }
            Self::Spool { spool, deposit, gathered, size } => {
                *size = size.saturating_add(bytes.len() as u64);
                if *size > spool.limit {
                    return self.refuse(NO_RESOURCES, "the instance is larger than the limit");
                }
                let most = if deposit.is_some() { GATHERED } else { spool.memory };
                if gathered.len() + bytes.len() > most && !gathered.is_empty() {
                    self.write().await;
                }
            }
        }
        if let Self::Memory { bytes: gathered, .. }
        | Self::File { gathered, .. }
        | Self::Spool { gathered, .. } = self
        {
            if gathered.try_reserve(bytes.len()).is_err() {
                self.refuse(NO_RESOURCES, "no memory");
            } else {
                gathered.extend_from_slice(bytes);
            }
        }
    }

    /// Writes what was gathered. The deposit goes to a thread that may wait, and comes back.
    async fn write(&mut self) {
        let (storage, target, pace, deposit, gathered) = match self {
            Self::File { store, target, deposit, gathered } => {
                (&store.storage, target.clone(), &store.pace, deposit, gathered)
            }
            Self::Spool { spool, deposit, gathered, .. } => {
                (&spool.storage, spool.target.clone(), &spool.pace, deposit, gathered)
            }
            Self::Nowhere | Self::Memory { .. } | Self::Refused(_) => return,
        };
        let (storage, begun, bytes) = (Arc::clone(storage), deposit.take(), std::mem::take(gathered));
        let written = pace.work(false, move || {
            let mut deposit = match begun {
                Some(deposit) => deposit,
                None => Deposit::begin(&storage, target)?,
            };
            deposit.write(&bytes)?;
            Ok::<_, Error>((deposit, bytes))
        });
        match written.await.unwrap_or_else(no_thread) {
            Ok((written, mut bytes)) => {
                bytes.clear();
                (*deposit, *gathered) = (Some(written), bytes);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// The data set is complete: what is kept of it, or what is answered. What can be used again goes to `spare`.
    pub(crate) async fn end(mut self, spare: &mut Spare) -> Result<Kept, Outcome> {
        if matches!(self, Self::Spool { deposit: Some(_), .. }) {
            self.write().await;
        }
        match self {
            Self::Nowhere => Ok(Kept::Nothing),
            Self::Memory { bytes, .. } => Ok(Kept::Memory(bytes)),
            Self::Spool { deposit: Some(deposit), .. } => Ok(Kept::Spooled(Arc::new(deposit.keep()))),
            Self::Spool { gathered, .. } => Ok(Kept::Memory(gathered)),
            Self::Refused(outcome) => Err(outcome),
            Self::File { store, target, deposit, gathered } => {
                commit(store, target, deposit, gathered, spare).await
            }
        }
    }

    /// True where nothing is taken any more.
    pub(crate) fn refused(&self) -> Option<&Outcome> {
        match self {
            Self::Refused(outcome) => Some(outcome),
            _ => None,
        }
    }

    fn fail(&mut self, error: &Error) {
        *self = Self::Refused(outcome_of(error));
    }

    fn refuse(&mut self, status: u16, comment: &str) {
        *self = Self::Refused(Outcome::with_comment(status, comment));
    }
}

/// Puts a file at its place, and returns when what the answer promises is so.
async fn commit(
    store: Arc<FileStore>,
    target: PathBuf,
    deposit: Option<Deposit>,
    gathered: Vec<u8>,
    spare: &mut Spare,
) -> Result<Kept, Outcome> {
    let (path, promise) = (target.clone(), store.promise());
    let own = Arc::clone(&store);
    let commit = move || {
        let mut deposit = match deposit {
            Some(deposit) => deposit,
            None => Deposit::begin(&own.storage, target)?,
        };
        deposit.write(&gathered)?;
        deposit.commit(promise.durability(), &own.committer)?;
        Ok::<_, Error>(gathered)
    };
    if promise == Promise::Nothing {
        // Nobody waits for it, and nobody is told.
        drop(spawn_blocking(commit));
    } else {
        let committed = store.pace.work(promise == Promise::Power, commit).await;
        spare.memory = committed.unwrap_or_else(no_thread).map_err(|error| outcome_of(&error))?;
        spare.stored(&store, &path);
    }
    Ok(Kept::File(path))
}

fn no_thread<T>() -> Result<T, Error> {
    Err(Error::new(ErrorKind::Io { errno: 0 }, "the thread that writes has ended"))
}

fn outcome_of(error: &Error) -> Outcome {
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
        Outcome::with_comment(NO_RESOURCES, "no room for the instance")
    } else {
        Outcome::with_comment(FAILURE, "the file could not be written")
    }
}

fn meta(arrival: &Arrival) -> Meta {
    let source = arrival.calling.to_text();
    let is_title =
        source.bytes().all(|byte| (0x20..0x7F).contains(&byte) && byte != b'\\') && !source.is_empty();
    Meta {
        sop_class: arrival.sop_class.as_str().to_owned(),
        sop_instance: arrival.sop_instance.as_str().to_owned(),
        transfer_syntax: arrival.transfer_syntax.as_str().to_owned(),
        source: Some(source).filter(|_| is_title),
    }
}
