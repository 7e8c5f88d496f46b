//! Many plain influencers in a text (a name, a number for a weight, a target, all with the game's action space), read straight into
//! columns: no tree is built of them.
//!
//! This is the quick way, not another grammar: it takes what it is sure of, and what is wrong or out of the ordinary is left to the tree,
//! which says what and where.

use std::borrow::Cow;

use crate::document::{Reader, Value, is_json_number};
use crate::name::check_name;
use crate::number::Scalar;
use crate::table::Columns;

/// What stands in the rest of the text where the influencers were.
const ELSEWHERE: &str = "{\"file\":\"influencers\"}";
/// The fewest numbers that are read so: a game of fewer is kept as it is written.
const FEWEST: usize = 20_001;

/// A text taken apart.
#[derive(Debug)]
pub(crate) struct Crowd {
    /// The text, `influencers` being a table elsewhere.
    pub(crate) rest: String,
    pub(crate) columns: Columns,
}

impl Crowd {
    /// Takes a text apart, if that is all there is to it. `O(len)`; memory of the columns.
    pub(crate) fn of(text: &str, json: bool) -> Option<Self> {
        let crowd = if json { of_json(text) } else { of_toml(text) }?;
        (crowd.columns.weights.len() + crowd.columns.targets.len() >= FEWEST).then_some(crowd)
    }
}

/// One influencer at a time.
#[derive(Default)]
struct Influencers {
    columns: Columns,
    weight: Option<f64>,
    name: Option<String>,
    has_target: bool,
    any_name: bool,
}

impl Influencers {
    /// A key that is given for the first time; `None` for any other.
    fn weight(&mut self, number: &str) -> Option<()> {
        let weight = f64::parse(number).ok()?;
        self.weight.replace(weight).is_none().then_some(())
    }

    fn name(&mut self, name: &str) -> Option<()> {
        check_name("", name).ok()?;
        self.any_name = true;
        self.name.replace(name.to_owned()).is_none().then_some(())
    }

    fn coordinate(&mut self, number: &str) -> Option<()> {
        self.columns.targets.push(f64::parse(number).ok()?);
        Some(())
    }

    /// The target's numbers are all there.
    fn target(&mut self) -> Option<()> {
        (!std::mem::replace(&mut self.has_target, true)).then_some(())
    }

    /// The influencer is all there.
    fn close(&mut self) -> Option<()> {
        let columns = &mut self.columns;
        columns.weights.push(self.weight.take()?);
        columns.names.push(self.name.take());
        if columns.weights.len() == 1 {
            columns.dim = columns.targets.len();
        }
        let whole = columns.targets.len() == columns.dim * columns.weights.len();
        (std::mem::take(&mut self.has_target) && whole && columns.dim > 0).then_some(())
    }

    fn columns(self) -> Option<Columns> {
        let mut columns = self.columns;
        if !self.any_name {
            columns.names = Vec::new();
        }
        (!columns.weights.is_empty()).then_some(columns)
    }
}

fn of_json(text: &str) -> Option<Crowd> {
    let mut reader = Reader::new(text);
    if !reader.accept(b'{') {
        return None;
    }
    while reader.key().ok()?.0 != "influencers" {
        // It is read by the tree, later.
        reader.value(2).ok()?;
        if !reader.accept(b',') {
            return None;
        }
    }
    reader.blanks();
    let start = reader.at;
    let mut all = Influencers::default();
    items(&mut reader, *b"[]", |reader| {
        items(reader, *b"{}", |reader| match &*reader.key().ok()?.0 {
            "weight" => all.weight(&written(reader)?),
            "name" => match reader.value(1).ok()?.value {
                Value::Text(name) => all.name(&name),
                _ => None,
            },
            "target" => {
                items(reader, *b"[]", |reader| all.coordinate(&written(reader)?))?;
                all.target()
            }
            _ => None,
        })?;
        all.close()
    })?;
    let rest = [&text[..start], ELSEWHERE, &text[reader.at..]].concat();
    let columns = all.columns()?;
    Some(Crowd { rest, columns })
}

/// A number, in quotes or not.
fn written<'t>(reader: &mut Reader<'t>) -> Option<Cow<'t, str>> {
    match reader.value(1).ok()?.value {
        Value::Number(number) | Value::Text(number) => Some(number),
        _ => None,
    }
}

