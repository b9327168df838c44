//! What the writer promises.

mod corpus;
mod element;
mod material;
