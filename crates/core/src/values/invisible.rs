//! Invisible characters, by their Unicode properties. The tables are those of `regex-syntax`, which has Unicode 16 or
//! later.

use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;

/// Default_Ignorable_Code_Point (UAX #44): joiners, variation selectors, fillers, tags. U+2800, the braille pattern
/// without dots, is added: it is a symbol by its properties, but invisible.
static INVISIBLE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges(r"[\p{Default_Ignorable_Code_Point}\x{2800}]"));

/// The same, and formatting characters such as the marks that change the direction of text.
static UNSEEN: LazyLock<Vec<(char, char)>> =
    LazyLock::new(|| ranges(r"[\p{Default_Ignorable_Code_Point}\p{Format}\p{Control}\x{2800}]"));

/// Whether a character is invisible by itself. Some are useful between others: joiners in Persian and in emoji,
/// variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    !c.is_ascii() && is_in(&INVISIBLE, c)
}

/// Whether a character is invisible, or only changes how others are shown.
pub(crate) fn is_unseen(c: char) -> bool {
    is_in(&UNSEEN, c)
}

fn is_in(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| c <= *last)
}

/// The characters of a class, ascending.
fn ranges(class: &str) -> Vec<(char, char)> {
    let class = regex_syntax::parse(class).expect("a constant class of characters parses");
    match class.kind() {
        HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| (range.start(), range.end())).collect(),
        _ => unreachable!("a class of several characters is a class"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table is from DerivedCoreProperties.txt of Unicode 16.0.
    #[test]
    fn default_ignorables_are_invisible() {
        let ignorable = [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{200b}',
            '\u{200d}',
            '\u{2060}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{e0001}',
            '\u{e0fff}',
        ];
        for c in ignorable.into_iter().chain(['\u{2800}']) {
            assert!(is_invisible(c) && is_unseen(c), "{c:?}");
        }
        for c in ['a', 'é', ' ', '\u{a0}', '\u{301}', '\u{2801}', '\u{115e}', '\u{3165}', '中', '👩'] {
            assert!(!is_invisible(c) && !is_unseen(c), "{c:?}");
        }
    }

    #[test]
    fn formats_and_controls_are_unseen_and_not_all_invisible() {
        for c in ['\0', '\u{7f}', '\u{85}', '\u{600}', '\u{fff9}', '\u{202e}', '\u{110bd}'] {
            assert!(is_unseen(c), "{c:?}");
        }
        assert!(!is_invisible('\u{600}'), "the Arabic number sign is seen");
    }
}
