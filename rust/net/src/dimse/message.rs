//! All messages as one type, and the macro by which a service lists the fields of its messages.

use radiogram_core::{Result, Tag};

use super::set::{COMMAND_FIELD, CommandSet, DATA_SET_TYPE, NO_DATA_SET, SetWriter};
use super::{
    CommandField, Outcome, Service, c_cancel, c_echo, c_find, c_get, c_move, c_store, n_action, n_create,
    n_delete, n_event_report, n_get, n_set,
};
use crate::Fault;

/// Bytes that a command set has mostly.
const USUAL: usize = 192;

/// What each message can do.
pub(crate) trait Body: Sized {
    /// The tags of its fields, without Command Group Length, Command Field and Command Data Set Type.
    #[cfg(test)]
    const TAGS: &'static [Tag];
    fn read(set: &CommandSet<'_>) -> std::result::Result<Self, Fault>;
    fn write(&self, out: &mut SetWriter<'_>) -> Result<()>;
    fn id(&self) -> u16;
    fn set_id(&mut self, id: u16);
}

/// Defines a message by its fields: a name, a type, the element. Each message has a field `id`: its own number, or that of the message
/// which it answers or cancels.
macro_rules! message {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty = $tag:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)*
        }

        impl $crate::dimse::message::Body for $name {
            #[cfg(test)]
            const TAGS: &'static [radiogram_core::Tag] = &[$(radiogram_core::Tag($tag),)*];

            fn read(set: &$crate::dimse::set::CommandSet<'_>) -> Result<Self, $crate::Fault> {
                use $crate::dimse::element::Element;
                Ok(Self { $($field: <$type as Element>::read(set, radiogram_core::Tag($tag))?,)* })
            }

            fn write(&self, out: &mut $crate::dimse::set::SetWriter<'_>) -> radiogram_core::Result<()> {
                use $crate::dimse::element::Element;
                $(self.$field.write(radiogram_core::Tag($tag), out)?;)*
                Ok(())
            }

            fn id(&self) -> u16 {
                self.id
            }

            fn set_id(&mut self, id: u16) {
                self.id = id;
            }
        }
    };
}
pub(crate) use message;

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $field:expr => $type:ty,)*) => {
        /// A message, without its data set.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Message {
            $($(#[$doc])* $name($type),)*
        }

        impl Message {
            /// Which message it is.
            pub const fn field(&self) -> CommandField {
                match self {
                    $(Self::$name(_) => $field,)*
                }
            }

            /// Its number; of a response or a cancellation the number of the message that it belongs to.
            pub fn id(&self) -> u16 {
                match self {
                    $(Self::$name(body) => body.id(),)*
                }
            }

            /// Gives it another number.
            pub fn set_id(&mut self, id: u16) {
                match self {
                    $(Self::$name(body) => body.set_id(id),)*
                }
            }

            fn read(field: CommandField, set: &CommandSet<'_>) -> std::result::Result<Self, Fault> {
                $(if field == $field {
                    return Body::read(set).map(Self::$name);
                })*
                Err(Fault::invalid("a message of a kind that is not known", 0))
            }

            fn write(&self, out: &mut SetWriter<'_>) -> Result<()> {
                match self {
                    $(Self::$name(body) => body.write(out),)*
                }
            }
        }

        $(impl From<$type> for Message {
            fn from(body: $type) -> Self {
                Self::$name(body)
            }
        })*

        /// The fields of every message, for the tests that compare them with the standard's tables.
        #[cfg(test)]
        pub(crate) fn all_tags() -> Vec<(CommandField, &'static [Tag])> {
            vec![$(($field, <$type as Body>::TAGS),)*]
        }
    };
}

messages! {
    /// C-STORE-RQ.
    CStoreRq = CommandField::Request(Service::CStore) => c_store::Request,
    /// C-STORE-RSP.
    CStoreRsp = CommandField::Response(Service::CStore) => c_store::Response,
    /// C-FIND-RQ.
    CFindRq = CommandField::Request(Service::CFind) => c_find::Request,
    /// C-FIND-RSP.
    CFindRsp = CommandField::Response(Service::CFind) => c_find::Response,
    /// C-GET-RQ.
    CGetRq = CommandField::Request(Service::CGet) => c_get::Request,
    /// C-GET-RSP.
    CGetRsp = CommandField::Response(Service::CGet) => c_get::Response,
    /// C-MOVE-RQ.
    CMoveRq = CommandField::Request(Service::CMove) => c_move::Request,
    /// C-MOVE-RSP.
    CMoveRsp = CommandField::Response(Service::CMove) => c_move::Response,
    /// C-ECHO-RQ.
    CEchoRq = CommandField::Request(Service::CEcho) => c_echo::Request,
    /// C-ECHO-RSP.
    CEchoRsp = CommandField::Response(Service::CEcho) => c_echo::Response,
    /// C-CANCEL-RQ.
    CCancelRq = CommandField::Cancel => c_cancel::Request,
    /// N-EVENT-REPORT-RQ.
    NEventReportRq = CommandField::Request(Service::NEventReport) => n_event_report::Request,
    /// N-EVENT-REPORT-RSP.
    NEventReportRsp = CommandField::Response(Service::NEventReport) => n_event_report::Response,
    /// N-GET-RQ.
    NGetRq = CommandField::Request(Service::NGet) => n_get::Request,
    /// N-GET-RSP.
    NGetRsp = CommandField::Response(Service::NGet) => n_get::Response,
    /// N-SET-RQ.
    NSetRq = CommandField::Request(Service::NSet) => n_set::Request,
    /// N-SET-RSP.
    NSetRsp = CommandField::Response(Service::NSet) => n_set::Response,
    /// N-ACTION-RQ.
    NActionRq = CommandField::Request(Service::NAction) => n_action::Request,
    /// N-ACTION-RSP.
    NActionRsp = CommandField::Response(Service::NAction) => n_action::Response,
    /// N-CREATE-RQ.
    NCreateRq = CommandField::Request(Service::NCreate) => n_create::Request,
    /// N-CREATE-RSP.
    NCreateRsp = CommandField::Response(Service::NCreate) => n_create::Response,
    /// N-DELETE-RQ.
    NDeleteRq = CommandField::Request(Service::NDelete) => n_delete::Request,
    /// N-DELETE-RSP.
    NDeleteRsp = CommandField::Response(Service::NDelete) => n_delete::Response,
}

