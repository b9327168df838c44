//! DICOM associations over TCP: what `radiogram-net` says is sent, what comes is received, files last when we say so.
//!
//! One task an association, on a small runtime; memory is lent to those that have something to read, and nobody reads without. What is slow
//! (files) runs on threads that may wait. The rules of an application decide where an instance goes before its first byte is read.
#![forbid(unsafe_code)]

pub mod body;
mod buffers;
pub mod caller;
mod connection;
pub mod ending;
pub mod error;
pub mod exchange;
mod ground;
pub mod handle;
mod lanes;
mod link;
pub mod metrics;
mod pace;
mod parting;
pub mod quotas;
mod receive;
pub mod request;
pub mod rules;
pub mod sending;
pub mod server;
mod session;
pub mod sink;
pub mod terms;
pub mod times;
pub mod tls;
mod vigil;
pub mod watcher;

pub use body::{Body, Source};
pub use caller::{CallConfig, Caller};
pub use ending::Ending;
pub use error::{Error, Result};
pub use exchange::{Exchange, Response};
pub use handle::Handle;
pub use lanes::Lanes;
pub use metrics::Metrics;
pub use quotas::Quotas;
pub use request::{Replies, Request};
pub use rules::{Answer, Decision, Rules, ServesNothing, Stored};
pub use sending::{Feed, Instance, NotSent, SendOptions, Sending, Sent, store_as_they_come, store_over};
pub use server::{Config, Server};
pub use sink::{Arrival, Kept, Sink};
pub use terms::Terms;
pub use times::Times;
pub use vigil::Vigil;
pub use watcher::{Notice, Wants, Watcher};

use radiogram_net::negotiation::Implementation;
use radiogram_net::{AeTitle, Uid};

/// Who this software is in the network, as it is in files.
pub fn implementation() -> Implementation {
    let version = AeTitle::new(radiogram_data::write::IMPLEMENTATION_VERSION).unwrap_or_default();
    Implementation { class: Uid::new(radiogram_data::write::IMPLEMENTATION_CLASS_UID), version }
}

/// A runtime for what is not an association: who listens, who waits for several of them.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        // Those that wait for disks: more at once would not make a disk quicker.
        .max_blocking_threads(64)
        .thread_name("radiogram-net")
        .enable_all()
        .build()
}
