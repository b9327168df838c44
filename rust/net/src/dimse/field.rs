//! Command Field (0000,0100): which message a command set is (PS3.7 E.1).

/// A service of PS3.7 table 7.5-1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Service {
    /// C-STORE.
    CStore,
    /// C-GET.
    CGet,
    /// C-MOVE.
    CMove,
    /// C-FIND.
    CFind,
    /// C-ECHO.
    CEcho,
    /// N-EVENT-REPORT.
    NEventReport,
    /// N-GET.
    NGet,
    /// N-SET.
    NSet,
    /// N-ACTION.
    NAction,
    /// N-CREATE.
    NCreate,
    /// N-DELETE.
    NDelete,
}

/// The bit that tells a response from its request.
const RESPONSE: u16 = 0x8000;

/// The kinds of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum CommandField {
    /// A request of a service.
    Request(Service),
    /// A response of a service.
    Response(Service),
    /// C-CANCEL-RQ, of whichever service the message is that it names.
    Cancel,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::CStore,
        Self::CGet,
        Self::CMove,
        Self::CFind,
        Self::CEcho,
        Self::NEventReport,
        Self::NGet,
        Self::NSet,
        Self::NAction,
        Self::NCreate,
        Self::NDelete,
    ];

    const fn code(self) -> u16 {
        match self {
            Self::CStore => 0x0001,
            Self::CGet => 0x0010,
            Self::CFind => 0x0020,
            Self::CMove => 0x0021,
            Self::CEcho => 0x0030,
            Self::NEventReport => 0x0100,
            Self::NGet => 0x0110,
            Self::NSet => 0x0120,
            Self::NAction => 0x0130,
            Self::NCreate => 0x0140,
            Self::NDelete => 0x0150,
        }
    }

    /// Its name in the standard.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CStore => "C-STORE",
            Self::CGet => "C-GET",
            Self::CFind => "C-FIND",
            Self::CMove => "C-MOVE",
            Self::CEcho => "C-ECHO",
            Self::NEventReport => "N-EVENT-REPORT",
            Self::NGet => "N-GET",
            Self::NSet => "N-SET",
            Self::NAction => "N-ACTION",
            Self::NCreate => "N-CREATE",
            Self::NDelete => "N-DELETE",
        }
    }
}

impl CommandField {
    /// The number in the element.
    pub const fn code(self) -> u16 {
        match self {
            Self::Request(service) => service.code(),
            Self::Response(service) => service.code() | RESPONSE,
            Self::Cancel => 0x0FFF,
        }
    }

    /// What a number stands for.
    pub fn of(code: u16) -> Option<Self> {
        if code == Self::Cancel.code() {
            return Some(Self::Cancel);
        }
        let service = Service::ALL.into_iter().find(|service| service.code() == code & !RESPONSE)?;
        Some(if code & RESPONSE == 0 { Self::Request(service) } else { Self::Response(service) })
    }

    /// Its name in the standard: `C-STORE-RQ`.
    pub fn name(self) -> String {
        match self {
            Self::Request(service) => format!("{}-RQ", service.name()),
            Self::Response(service) => format!("{}-RSP", service.name()),
            Self::Cancel => "C-CANCEL-RQ".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CommandField;

    #[test]
    fn numbers_go_there_and_back() {
        let known: Vec<u16> = (0..=u16::MAX)
            .filter(|&code| CommandField::of(code).is_some_and(|field| field.code() == code))
            .collect();
        assert_eq!(known.len(), 23);
        assert_eq!((0..=u16::MAX).filter(|&code| CommandField::of(code).is_some()).count(), 23);
    }
}