impl Message {
    /// The response to a request, with nothing but its outcome; `None` for what is no request.
    pub fn failure(request: CommandField, id: u16, outcome: Outcome) -> Option<Self> {
        let CommandField::Request(service) = request else { return None };
        let (sop_class, sop_instance) = (None, None);
        let (remaining, completed, failed, warnings) = (None, None, None, None);
        Some(match service {
            Service::CStore => c_store::Response { sop_class, id, outcome, sop_instance }.into(),
            Service::CFind => c_find::Response { sop_class, id, outcome }.into(),
            Service::CGet => {
                c_get::Response { sop_class, id, outcome, remaining, completed, failed, warnings }.into()
            }
            Service::CMove => {
                c_move::Response { sop_class, id, outcome, remaining, completed, failed, warnings }.into()
            }
            Service::CEcho => c_echo::Response { sop_class, id, outcome }.into(),
            Service::NEventReport => {
                n_event_report::Response { sop_class, id, outcome, sop_instance, event_type: None }.into()
            }
            Service::NGet => n_get::Response { sop_class, id, outcome, sop_instance }.into(),
            Service::NSet => n_set::Response { sop_class, id, outcome, sop_instance }.into(),
            Service::NAction => {
                n_action::Response { sop_class, id, outcome, sop_instance, action_type: None }.into()
            }
            Service::NCreate => n_create::Response { sop_class, id, outcome, sop_instance }.into(),
            Service::NDelete => n_delete::Response { sop_class, id, outcome, sop_instance }.into(),
        })
    }

    /// The outcome, of a response.
    pub fn outcome(&self) -> Option<&Outcome> {
        Some(match self {
            Self::CStoreRsp(one) => &one.outcome,
            Self::CFindRsp(one) => &one.outcome,
            Self::CGetRsp(one) => &one.outcome,
            Self::CMoveRsp(one) => &one.outcome,
            Self::CEchoRsp(one) => &one.outcome,
            Self::NEventReportRsp(one) => &one.outcome,
            Self::NGetRsp(one) => &one.outcome,
            Self::NSetRsp(one) => &one.outcome,
            Self::NActionRsp(one) => &one.outcome,
            Self::NCreateRsp(one) => &one.outcome,
            Self::NDeleteRsp(one) => &one.outcome,
            _ => return None,
        })
    }
}

/// A message, and whether a data set follows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// The message.
    pub message: Message,
    /// True where a data set follows.
    pub has_data: bool,
}

/// A command that cannot be read, and what of it tells how to answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// Command Field, where there is one, known or not.
    pub code: Option<u16>,
    /// Message ID, where there is one.
    pub id: Option<u16>,
    /// True where a data set follows.
    pub has_data: bool,
    /// What is wrong.
    pub fault: Fault,
}

impl Unreadable {
    /// The status of the answer, where one can be given (PS3.7 C.5): mistyped argument, or unrecognized operation for a kind that is not known.
    pub fn status(&self) -> u16 {
        if self.code.is_some_and(|code| CommandField::of(code).is_some()) { 0x0212 } else { 0x0211 }
    }
}

impl Command {
    /// Reads a command set.
    pub fn decode(bytes: &[u8]) -> std::result::Result<Self, Unreadable> {
        let nothing = |fault| Unreadable { code: None, id: None, has_data: false, fault };
        let set = CommandSet::new(bytes).map_err(nothing)?;
        let code = set.u16(COMMAND_FIELD);
        // A missing type says nothing of a data set, so none is waited for.
        let has_data = set.u16(DATA_SET_TYPE).is_some_and(|kind| kind != NO_DATA_SET);
        let unreadable = |fault| Unreadable { code, id: set.u16(Tag(0x0000_0110)), has_data, fault };
        let field = code
            .and_then(CommandField::of)
            .ok_or(unreadable(Fault::invalid("a message of a kind that is not known", 0)))?;
        Ok(Self { message: Message::read(field, &set).map_err(unreadable)?, has_data })
    }

    /// Appends the command set.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        Self::encode_message(&self.message, self.has_data, out)
    }

    /// Appends the command set of a message.
    pub fn encode_message(message: &Message, has_data: bool, out: &mut Vec<u8>) -> Result<()> {
        let begin = out.len();
        // One growth instead of several; where there is no memory the next one says so.
        let _ = out.try_reserve(USUAL);
        let mut writer = SetWriter::new(out, message.field(), has_data);
        let written = message.write(&mut writer);
        writer.finish();
        if written.is_err() {
            out.truncate(begin);
        }
        written
    }
}
