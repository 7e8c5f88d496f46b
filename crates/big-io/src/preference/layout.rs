//! Which column of a table holds what: as it is told, or as the usual names say.

use super::label::{Grades, Labels, Words};
use crate::error::InputError;
use crate::table::missing_column;

/// Columns by other names than the usual ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnNames {
    /// The column of first responses, or the columns that are their coordinates.
    pub a: Vec<String>,
    /// The same of second responses.
    pub b: Vec<String>,
    /// The column that says who won.
    pub label: Option<String>,
    /// The embedding or the name that was preferred, in place of `a`, `b` and `label`.
    pub chosen: Option<String>,
    /// The one that was not.
    pub rejected: Option<String>,
    /// The column of weights.
    pub weight: Option<String>,
    /// Whose comparison it is.
    pub annotator: AnnotatorColumn,
    /// Are numbers in place of embeddings the names of items?
    pub items: bool,
    /// What labels say, besides the usual words.
    pub words: Words,
    /// Labels are grades between these.
    pub graded: Option<Grades>,
}

/// The column that says whose comparison it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnnotatorColumn {
    /// `annotator` or one of the other usual names, where there is one.
    #[default]
    Usual,
    /// This one, which must be there; `annotator` stands for the other usual names as well.
    Named(String),
    /// None: it does not matter whose they are.
    Ignored,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Lists of numbers, or columns `NAME_0, NAME_1, …`.
    Lists,
    /// Numbers.
    Numbers,
    /// Text (or truth values).
    Text,
    /// Messages of a conversation, or something else that is neither numbers nor text.
    Other,
}

/// Where the responses of one side are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Embeddings in one column, or in `NAME_0, NAME_1, …`.
    Embedding(String),
    /// Embeddings whose coordinates are these columns.
    Coordinates(Vec<String>),
    /// Names of items.
    Item(String),
}

impl Side {
    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Embedding(name) | Self::Item(name) => name,
            Self::Coordinates(names) => names.first().map_or("", |name| name),
        }
    }

    pub(super) fn is_item(&self) -> bool {
        matches!(self, Self::Item(_))
    }

    /// Its columns, by their names.
    pub(super) fn columns(&self) -> &[String] {
        match self {
            Self::Embedding(name) | Self::Item(name) => std::slice::from_ref(name),
            Self::Coordinates(names) => names,
        }
    }

    /// Is this one of its columns?
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns().iter().any(|name| name == column)
    }

    /// Where an embedding is no column of its own, it is in the columns `NAME_0, NAME_1, …`.
    pub(super) fn number_columns(&mut self, there: &[&str]) {
        if let Self::Embedding(name) = self
            && !there.contains(&name.as_str())
        {
            let numbered = (0..).map(|k| format!("{name}_{k}"));
            *self = Self::Coordinates(
                numbered
                    .take_while(|column| there.contains(&column.as_str()))
                    .collect(),
            );
        }
    }
}

/// Which column holds what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) a: Side,
    pub(super) b: Side,
    /// None: `a` was chosen.
    pub(super) label: Option<LabelColumn>,
    pub(super) weight: Option<String>,
    pub(super) annotator: Option<String>,
}

/// The column that says who won, and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LabelColumn {
    pub(super) name: String,
    /// Does 1 say that the first was preferred? In columns that may as well hold the winner's number, nobody knows.
    pub(super) numbers: bool,
    pub(super) words: Words,
    pub(super) grades: Option<Grades>,
}

impl LabelColumn {
    pub(super) fn labels(&self) -> Labels<'_> {
        Labels {
            column: &self.name,
            numbers: self.numbers,
            words: &self.words,
            grades: self.grades,
        }
    }
}

/// Finds the columns among those there are; the second argument says what is in one, if it is there.
pub(super) type Find<'f> =
    dyn Fn(&[&str], &dyn Fn(&str) -> Option<Holds>) -> Result<Layout, InputError> + 'f;

/// The column of weights.
pub(super) const WEIGHT: &str = "weight";

/// Pairs of columns, and whether numbers in them are names. The first two have always been the usual ones.
const PAIRS: [(&str, &str, bool); 12] = [
    ("a", "b", false),
    ("chosen", "rejected", false),
    ("model_a", "model_b", true),
    ("left", "right", true),
    ("winner", "loser", true),
    ("item_a", "item_b", true),
    ("response_a", "response_b", false),
    ("embedding_a", "embedding_b", false),
    ("a_embedding", "b_embedding", false),
    ("video_a", "video_b", true),
    ("player_a", "player_b", true),
    ("first", "second", true),
];

