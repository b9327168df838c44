//! Fuzzy semantic matching of names (PS3.4 C.2.2.2.1.1), which leaves its way to the provider: words of a key are found in any order, by
//! their beginning where an asterisk says so, without their marks, and by their sound.

/// Words of a key or a name that are looked at.
const MOST_WORDS: usize = 16;

/// Whether each word of a key is one of the words of a name, another one for each.
pub(super) fn matches(key: &str, name: &str) -> bool {
    let mut free = words(name);
    let mut wanted = words(key);
    // The hardest to find first, so that a sound does not take the word that another one is.
    wanted.sort_by_key(|word| (word.contains('*'), std::cmp::Reverse(word.len())));
    !wanted.is_empty()
        && wanted.iter().all(|word| {
            let place = free.iter().position(|other| word == other);
            let place = place.or_else(|| free.iter().position(|other| is_like(word, other)));
            place.map(|place| free.swap_remove(place)).is_some()
        })
}

fn words(text: &str) -> Vec<String> {
    let is_edge = |letter: char| !letter.is_alphanumeric() && letter != '*' && letter != '?';
    let folded = text.split(is_edge).map(|word| word.chars().flat_map(plain).collect::<String>());
    folded.filter(|word| word.chars().any(|letter| letter != '*')).take(MOST_WORDS).collect()
}

fn is_like(word: &str, other: &str) -> bool {
    if word.contains(['*', '?']) {
        return super::wildcard::matches(word, other);
    }
    matches!((sound(word), sound(other)), (Some(one), Some(two)) if one == two)
}

/// A letter in small and without its mark, as far as names of Latin letters have them.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let base = match letter.to_lowercase().next().unwrap_or(letter) {
        'à'..='æ' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'œ' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        other => return [Some(other), None].into_iter().flatten(),
    };
    let mut letters = base.chars();
    [letters.next(), letters.next()].into_iter().flatten()
}

/// The sound of a word of Latin letters: its first letter and three classes of consonants (the code of Russell and Odell, "Soundex").
fn sound(word: &str) -> Option<[u8; 4]> {
    let letters = word.as_bytes();
    if letters.len() < 2 || !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return None;
    }
    let class = |letter: u8| match letter {
        b'b' | b'f' | b'p' | b'v' => b'1',
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => b'2',
        b'd' | b't' => b'3',
        b'l' => b'4',
        b'm' | b'n' => b'5',
        b'r' => b'6',
        _ => 0,
    };
    let (first, rest) = letters.split_first()?;
    let mut code = [*first, b'0', b'0', b'0'];
    let mut places = code.iter_mut().skip(1);
    let mut last = class(*first);
    for letter in rest {
        let found = class(*letter);
        if found != 0 && found != last {
            let Some(place) = places.next() else { break };
            *place = found;
        }
        // Letters of one class count once, also around an h or a w.
        if !matches!(letter, b'h' | b'w') {
            last = found;
        }
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::{matches, sound};

    #[test]
    fn words_in_any_order_by_their_sound() {
        let name = "M\u{FC}ller-Schmidt^Eva Maria^^Dr.=\u{5C71}\u{7530}^\u{592A}\u{90CE}";
        for key in ["eva muller", "Schmitt^Eva", "Mueller", "mar* schm*", "Maria^M?ller", "\u{5C71}\u{7530}"]
        {
            assert!(matches(key, name), "{key}");
        }
        for key in ["", "*", "Eva^Eva", "Schulz", "Eva Maria Muller Schmidt Anna", "\u{5C71}"] {
            assert!(!matches(key, name), "{key}");
        }
    }

    #[test]
    fn sounds() {
        let said = [("robert", b"r163"), ("rupert", b"r163"), ("ashcraft", b"a261"), ("tymczak", b"t522")];
        assert!(said.iter().all(|(word, code)| sound(word) == Some(**code)));
        assert_eq!((sound("a"), sound("m\u{FC}ller")), (None, None));
    }
}
