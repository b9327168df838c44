//! What to write and how.

use radiogram_core::{Limits, Syntax};

/// Bytes in front of `DICM` (PS3.10 7.1).
pub const PREAMBLE: usize = 128;

/// What to write and how.
#[derive(Clone, Copy, Default)]
pub struct WriteOptions {
    /// The transfer syntax. `None`: the one that a change of the file meta information names, else as it was read, else explicit VR
    /// little endian.
    pub syntax: Option<&'static Syntax>,
    /// What stands in front of the data set.
    pub form: Form,
    /// How the ends of sequences and items are said.
    pub lengths: Lengths,
    /// Everything is written as the standard says, whatever was read: ascending tags, each once; even lengths; VRs of the dictionary
    /// where the bytes had none or wrong ones; delimiters; file meta information made anew; nothing behind the last element.
    pub repair: bool,
    /// The preamble that is written where there is one; `None`: that which was read, else zeros.
    pub preamble: Option<[u8; PREAMBLE]>,
    /// How deep sequences may nest.
    pub limits: Limits,
}

/// What stands in front of the data set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// What was read: preamble and file meta information, or what there was of them. A new data set gets both.
    #[default]
    AsRead,
    /// Preamble and file meta information (PS3.10 7.1).
    File,
    /// Nothing: the data set alone.
    DataSet,
}

/// How the ends of sequences and items are said (PS3.5 7.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lengths {
    /// As they were read; new ones by their length.
    #[default]
    AsRead,
    /// By their length.
    Defined,
    /// By delimiters.
    Undefined,
}