/// Items between brackets, at least one, with commas between them.
fn items<'t>(
    reader: &mut Reader<'t>,
    [open, close]: [u8; 2],
    mut item: impl FnMut(&mut Reader<'t>) -> Option<()>,
) -> Option<()> {
    if !reader.accept(open) {
        return None;
    }
    item(reader)?;
    while reader.accept(b',') {
        item(reader)?;
    }
    reader.accept(close).then_some(())
}

fn of_toml(text: &str) -> Option<Crowd> {
    // Inside a text of several lines nothing is what it looks like.
    if text.contains("\"\"\"") || text.contains("'''") {
        return None;
    }
    let mut all = Influencers::default();
    let mut rest = format!("influencers = {ELSEWHERE}\n").replace(':', " = ");
    let mut inside = false;
    for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
        let words = line.trim_matches([' ', '\t', '\r', '\n']);
        if words == "[[influencers]]" {
            if inside {
                all.close()?;
            }
            inside = true;
        } else if !inside {
            rest.push_str(line);
        } else if words.starts_with('[') {
            all.close()?;
            inside = false;
            rest.push_str(line);
        } else if !words.is_empty() && !words.starts_with('#') {
            toml_line(&mut all, words)?;
        } else if words.chars().any(|c| c.is_control() && c != '\t') {
            // No comment has such a character.
            return None;
        }
    }
    if inside {
        all.close()?;
    }
    let columns = all.columns()?;
    Some(Crowd { rest, columns })
}

/// `key = value`, on one line.
fn toml_line(all: &mut Influencers, line: &str) -> Option<()> {
    let (key, value) = line.split_once('=')?;
    let value = value.trim_matches([' ', '\t']);
    match key.trim_end_matches([' ', '\t']) {
        "weight" => all.weight(toml_number(value)?),
        "name" => all.name(toml_string(value)?),
        "target" => {
            let list = value.strip_prefix('[')?.strip_suffix(']')?;
            for number in list.split(',') {
                all.coordinate(toml_number(number.trim_matches([' ', '\t']))?)?;
            }
            all.target()
        }
        _ => None,
    }
}

fn toml_number(value: &str) -> Option<&str> {
    match value.as_bytes().first()? {
        b'"' | b'\'' => toml_string(value),
        _ => is_json_number(value.strip_prefix('+').unwrap_or(value)).then_some(value),
    }
}

