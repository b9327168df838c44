//! Which contexts a sender proposes for what it has to send, in as few associations as there are to be, and which of those that were accepted an
//! instance goes through.

use std::collections::{BTreeMap, BTreeSet};

use super::requestor::MOST_CONTEXTS;
use super::{Agreement, Context};
use crate::Uid;

/// The transfer syntaxes that every class is proposed in as well, in one context of their own: an acceptor that takes a class takes one of
/// them (PS3.5 10.1: implicit VR little endian is the default that everybody has), and what is in another one can be brought into it.
const PLAIN: [&str; 2] = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"];

/// A context to propose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// The SOP class.
    pub sop_class: Uid,
    /// Its transfer syntaxes, the best one first.
    pub transfer_syntaxes: Vec<Uid>,
}

/// The contexts for instances of these SOP classes in these transfer syntaxes: a list for each association.
///
/// A transfer syntax that is not plain has a context of its own for each class, because of several in one context the acceptor takes one.
/// The contexts of a class stay together, so that every association that an instance may go through has a plain one for it.
pub fn plan(instances: impl IntoIterator<Item = (Uid, Uid)>) -> Vec<Vec<Planned>> {
    let mut classes: BTreeMap<Uid, BTreeSet<Uid>> = BTreeMap::new();
    for (sop_class, transfer_syntax) in instances {
        let held = classes.entry(sop_class).or_default();
        if !PLAIN.contains(&transfer_syntax.as_str()) {
            held.insert(transfer_syntax);
        }
    }
    let mut associations: Vec<Vec<Planned>> = Vec::new();
    for (sop_class, syntaxes) in classes {
        let syntaxes: Vec<Uid> = syntaxes.into_iter().collect();
        // A class in more syntaxes than an association has contexts goes on in the next one, with a plain context there too.
        let mut shares: Vec<&[Uid]> = syntaxes.chunks(MOST_CONTEXTS - 1).collect();
        if shares.is_empty() {
            shares.push(&[]);
        }
        for share in shares {
            let has_room = |contexts: &&mut Vec<Planned>| contexts.len() + share.len() < MOST_CONTEXTS;
            let plain = PLAIN.map(Uid::new).to_vec();
            let one = |transfer_syntaxes| Planned { sop_class: sop_class.clone(), transfer_syntaxes };
            let contexts = share.iter().map(|syntax| one(vec![syntax.clone()])).chain([one(plain)]);
            match associations.iter_mut().find(has_room) {
                Some(association) => association.extend(contexts),
                None => associations.push(contexts.collect()),
            }
        }
    }
    associations
}

/// How an instance can be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way<'a> {
    /// As it is.
    AsIs(&'a Context),
    /// After it was brought into the transfer syntax of the context.
    Changed(&'a Context),
}

/// The way for an instance of a class in a transfer syntax, where the association has one: as it is before all others, then in explicit VR,
/// which loses nothing, then in any that is plain.
pub fn way<'a>(agreement: &'a Agreement, sop_class: &'a Uid, transfer_syntax: &Uid) -> Option<Way<'a>> {
    way_of(agreement, true, sop_class, transfer_syntax)
}

/// As [`way`], for either side: the acceptor is a user of a class where the requestor is a provider of it, as in a C-GET (PS3.4 C.5.3).
pub fn way_of<'a>(
    agreement: &'a Agreement,
    is_requestor: bool,
    sop_class: &'a Uid,
    transfer_syntax: &Uid,
) -> Option<Way<'a>> {
    let is_user = move |context: &&Context| {
        if is_requestor { context.requestor_is_scu } else { context.requestor_is_scp }
    };
    let contexts = || agreement.of_class(sop_class).filter(is_user);
    let find = |syntax: &str| contexts().find(|context| context.transfer_syntax.as_str() == syntax);
    if let Some(context) = find(transfer_syntax.as_str()) {
        return Some(Way::AsIs(context));
    }
    PLAIN.into_iter().find_map(find).map(Way::Changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::UserInformation;

    const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
    const JPEG: &str = "1.2.840.10008.1.2.4.50";

    fn instances(pairs: &[(&str, &str)]) -> Vec<(Uid, Uid)> {
        pairs.iter().map(|(class, syntax)| (Uid::new(class), Uid::new(syntax))).collect()
    }

    #[test]
    fn a_context_for_each_syntax_and_a_plain_one() {
        let planned = plan(instances(&[(CT, JPEG), (CT, PLAIN[0]), (CT, JPEG), ("1.2.3", PLAIN[1])]));
        let said: Vec<(&str, Vec<&str>)> = planned[0]
            .iter()
            .map(|one| (one.sop_class.as_str(), one.transfer_syntaxes.iter().map(Uid::as_str).collect()))
            .collect();
        assert_eq!(said, [("1.2.3", PLAIN.to_vec()), (CT, vec![JPEG]), (CT, PLAIN.to_vec())]);
        assert_eq!((planned.len(), plan([]).len()), (1, 0));
    }

    #[test]
    fn no_association_has_too_many_and_no_instance_is_left_out() {
        let mut all = Vec::new();
        for class in 0..100 {
            for syntax in 0..=class % 5 {
                all.push((Uid::new(&format!("1.{class}")), Uid::new(&format!("2.{syntax}"))));
            }
        }
        for syntax in 0..300 {
            all.push((Uid::new("3"), Uid::new(&format!("2.{syntax}"))));
        }
        let planned = plan(all.clone());
        assert!(planned.iter().all(|contexts| contexts.len() <= MOST_CONTEXTS));
        for (class, syntax) in &all {
            let holds = |contexts: &&Vec<Planned>| {
                let of_class: Vec<&Planned> = contexts.iter().filter(|one| one.sop_class == *class).collect();
                of_class.iter().any(|one| one.transfer_syntaxes == [syntax.clone()])
                    && of_class.iter().any(|one| one.transfer_syntaxes.len() == 2)
            };
            assert!(planned.iter().any(|contexts| holds(&contexts)), "{class} {syntax}");
        }
        // 100 plain ones and 300 others, and 300 in three shares.
        assert_eq!(planned.iter().map(Vec::len).sum::<usize>(), 400 + 303);
        assert!(planned.len() <= 7, "{}", planned.len());
    }

    #[test]
    fn the_way_that_changes_least() {
        let context = |id, transfer_syntax, requestor_is_scu| Context {
            id,
            abstract_syntax: Uid::new(CT),
            transfer_syntax: Uid::new(transfer_syntax),
            requestor_is_scu,
            requestor_is_scp: false,
        };
        let mut agreement = Agreement {
            contexts: vec![context(1, PLAIN[1], true), context(3, JPEG, true), context(5, PLAIN[0], true)],
            sendable: None,
            invoked: 1,
            performed: 1,
            peer: UserInformation::default(),
        };
        let ct = Uid::new(CT);
        let found = |agreement: &Agreement, syntax| match way(agreement, &ct, &Uid::new(syntax)) {
            Some(Way::AsIs(context)) => (context.id, true),
            Some(Way::Changed(context)) => (context.id, false),
            None => (0, false),
        };
        assert_eq!(found(&agreement, JPEG), (3, true));
        assert_eq!(found(&agreement, PLAIN[1]), (1, true));
        assert_eq!(found(&agreement, "1.2.840.10008.1.2.4.90"), (5, false));
        agreement.contexts.pop();
        assert_eq!(found(&agreement, PLAIN[0]), (1, false));
        agreement.contexts = vec![context(1, JPEG, false)];
        assert_eq!(found(&agreement, JPEG), (0, false), "not as a user");
    }
}
