//! Names of people (PS3.5 6.2.1): up to three component groups, alphabetic, ideographic and phonetic, of up to five components each.

use std::borrow::Cow;

use super::wildcard;

/// Whether a name is what a key says. A key of one group may match any group of the name: who asks by the ideographic name need not know
/// that it is the second group. Each group of a longer key matches the group at its own place, and an empty one matches all.
pub(super) fn matches(key: &str, name: &str, ignores_case: bool) -> bool {
    let (key, name) = if ignores_case {
        (Cow::Owned(key.to_lowercase()), Cow::Owned(name.to_lowercase()))
    } else {
        (Cow::Borrowed(key), Cow::Borrowed(name))
    };
    if !key.contains('=') {
        return name.split('=').any(|group| group_matches(&key, group));
    }
    let mut groups = name.split('=');
    key.split('=').all(|wanted| {
        let group = groups.next().unwrap_or_default();
        normal(wanted).is_empty() || group_matches(wanted, group)
    })
}

fn group_matches(wanted: &str, group: &str) -> bool {
    let (wanted, group) = (normal(wanted), normal(group));
    if wildcard::matches(&wanted, &group) {
        return true;
    }
    // PS3.5 6.2.1: delimiters behind the last component may be left out, and those of a key are there: an asterisk is an empty component, too.
    let missing = carets(&wanted).saturating_sub(carets(&group));
    missing > 0 && wildcard::matches(&wanted, &(group + &"^".repeat(missing)))
}

fn carets(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'^').count()
}

/// Components without the spaces at their ends, and without the empty ones at the end of the group, which say nothing.
fn normal(group: &str) -> String {
    let components: Vec<&str> = group.split('^').map(|component| component.trim_matches(' ')).collect();
    components.join("^").trim_end_matches('^').to_owned()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn groups_and_components() {
        let name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
        for key in [
            "yamada^tarou",
            "Yamada^Tarou^^^",
            "山田*",
            "*たろう",
            "Yamada^*=山田^*",
            "=山田^太郎",
            "Yamada ^ Tarou",
            "YAMADA*=*",
        ] {
            assert!(matches(key, name, true), "{key}");
        }
        for key in ["Yamada", "山田^太郎=Yamada^Tarou", "Yamada^Tarou=山本*", "tarou^yamada"] {
            assert!(!matches(key, name, true), "{key}");
        }
        assert!(!matches("yamada^tarou", name, false));
        assert!(!matches("A*=B", "A^B", true), "a group that is not there");
    }

    #[test]
    fn components_that_are_left_out() {
        for key in ["Doe^*", "Doe^*^*", "*^*", "D?e^*^", "Doe^*=*", "Doe^^*"] {
            assert!(matches(key, "Doe", true), "{key}");
        }
        for key in ["Doe^?", "Doe^?*", "Roe^*", "Doe^*^M", "*^J*"] {
            assert!(!matches(key, "Doe", true), "{key}");
        }
        assert!(matches("Doe^*^*", "Doe^John", true) && !matches("Doe^^*", "Doe^John", true));
    }
}