/// A text without escapes.
fn toml_string(value: &str) -> Option<&str> {
    let quote = value.chars().next()?;
    let text = value[1..].strip_suffix(quote)?;
    let plain = matches!(quote, '"' | '\'')
        && !text.contains(['"', '\'', '\\'])
        && !text.contains(char::is_control);
    plain.then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failed unwrap is a failed test
mod tests {
    use super::Crowd;
    use crate::game_content::Content;
    use crate::game_file::{game_by_tree, game_from_text};
    use big_game::Game;

    /// The game that a text says, by the tree or as anybody gets it.
    fn read(text: &str, by_tree: bool) -> Result<Game, String> {
        let read = if by_tree {
            game_by_tree
        } else {
            game_from_text
        };
        match read("text", text).map_err(|e| e.to_string())?.content {
            Content::Continuous(game) => Ok(*game),
            other => panic!("{other:?}"),
        }
    }

    fn crowd(n: usize, dim: usize, influencer: impl Fn(usize, &[String]) -> String) -> Vec<String> {
        let number = |at: usize| match at % 7 {
            0 => format!("{}", at % 3),
            1 => format!("-{}.25e-1", at % 11),
            2 => format!("{}E2", at % 5),
            _ => format!("0.{}", at * 7919 % 100_003),
        };
        let of = |i: usize| {
            let target: Vec<String> = (0..dim).map(|k| number(i * dim + k)).collect();
            influencer(i, &target)
        };
        (0..n).map(of).collect()
    }

    fn json(n: usize, dim: usize) -> String {
        let all = crowd(n, dim, |i, target| {
            let name = match i % 3 {
                0 => format!(" \"name\" : \"the {i}th, [of] {{all}}\","),
                _ => String::new(),
            };
            format!(
                "{{{name}\"target\":[{}],\n \"weight\": 0.{i}}}",
                target.join(" , ")
            )
        });
        format!(
            "{{\"name\": \"a, [crowd]\", \"action_space\": {{\"type\": \"box\", \"lower\": -1, \"upper\": [{}]}},\n\"influencers\": \
             [{}], \"receiver\": {{\"bias\": [{}]}}}}",
            vec!["1"; dim].join(","),
            all.join(",\n"),
            vec!["0.5"; dim].join(",")
        )
    }

    fn toml(n: usize, dim: usize) -> String {
        let all = crowd(n, dim, |i, target| {
            let name = match i % 3 {
                0 => format!("name = \"the {i}th = [[of]] all\"\n"),
                1 => "# nobody\n\n".to_owned(),
                _ => String::new(),
            };
            format!(
                "[[influencers]]\nweight = +0.{i}\n{name}  target=[ {} ]\n",
                target.join(", ")
            )
        });
        format!(
            "name = \"a crowd\"\n[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n{}\n[receiver]\nbias = [{}]\n",
            all.concat(),
            vec!["0.5"; dim].join(",")
        )
    }

    #[test]
    fn a_crowd_is_the_game_that_the_tree_reads() {
        for (n, dim) in [(20_001, 1), (7_000, 2), (1_000, 21)] {
            for text in [json(n, dim), toml(n, dim)] {
                let is_json = text.starts_with('{');
                assert!(Crowd::of(&text, is_json).is_some());
                let (quick, tree) = (read(&text, false).unwrap(), read(&text, true).unwrap());
                assert_eq!(format!("{quick:?}"), format!("{tree:?}"));
            }
        }
    }

    #[test]
    fn few_are_kept_as_they_are_written() {
        assert!(Crowd::of(&json(100, 2), true).is_none());
        assert!(read(&json(100, 2), false).unwrap().exact().is_some());
    }

    /// Whatever is wrong or out of the ordinary somewhere: the same words at the same place as by the tree.
    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_the_tree() {
        let (json, toml) = (json(9_000, 2), toml(9_000, 2));
        let changes = [
            ("\"weight\": 0.8765", "\"weight\": 0.8765, \"weight\": 1"),
            ("\"weight\": 0.8765", "\"weigt\": 0.8765"),
            ("\"weight\": 0.8765", "\"weight\": 00.8765"),
            ("\"weight\": 0.8765", "\"weight\": \"1/3\""),
            ("\"weight\": 0.8765", "\"weight\": [[1, 0], [0, 1]]"),
            ("\"weight\": 0.8765", "\"weight\": 1e999"),
            (
                "\"weight\": 0.8765",
                "\"weight\": 0.8765, \"lying_cost\": 1",
            ),
            ("the 8766th", "the \\u0038th"),
            ("the 8766th", "the \t8th"),
            ("\"name\": \"a, [crowd]\"", "\"name\": \"a \\\"crowd\\\"\""),
            ("\"name\": \"a, [crowd]\"", "\"influencers\": 3"),
            ("\"receiver\"", "\"reciever\""),
            ("\"bias\": [0.5,0.5]", "\"bias\": [0.5]"),
            (
                "\"receiver\"",
                "\"coalitions\": [{\"members\": [0, 1]}], \"receiver\"",
            ),
            ("}], \"rec", "},], \"rec"),
            ("\"lower\": -1", "\"lower\": 2"),
        ];
        for (from, to) in changes {
            same(&json, from, to);
        }
        let changes = [
            ("weight = +0.8765\n", "weight = +0.8765\nweight = 1\n"),
            ("weight = +0.8765\n", "weigt = 1\n"),
            ("weight = +0.8765\n", "weight = 1_000\n"),
            ("weight = +0.8765\n", "weight = 0x10\n"),
            ("weight = +0.8765\n", "weight = 1979-05-27\n"),
            ("weight = +0.8765\n", "weight = 1 # one\n"),
            ("weight = +0.8765\n", "weight = '1/3'\n"),
            ("weight = +0.8765\n", "weight = +0.8765\nlying_cost = 1\n"),
            ("weight = +0.8765\n", "\"weight\" = 1\n"),
            ("the 8766th = ", "the \\\" 8th = "),
            (
                "name = \"a crowd\"",
                "name = \"\"\"a\n[[influencers]]\nweight = 1\n\"\"\"",
            ),
            ("[receiver]\n", "[influencers]\n"),
            ("[receiver]\n", "[reciever]\n"),
            ("bias = [0.5,0.5]", "bias = [0.5]"),
            ("lower = -1", "lower = 2"),
            ("# nobody", "# no\u{1}body"),
        ];
        for (from, to) in changes {
            same(&toml, from, to);
        }
    }

    fn same(text: &str, from: &str, to: &str) {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let told = |by_tree| read(&changed, by_tree).map(|game| format!("{game:?}"));
        assert_eq!(told(false), told(true), "{to}");
    }
}
