//! The operating system's side: files read and written, their stamps, mappings, and the pool of threads.
#![deny(unsafe_code)]

mod cold;
pub mod file;
pub mod map;
mod memory;
pub mod pool;
pub mod remote;
pub mod save;
pub mod stamp;
pub mod storage;

pub use file::{OpenFile, PathFile};
pub use map::Mapping;
pub use remote::RemoteFile;
pub use save::{Durability, Existing, NewFile};
pub use stamp::Stamp;
pub use storage::{Committer, Deposit, Disk, Storage, Temporary};
