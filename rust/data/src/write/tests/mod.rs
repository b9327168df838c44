//! What the writer promises.

mod charsets;
mod corpus;
mod files;
mod material;
mod syntaxes;
mod values;
mod verbatim;
