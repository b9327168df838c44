//! The items of an association's PDUs, one file each: decoded from what a peer sent, encoded from what we say.
//!
//! Items of other types are passed over, as PS3.8 9.3.1 asks for.

pub mod application_context;
pub mod common_extended;
pub mod extended;
pub mod identity_ac;
pub mod identity_rq;
pub mod implementation;
pub mod maximum_length;
pub mod operations_window;
pub mod presentation_ac;
pub mod presentation_rq;
pub mod role_selection;
pub mod syntax;
pub mod user_information;

pub use common_extended::CommonExtended;
pub use extended::Extended;
pub use identity_ac::IdentityAc;
pub use identity_rq::{IdentityKind, IdentityRq};
pub use operations_window::OperationsWindow;
pub use presentation_ac::{ContextAnswer, ContextResult};
pub use presentation_rq::ProposedContext;
pub use role_selection::RoleSelection;
pub use user_information::UserInformation;
