//! An instance on its way in (C-STORE): from the command to the answer.

use std::sync::Arc;
use std::time::Instant;

use radiogram_core::{Syntax, Tag, syntax};
use radiogram_data::excerpt::{Excerpt, Taken, Wanted};
use radiogram_data::meta::Meta;
use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;

use crate::Rules;
use crate::sink::identity::{LOOK, Said, identify};
use crate::sink::{Arrival, Kept, Places, Reception, Sink, Spare};

/// Error: the data set does not match the SOP class, or the instance of the command (PS3.4 B.2.3).
const NO_MATCH: u16 = 0xA900;
/// Error: cannot understand.
const NO_SENSE: u16 = 0xC000;
/// Invalid SOP instance (PS3.7 C).
const BAD_INSTANCE: u16 = 0x0117;

/// An instance that is being received.
#[derive(Debug)]
pub(crate) struct Intake {
    arrival: Arrival,
    pub(crate) began: Instant,
    places: Places,
    look: Look,
    /// The elements that are taken out.
    index: Option<Excerpt>,
    spare: Spare,
}

/// How it is found out which instance the data set is.
#[derive(Debug)]
enum Look {
    /// It is known, or does not matter.
    Done,
    /// By its first bytes.
    Head(Vec<u8>),
    /// By its first elements, which are deflated (PS3.5 A.5).
    Inflated(Box<Excerpt>),
}

impl Intake {
    /// Begins with a command. What is refused is still to be read.
    pub(crate) fn begin(arrival: Arrival, rules: &dyn Rules, spare: Spare) -> Self {
        let reception = if is_name(&arrival.sop_instance) {
            rules.reception(&arrival)
        } else {
            Reception::of(Sink::Refuse(Outcome::with_comment(
                BAD_INSTANCE,
                "the SOP Instance UID is not one",
            )))
        };
        let Reception { sink, checks, wanted } = reception;
        let mut spare = spare;
        let places = Places::begin(sink, &arrival, &mut spare);
        let syntax = Syntax::from_uid(arrival.transfer_syntax.as_str());
        let excerpt = |wanted: Arc<Wanted>, syntax: &Syntax| {
            Excerpt::new(wanted, syntax, arrival.sop_class.as_str(), arrival.sop_instance.as_str())
        };
        let wanted = wanted.filter(|wanted| !wanted.is_empty());
        let index = wanted.zip(syntax).map(|(wanted, syntax)| excerpt(wanted, syntax));
        let named = || Wanted::new(&[Tag::new(0x0008, 0x0016), Tag::new(0x0008, 0x0018)]).ok().map(Arc::new);
        let look = match syntax.filter(|syntax| syntax.deflated).zip(named()) {
            _ if !checks => Look::Done,
            Some((syntax, named)) => Look::Inflated(Box::new(excerpt(named, syntax))),
            None => Look::Head(Vec::new()),
        };
        Self { arrival, began: Instant::now(), places, look, index, spare }
    }

    /// Takes bytes of the data set.
    pub(crate) async fn take(&mut self, bytes: &[u8], is_last: bool) {
        self.look(bytes, is_last);
        if let Some(index) = &mut self.index {
            index.take(bytes);
        }
        self.places.take(bytes).await;
    }

    /// The data set is complete: what is kept of it and what was taken out, or what is answered; and what can be used again.
    pub(crate) async fn end(self) -> (Result<(Kept, Option<Taken>), Outcome>, Arrival, Spare) {
        let Self { arrival, places, index, mut spare, .. } = self;
        let kept = places.end(&mut spare).await;
        (kept.map(|kept| (kept, index.map(Excerpt::finish))), arrival, spare)
    }

    /// The instance of the data set must be that of the command; else whoever looks for it by one finds it by the other.
    fn look(&mut self, bytes: &[u8], is_last: bool) {
        let said = match &mut self.look {
            Look::Done => return,
            Look::Head(head) => {
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
                said
            }
            Look::Inflated(excerpt) => {
                if excerpt.take(bytes) && !is_last {
                    return;
                }
                let Look::Inflated(excerpt) = std::mem::replace(&mut self.look, Look::Done) else { return };
                inflated(*excerpt)
            }
        };
        self.look = Look::Done;
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

    /// What has arrived so far is removed.
    fn refuse(&mut self, status: u16, comment: &str) {
        self.places.refuse(Outcome::with_comment(status, comment));
    }
}

/// Which instance a deflated data set names.
fn inflated(excerpt: Excerpt) -> Said {
    let Taken { file, is_complete, .. } = excerpt.finish();
    if !is_complete {
        return Said::Nonsense;
    }
    let elements = Meta::find(&file).and_then(|(_, begin)| file.get(begin..));
    identify(elements.unwrap_or_default(), syntax::EXPLICIT_LITTLE, true)
}

/// Digits and dots, as UIDs in the field are, even where they break a rule about zeros.
pub(crate) fn is_name(uid: &Uid) -> bool {
    let text = uid.as_str();
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !text.starts_with('.')
}
