//! Texts as they are shown to people: what a file holds must not steer a terminal, nor show as something else.

use std::borrow::Cow;

/// The text with everything escaped that a terminal would obey or that nobody would see: control characters but line breaks and
/// tabs, marks that turn the direction of writing, and characters without width. Joiners stay between letters of scripts that
/// need them.
///
/// `\u{202e}` says more to whoever looks for the reason than a name written backwards.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// The same on one line.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

fn escaped(text: &str, layout: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Most texts are long and harmless.
    if !text.contains(|c: char| !layout(c) && (suspicious(c) || is_joiner(c))) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let joins =
            is_joiner(c) && is_joined(before) && characters.peek().is_some_and(|&c| is_joined(c));
        if layout(c) || joins || !(suspicious(c) || is_joiner(c)) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
        before = c;
    }
    Cow::Owned(out)
}

/// A control character (of C0 or C1), or one that is not seen.
fn suspicious(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Zero-width joiner and non-joiner.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Could it be one of what a joiner stands between: a letter beyond the first scripts, an emoji, or its variation?
fn is_joined(c: char) -> bool {
    c >= '\u{600}' && !suspicious(c) && !is_joiner(c) && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::{one_line, visible};

    #[test]
    fn what_steers_or_hides_is_escaped() {
        assert_eq!(visible("\u{1b}[31mred\r"), "\\u{1b}[31mred\\r");
        assert_eq!(visible("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(visible("ab\u{202e}cd"), "ab\\u{202e}cd");
        assert_eq!(visible("a\u{200b}b\u{200d}c"), "a\\u{200b}b\\u{200d}c");
        assert_eq!(visible("two\nlines\tand a tab"), "two\nlines\tand a tab");
        assert_eq!(one_line("two\nlines"), "two\\nlines");
    }

    #[test]
    fn what_scripts_and_emoji_need_stays() {
        for text in [
            "Müller",
            "می\u{200c}خواهم",
            "👩\u{200d}🔬",
            "❤\u{fe0f}",
            "日本語",
            "क्\u{200d}ष",
        ] {
            assert_eq!(visible(text), text);
        }
    }
}
