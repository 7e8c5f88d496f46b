//! Who won, and the ways in which tables say so.

use big_preference::data::Preference;

use crate::error::shown;

/// Words for labels, besides the usual ones; they count before those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The first response was preferred.
    pub first: Vec<String>,
    /// The second was.
    pub second: Vec<String>,
    /// Neither.
    pub tie: Vec<String>,
}

impl Words {
    fn of(&self, text: &str) -> Option<Preference> {
        let says = |words: &[String]| words.iter().any(|word| word == text);
        if says(&self.first) {
            Some(Preference::A)
        } else if says(&self.second) {
            Some(Preference::B)
        } else if says(&self.tie) {
            Some(Preference::Tie)
        } else {
            None
        }
    }

    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.second.is_empty() && self.tie.is_empty()
    }
}

/// Labels that are grades: one at `first` is a whole win of the first response, one at `second` of the second, and what is between
/// wins for both, in proportion. So `−10` and `10`, `1` and `5`, or `1` and `0` for a share of votes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grades {
    /// The grade of a whole win of the first.
    pub first: f64,
    /// Of the second.
    pub second: f64,
}

impl Grades {
    fn label(self, column: &str, value: f64) -> Result<Preference, String> {
        let share = (value - self.second) / (self.first - self.second);
        if share == 1.0 {
            Ok(Preference::A)
        } else if share == 0.0 {
            Ok(Preference::B)
        } else if share == 0.5 {
            Ok(Preference::Tie)
        } else if (0.0..1.0).contains(&share) {
            Ok(Preference::Share(share))
        } else {
            Err(format!(
                "`{column}` is {value}: a grade is between {} and {}",
                self.first, self.second
            ))
        }
    }
}

/// How one column of labels is read.
#[derive(Clone, Copy)]
pub(super) struct Labels<'l> {
    /// Its name.
    pub(super) column: &'l str,
    /// Does 1 say that the first was preferred?
    pub(super) numbers: bool,
    /// Words besides the usual ones.
    pub(super) words: &'l Words,
    /// Numbers are grades.
    pub(super) grades: Option<Grades>,
}

/// Letters in which a label is told apart from others: the longest usual word has fewer.
const LONGEST: usize = 32;

impl Labels<'_> {
    /// What a number says.
    pub(super) fn number(&self, value: f64) -> Result<Preference, String> {
        let column = self.column;
        if !self.words.is_empty()
            && let Some(label) = self.words.of(&value.to_string())
        {
            return Ok(label);
        }
        if let Some(grades) = self.grades {
            return grades.label(column, value);
        }
        if !self.numbers && (value == 0.0 || value == 1.0) {
            return Err(format!(
                "`{column}` is {value}, which may be the number of the winner or say whether the first won: name the column as that \
                 of labels, where 1 says that the first was preferred, or say which words mean the first and the second"
            ));
        }
        if value == 1.0 {
            Ok(Preference::A)
        } else if value == 0.0 {
            Ok(Preference::B)
        } else if value == 0.5 {
            Ok(Preference::Tie)
        } else {
            Err(format!(
                "`{column}` is {value}: a label is 1 (a was preferred), 0 (b was), or 0.5 (a tie)"
            ))
        }
    }

    /// Do 1 and 0 mean what they usually do?
    #[cfg(feature = "parquet")]
    pub(super) fn is_plain(&self) -> bool {
        self.numbers && self.words.is_empty() && self.grades.is_none()
    }

    /// What a truth value says.
    pub(super) fn truth(&self, value: bool) -> Preference {
        match value {
            true => Preference::A,
            false => Preference::B,
        }
    }

    /// What a text says; `names` are those of the two responses, which may stand for themselves.
    pub(super) fn text(
        &self,
        text: &str,
        names: Option<(&str, &str)>,
    ) -> Result<Preference, String> {
        if let Some(label) = self.words.of(text) {
            return Ok(label);
        }
        if let Some((a, b)) = names
            && a != b
            && (text == a || text == b)
        {
            return Ok(if text == a {
                Preference::A
            } else {
                Preference::B
            });
        }
        if let Some(label) = usual(text) {
            return Ok(label);
        }
        if let Ok(value) = text.parse::<f64>() {
            return self.number(value);
        }
        let column = self.column;
        let shown = shown(text, 24);
        Err(match names {
            Some(_) => format!(
                "`{column}` is \"{shown}\": a label names the winner, or says model_a, left, first, 1 or true (the first), model_b, \
                 right, second, 0 or false (the second), tie or both_bad"
            ),
            None => format!(
                "`{column}` is \"{shown}\": a label is 1 or true (a was preferred), 0 or false (b was), or 0.5 (a tie); or a word \
                 such as left, right, first, second, model_a, model_b, tie"
            ),
        })
    }
}

/// The usual words, without regard to case, hyphens, underscores, blanks and brackets.
fn usual(text: &str) -> Option<Preference> {
    let mut letters = [0; LONGEST];
    let mut length = 0;
    for byte in text.bytes() {
        if matches!(byte, b' ' | b'_' | b'-' | b'(' | b')') {
            continue;
        }
        *letters.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    Some(match &letters[..length] {
        b"true" | b"a" | b"modela" | b"responsea" | b"itema" | b"left" | b"first" | b"chosen"
        | b"choice1" | b"option1" | b"response1" | b"aisbetter" | b"aisslightlybetter"
        | b"aisclearlybetter" | b"aismuchbetter" => Preference::A,
        b"false" | b"b" | b"modelb" | b"responseb" | b"itemb" | b"right" | b"second"
        | b"rejected" | b"choice2" | b"option2" | b"response2" | b"bisbetter"
        | b"bisslightlybetter" | b"bisclearlybetter" | b"bismuchbetter" => Preference::B,
        b"tie" | b"draw" | b"equal" | b"same" | b"both" | b"neither" | b"bothbad" | b"bothgood"
        | b"tiebothbad" => Preference::Tie,
        _ => return None,
    })
}
