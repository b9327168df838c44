//! Places of files: a template with fields in braces, whose values come from a peer and can choose nothing but a name.

use std::path::{Path, PathBuf};

use radiogram_core::{Error, ErrorKind, Result};

use super::Arrival;

/// Characters of a value that are used.
const LONGEST: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    SopInstance,
    SopClass,
    TransferSyntax,
    Calling,
    Called,
    Peer,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(String),
    Field(Field),
}

/// A path below a folder, such as `{calling}/{sop_instance}.dcm`.
///
/// Fields are `sop_instance`, `sop_class`, `transfer_syntax`, `calling`, `called` and `peer`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// The components of the path.
    components: Vec<Vec<Piece>>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// `Argument` for a field that is not known, braces that are not closed, a path that leaves the folder, and one that two instances share.
    pub fn new(text: &str) -> Result<Self> {
        let wrong = |message: &str| Error::new(ErrorKind::Argument, message);
        let components: Vec<Vec<Piece>> = text.split('/').map(component).collect::<Result<_>>()?;
        for pieces in &components {
            match pieces.as_slice() {
                [] => return Err(wrong("a template with an empty component")),
                [Piece::Text(text)] if matches!(text.as_str(), "." | "..") => {
                    return Err(wrong("a template that leaves its folder"));
                }
                _ => {}
            }
        }
        if text.chars().any(char::is_control) {
            return Err(wrong("a template with a character that no name has"));
        }
        if !components.iter().flatten().any(|piece| *piece == Piece::Field(Field::SopInstance)) {
            return Err(wrong("a template without {sop_instance} puts one instance in the place of another"));
        }
        Ok(Self { components })
    }

    /// The path of an instance below a folder.
    pub fn place(&self, root: &Path, arrival: &Arrival) -> PathBuf {
        let mut path = root.to_owned();
        for pieces in &self.components {
            let mut name = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => name.push_str(text),
                    Piece::Field(field) => add(&mut name, *field, arrival),
                }
            }
            if name.starts_with('.') {
                // Never a name that means another folder, or that is hidden or a part of a file that arrives.
                name.insert(0, '_');
            }
            path.push(name);
        }
        path
    }
}

fn component(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind
            .split_once('}')
            .ok_or_else(|| Error::new(ErrorKind::Argument, "a template with a brace that is not closed"))?;
        let field = match name {
            "sop_instance" => Field::SopInstance,
            "sop_class" => Field::SopClass,
            "transfer_syntax" => Field::TransferSyntax,
            "calling" => Field::Calling,
            "called" => Field::Called,
            "peer" => Field::Peer,
            _ => return Err(Error::new(ErrorKind::Argument, "a template with a field that is not known")),
        };
        pieces.extend(Some(before).filter(|text| !text.is_empty()).map(|text| Piece::Text(text.to_owned())));
        pieces.push(Piece::Field(field));
        rest = after;
    }
    pieces.extend(Some(rest).filter(|text| !text.is_empty()).map(|text| Piece::Text(text.to_owned())));
    Ok(pieces)
}

/// Adds a value as a part of a name: letters, digits, and what does no harm; anything else is an underscore.
fn add(name: &mut String, field: Field, arrival: &Arrival) {
    let other;
    let text = match field {
        Field::SopInstance => arrival.sop_instance.as_str(),
        Field::SopClass => arrival.sop_class.as_str(),
        Field::TransferSyntax => arrival.transfer_syntax.as_str(),
        Field::Calling | Field::Called | Field::Peer => {
            other = match field {
                Field::Calling => arrival.calling.to_text(),
                Field::Called => arrival.called.to_text(),
                _ => arrival.peer.ip().to_string(),
            };
            &other
        }
    };
    let fits =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ' ');
    let begin = name.len();
    if text.len() <= LONGEST && text.chars().all(fits) {
        name.push_str(text);
    } else {
        name.extend(text.chars().take(LONGEST).map(|one| if fits(one) { one } else { '_' }));
    }
    if name.get(begin..).is_none_or(|name| name.trim().is_empty()) {
        name.truncate(begin);
        name.push('_');
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use radiogram_net::{AeTitle, Uid};

    use super::*;

    fn arrival(uid: &str) -> Arrival {
        Arrival {
            peer: "127.0.0.1:104".parse().unwrap(),
            calling: AeTitle::new("../../ETC").unwrap(),
            called: AeTitle::new("..").unwrap(),
            sop_class: Uid::new("1.2.840.10008.5.1.4.1.1.2"),
            sop_instance: Uid::new(uid),
            transfer_syntax: Uid::new("1.2.840.10008.1.2"),
            originator: None,
        }
    }

    #[test]
    fn no_value_leaves_the_folder() {
        let root = Path::new("/data");
        let template = Template::new("{called}/{calling}/{sop_instance}.dcm").unwrap();
        for uid in
            ["1.2.3", "../../../../etc/passwd", "/etc/passwd", "", ".", "..", "a\0b\nc", &"9".repeat(500)]
        {
            let place = template.place(root, &arrival(uid));
            assert!(place.starts_with(root) && place.components().count() == 5, "{place:?}");
            let names: Vec<String> =
                place.iter().skip(2).map(|name| name.to_str().unwrap().to_owned()).collect();
            assert!(names.iter().all(|name| !name.starts_with('.') && name.len() <= 70), "{names:?}");
        }
        assert_eq!(template.place(root, &arrival("1.2.3")), Path::new("/data/_../_.._.._ETC/1.2.3.dcm"));
    }

    #[test]
    fn templates_are_read() {
        assert!(Template::new("in/{peer}-{sop_class}/x{transfer_syntax}-{sop_instance}").is_ok());
        for wrong in ["", "/abs", "a//b", "../{called}", "{nothing}", "{called", "a/./b"] {
            assert!(Template::new(wrong).is_err(), "{wrong}");
        }
    }
}
