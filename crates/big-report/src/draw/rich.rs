//! Labels: plain text with a little mathematics in it.

use super::font::Face;

/// A label, made of runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rich {
    pub(crate) runs: Vec<Run>,
}

/// A piece of a label in one face at one height.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) face: Face,
    /// Above (positive) or below the baseline, in ems of the label.
    pub(crate) rise: f64,
    /// Size relative to the label's.
    pub(crate) scale: f64,
    pub(crate) accent: Accent,
}

impl Run {
    /// Room before the run, in ems of the label: a raised asterisk would touch an italic letter.
    pub(crate) fn lead(&self) -> f64 {
        if self.rise > 0.0 && self.text.starts_with('*') {
            0.07
        } else {
            0.0
        }
    }
}

/// What stands over a run; drawn as lines, because combining characters are lost or misplaced too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accent {
    None,
    Bar,
    Hat,
}

impl Rich {
    /// Text as it is; nothing in it is markup.
    pub fn plain(text: &str) -> Self {
        Self::run(text, Face::Regular)
    }

    /// Semi-bold text as it is.
    pub fn bold(text: &str) -> Self {
        Self::run(text, Face::SemiBold)
    }

    fn run(text: &str, face: Face) -> Self {
        let runs = vec![Run {
            text: text.to_owned(),
            face,
            rise: 0.0,
            scale: 1.0,
            accent: Accent::None,
        }];
        Self { runs }
    }

    /// Text with mathematics between dollar signs: `$r^*$`, `$x_1$`, `$x_{12}$`, `$\hat θ$`, `$\bar x$`. Letters in
    /// mathematics are italic, digits and signs upright.
    pub fn markup(text: &str) -> Self {
        let mut rich = Self::default();
        for (at, part) in text.split('$').enumerate() {
            if at % 2 == 0 {
                if !part.is_empty() {
                    rich.runs.extend(Self::plain(part).runs);
                }
            } else {
                rich.math(part);
            }
        }
        rich
    }

    /// This label and then another.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.runs.extend(other.runs);
        self
    }

    /// The text without its formatting.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    fn math(&mut self, source: &str) {
        let mut rest = source;
        let (mut rise, mut scale, mut accent) = (0.0, 1.0, Accent::None);
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\\hat ") {
                (accent, rest) = (Accent::Hat, after);
                continue;
            }
            if let Some(after) = rest.strip_prefix("\\bar ") {
                (accent, rest) = (Accent::Bar, after);
                continue;
            }
            if c == '_' || c == '^' {
                (rise, scale) = if c == '_' { (-0.2, 0.72) } else { (0.34, 0.72) };
                rest = &rest[1..];
                continue;
            }
            let (token, after) = match rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
                Some(group) => group,
                None => rest.split_at(c.len_utf8()),
            };
            rest = after;
            for c in token.chars() {
                // The asterisk of the font is raised already.
                let star = c == '*' && rise > 0.0;
                self.push_math(c, if star { 0.1 } else { rise }, scale, accent);
            }
            (rise, scale, accent) = (0.0, 1.0, Accent::None);
        }
    }

    fn push_math(&mut self, c: char, rise: f64, scale: f64, accent: Accent) {
        let face = if c.is_alphabetic() && !c.is_uppercase() || c.is_ascii_alphabetic() {
            Face::Italic
        } else {
            Face::Regular
        };
        if let Some(last) = self.runs.last_mut()
            && (last.face, last.rise, last.scale, last.accent) == (face, rise, scale, accent)
            && accent == Accent::None
        {
            last.text.push(c);
            return;
        }
        let text = c.to_string();
        self.runs.push(Run {
            text,
            face,
            rise,
            scale,
            accent,
        });
    }
}

impl From<&str> for Rich {
    /// [`Rich::markup`]: for labels of our own, never for names that users chose.
    fn from(text: &str) -> Self {
        Self::markup(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mathematics_is_set() {
        let label = Rich::markup("at $r^*$ or $\\hat θ_{12}$");
        assert_eq!(label.text(), "at r* or θ12");
        assert_eq!(label.runs[1].face, Face::Italic);
        assert!(label.runs[2].rise > 0.0);
        assert_eq!(label.runs[4].accent, Accent::Hat);
        assert!(label.runs[5].rise < 0.0);
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(Rich::plain("a_1 $x$").runs.len(), 1);
        assert_eq!(Rich::plain("a_1 $x$").text(), "a_1 $x$");
        // Unbalanced markup of any kind terminates and keeps the text.
        for text in ["$", "$x", "$_", "$x_{1", "$\\hat ", "a$$b", "$^^__{}$"] {
            let _ = Rich::markup(text);
        }
    }
}