/// Columns that say who won, besides `label`.
const LABELS: [&str; 9] = [
    "winner",
    "choice",
    "preference",
    "preferred",
    "overall_pref",
    "outcome",
    "vote",
    "labels",
    "score",
];

/// Columns that say whose comparison it is, besides `annotator`.
const PEOPLE: [&str; 14] = [
    "annotator_id",
    "judge",
    "judge_id",
    "worker",
    "worker_id",
    "user",
    "user_id",
    "username",
    "public_username",
    "evaluator",
    "rater",
    "labeler",
    "participant",
    "respondent",
];

/// The end of the advice where a column is missing: how other columns are named is for the shell to say.
pub const OTHER_COLUMNS: &str = "or two columns that are named in their place";

impl Layout {
    /// Finds the columns among those there are; `holds` says what is in one, if it is there.
    pub(super) fn find(
        names: &ColumnNames,
        there: &[&str],
        holds: &dyn Fn(&str) -> Option<Holds>,
    ) -> Result<Self, InputError> {
        let (a, b, numbered, labelled) = pair(names, there, holds)?;
        let (a, b) = (
            side(names, a, numbered, there, holds)?,
            side(names, b, numbered, there, holds)?,
        );
        if a.is_item() != b.is_item() {
            let what = |side: &Side| match side.is_item() {
                true => "names",
                false => "numbers",
            };
            return Err(InputError::new(format!(
                "the column `{}` holds {} where `{}` holds {}",
                a.name(),
                what(&a),
                b.name(),
                what(&b)
            ))
            .with_help("both responses are embeddings (numbers), or both are names of items"));
        }
        if a == b {
            let what = format!("compares the column `{}` with itself", a.name());
            return Err(InputError::new(what));
        }
        let label = match labelled {
            true => Some(label(names, there)?),
            false => None,
        };
        let optional = |name: &Option<String>, usual: &str| match name {
            Some(name) if !there.contains(&name.as_str()) => Err(missing_column(name, there)),
            Some(name) => Ok(Some(name.clone())),
            None => Ok(there.contains(&usual).then(|| usual.to_owned())),
        };
        Ok(Self {
            a,
            b,
            label,
            weight: optional(&names.weight, WEIGHT)?,
            annotator: annotator(&names.annotator, there)?,
        })
    }

    /// What messages call the column of weights.
    pub(super) fn weight_name(&self) -> &str {
        self.weight.as_deref().unwrap_or(WEIGHT)
    }

    /// Do the responses go by name?
    pub(super) fn is_items(&self) -> bool {
        self.a.is_item()
    }
}

/// The columns of the two responses, whether numbers in them are names, and whether a label says who won.
fn pair(
    names: &ColumnNames,
    there: &[&str],
    holds: &dyn Fn(&str) -> Option<Holds>,
) -> Result<(Vec<String>, Vec<String>, bool, bool), InputError> {
    if !names.a.is_empty() || !names.b.is_empty() {
        let or = |given: &Vec<String>, usual: &str| match given.is_empty() {
            true => vec![usual.to_owned()],
            false => given.clone(),
        };
        return Ok((or(&names.a, "a"), or(&names.b, "b"), false, true));
    }
    if names.chosen.is_some() || names.rejected.is_some() {
        let or = |given: &Option<String>, usual: &str| {
            vec![given.as_deref().unwrap_or(usual).to_owned()]
        };
        let (a, b) = (or(&names.chosen, "chosen"), or(&names.rejected, "rejected"));
        return Ok((a, b, false, false));
    }
    let found = PAIRS
        .iter()
        .filter(|(a, b, _)| holds(a).is_some() && holds(b).is_some());
    // Where the usual names are there, others do not count.
    let mut found: Vec<_> = found.collect();
    if found
        .first()
        .is_some_and(|(a, ..)| *a == "a" || *a == "chosen")
    {
        found.truncate(1);
    }
    match *found {
        [(a, b, numbered)] => {
            let labelled = !matches!(*a, "chosen" | "winner");
            Ok((
                vec![(*a).to_owned()],
                vec![(*b).to_owned()],
                *numbered,
                labelled,
            ))
        }
        [] => {
            let missing = if holds("a").is_some() {
                "b"
            } else if holds("chosen").is_some() {
                "rejected"
            } else {
                "a"
            };
            Err(missing_embedding(missing, there))
        }
        [(a, b, _), (c, d, _), ..] => Err(InputError::new(format!(
            "has `{a}` and `{b}` as well as `{c}` and `{d}`: which are compared is not clear"
        ))
        .with_help(format!("name the columns that are, {OTHER_COLUMNS}"))),
    }
}

