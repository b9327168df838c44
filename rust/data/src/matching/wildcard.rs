//! Wild card matching (PS3.4 C.2.2.2.4): `*` stands for any characters, `?` for one.

/// Whether a text is what a pattern says. Two places are remembered and nothing recurses, so that no pattern takes more time than its length
/// times that of the text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    // Behind the last asterisk, and from where in the text it is tried next.
    let mut again = None;
    loop {
        let (mut ahead, mut rest) = (pattern.clone(), text.clone());
        let is_match = match (ahead.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                again = Some((ahead.clone(), text.clone()));
                pattern = ahead;
                continue;
            }
            (Some('?'), Some(_)) => true,
            (Some(wanted), Some(found)) => wanted == found,
            _ => false,
        };
        if is_match {
            (pattern, text) = (ahead, rest);
            continue;
        }
        let Some((behind, from)) = &mut again else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, text) = (behind.clone(), from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let yes = [
            ("", ""),
            ("*", ""),
            ("*", "abc"),
            ("a*c", "abc"),
            ("a*c", "ac"),
            ("?b?", "abc"),
            ("**", "x"),
            ("*a*b", "aab"),
            ("山*", "山田"),
        ];
        let no =
            [("", "a"), ("?", ""), ("a*c", "abx"), ("abc", "ABC"), ("a?", "a"), ("*a*b", "aba"), ("?", "ab")];
        assert!(yes.iter().all(|(pattern, text)| matches(pattern, text)));
        assert!(!no.iter().any(|(pattern, text)| matches(pattern, text)));
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let (pattern, text) = ("*a".repeat(500) + "b", "a".repeat(2000));
        assert!(!matches(&pattern, &text));
    }
}