/// What the columns of one response hold.
fn side(
    names: &ColumnNames,
    columns: Vec<String>,
    numbered: bool,
    there: &[&str],
    holds: &dyn Fn(&str) -> Option<Holds>,
) -> Result<Side, InputError> {
    let [column] = &*columns else {
        for column in &columns {
            match holds(column) {
                Some(Holds::Numbers) => {}
                Some(_) => {
                    return Err(InputError::new(format!(
                        "the column `{column}` does not hold numbers, and is to be one coordinate of an embedding"
                    )));
                }
                None => return Err(missing_column(column, there)),
            }
        }
        return Ok(Side::Coordinates(columns));
    };
    let holding = holds(column).ok_or_else(|| missing_embedding(column, there))?;
    let column = column.clone();
    let conversation = there.contains(&"prompt") || matches!(&*column, "chosen" | "rejected");
    match holding {
        Holds::Numbers if names.items || numbered => Ok(Side::Item(column)),
        Holds::Lists | Holds::Numbers => Ok(Side::Embedding(column)),
        Holds::Text if there.contains(&"prompt") => Err(not_embedded(&column)),
        Holds::Text => Ok(Side::Item(column)),
        Holds::Other if conversation => Err(not_embedded(&column)),
        Holds::Other => Err(InputError::new(format!(
            "the column `{column}` holds neither lists of numbers nor names"
        ))
        .with_help("a response is an embedding (a list of numbers), or the name of an item")),
    }
}

/// The refusal of text that was written, or said, where its place in the space of embeddings is wanted.
pub(super) fn not_embedded(column: &str) -> InputError {
    InputError::new(format!("the column `{column}` holds text that somebody wrote, not embeddings"))
        .with_help(
            "embed prompt and response with the model whose preferences are studied (the last hidden layer of a reward model, or \
             any encoder of sentences), put the vectors into two columns as lists of numbers, and name those",
        )
}

fn label(names: &ColumnNames, there: &[&str]) -> Result<LabelColumn, InputError> {
    let column = |name: &str, numbers: bool| LabelColumn {
        name: name.to_owned(),
        numbers,
        words: names.words.clone(),
        grades: names.graded,
    };
    if let Some(name) = &names.label {
        return match there.contains(&name.as_str()) {
            true => Ok(column(name, true)),
            false => Err(missing_column(name, there)),
        };
    }
    if there.contains(&"label") {
        return Ok(column("label", true));
    }
    match usual(&LABELS, there)? {
        Some(name) => Ok(column(name, false)),
        None => Err(missing_column("label", there)),
    }
}

fn annotator(asked: &AnnotatorColumn, there: &[&str]) -> Result<Option<String>, InputError> {
    let found = |name: &str| Ok(Some(name.to_owned()));
    match asked {
        AnnotatorColumn::Named(name) if there.contains(&name.as_str()) => found(name),
        AnnotatorColumn::Named(name) if name == "annotator" => match usual(&PEOPLE, there)? {
            Some(name) => found(name),
            None => Err(missing_column(name, there)),
        },
        AnnotatorColumn::Named(name) => Err(missing_column(name, there)),
        AnnotatorColumn::Usual if there.contains(&"annotator") => found("annotator"),
        AnnotatorColumn::Usual => Ok(usual(&PEOPLE, there).ok().flatten().map(str::to_owned)),
        AnnotatorColumn::Ignored => Ok(None),
    }
}

/// The one of some names that is there.
fn usual<'n>(known: &[&'n str], there: &[&str]) -> Result<Option<&'n str>, InputError> {
    let mut found = known.iter().filter(|name| there.contains(*name));
    match (found.next(), found.next()) {
        (Some(one), Some(other)) => Err(InputError::new(format!(
            "has the columns `{one}` and `{other}`: which of them counts is not clear"
        ))
        .with_help("name it")),
        (found, _) => Ok(found.copied()),
    }
}

fn missing_embedding(column: &str, there: &[&str]) -> InputError {
    let error = missing_column(column, there);
    match (&error.help, column) {
        (Some(help), "a" | "b") => {
            let help = format!(
                "{help}; a preference table has `a`, `b` and `label`, or `chosen` and `rejected`, {OTHER_COLUMNS}"
            );
            error.with_help(help)
        }
        _ => error,
    }
}
