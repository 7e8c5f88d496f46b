//! The tree of a document to the types of a game: one refusal for everything that is not as it should be,
//! at the place where it was written.

mod continuous;
mod experiment;
mod finite;
mod private;
mod reduced;
mod space;

pub(crate) use continuous::{game, tabular};
pub(crate) use experiment::{experiment, lone_space};
pub(crate) use finite::{WithItems, has_finite_space, with_items};
pub(crate) use private::{has_types, no_types, private};
pub(crate) use reduced::{has_terms, no_terms, reduced};

use big_game::spec::{CostSpec, WeightSpec};

use crate::document::{Document, Entry, Node, Span, Value};
use crate::error::{InputError, did_you_mean, shown};
use crate::name::check_name;
use crate::number::Scalar;

type Decoded<T> = Result<T, InputError>;

/// The keys of an influencer.
const INFLUENCER: [&str; 7] = [
    "name",
    "weight",
    "target",
    "action_space",
    "lying_cost",
    "honest",
    "types",
];

/// A table whose keys are all known.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n, 't> {
    pub(crate) doc: &'n Document,
    pub(crate) span: Span,
    entries: &'n [Entry<'t>],
}

impl<'n, 't> Fields<'n, 't> {
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node<'t>> {
        self.entries.iter().find(|e| e.key == key).map(|e| &e.node)
    }

    /// The value of a key that must be there; `of` says what it belongs to.
    pub(crate) fn require(&self, key: &str, of: &str) -> Decoded<&'n Node<'t>> {
        self.get(key).ok_or_else(|| {
            self.doc
                .refuse(self.span, format!("{of} has no `{key}`"))
                .with_help(format!("add the key `{key}`"))
        })
    }
}

impl Document {
    /// A table, all of whose keys are among `known`.
    pub(crate) fn table<'n, 't>(
        &'n self,
        node: &'n Node<'t>,
        what: &str,
        known: &[&str],
    ) -> Decoded<Fields<'n, 't>> {
        let Value::Table(entries) = &node.value else {
            return Err(self.wrong_kind(node, what, "a table"));
        };
        for entry in entries {
            if !known.contains(&&*entry.key) {
                let shown = shown(&entry.key, 60);
                let help = match did_you_mean(&entry.key, known) {
                    Some(key) => format!("did you mean `{key}`?"),
                    None => format!("it may have: {}", known.join(", ")),
                };
                return Err(self
                    .refuse(entry.key_span, format!("unknown key `{shown}` in {what}"))
                    .with_help(help));
            }
        }
        Ok(Fields {
            doc: self,
            span: node.span,
            entries,
        })
    }

    pub(crate) fn wrong_kind(&self, node: &Node<'_>, what: &str, wanted: &str) -> InputError {
        let error = self.refuse(
            node.span,
            format!("{what} must be {wanted}, not {}", node.kind()),
        );
        match node.value {
            Value::Null => error.with_help("leave the key out instead"),
            Value::Number(_) if wanted.starts_with("a list of numbers") => {
                error.with_help("put it into brackets: [0.5]")
            }
            _ => error,
        }
    }

    pub(crate) fn list<'n, 't>(
        &self,
        node: &'n Node<'t>,
        what: &str,
        wanted: &str,
    ) -> Decoded<&'n [Node<'t>]> {
        match &node.value {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong_kind(node, what, wanted)),
        }
    }

    pub(crate) fn string<'n>(&self, node: &'n Node<'_>, what: &str) -> Decoded<&'n str> {
        match &node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_kind(node, what, "a text in quotes")),
        }
    }

    /// A name: a text that a table can show on one line.
    pub(crate) fn name(&self, node: &Node<'_>) -> Decoded<String> {
        let name = self.string(node, "`name`")?;
        check_name("`name`", name).map_err(|what| self.refuse(node.span, what))?;
        Ok(name.to_owned())
    }

    pub(crate) fn number<T: Scalar>(&self, node: &Node<'_>, what: &str) -> Decoded<T> {
        let (Value::Number(text) | Value::Text(text)) = &node.value else {
            return Err(self.wrong_kind(node, what, "a number"));
        };
        T::parse(text).map_err(|problem| {
            let shown = shown(text, 24);
            let error = self.refuse(node.span, format!("{what}: {shown} {problem}"));
            match &node.value {
                Value::Text(_) => error
                    .with_help("a number in quotes is written like \"1/3\", \"0.1\" or \"1e-3\""),
                _ => error,
            }
        })
    }

    pub(crate) fn vector<T: Scalar>(&self, node: &Node<'_>, what: &str) -> Decoded<Vec<T>> {
        let items = self.list(node, what, "a list of numbers")?;
        items.iter().map(|item| self.number(item, what)).collect()
    }

    /// A list of rows of one length.
    pub(crate) fn matrix<T: Scalar>(&self, node: &Node<'_>, what: &str) -> Decoded<Vec<Vec<T>>> {
        let rows = self.list(node, what, "a list of rows")?;
        let mut matrix: Vec<Vec<T>> = Vec::with_capacity(rows.len());
        for row in rows {
            let numbers = self.vector(row, &format!("a row of {what}"))?;
            if let Some(first) = matrix.first()
                && first.len() != numbers.len()
            {
                let (found, expected) = (count(numbers.len(), "number"), first.len());
                return Err(self.refuse(
                    row.span,
                    format!("this row of {what} has {found} where the first row has {expected}"),
                ));
            }
            matrix.push(numbers);
        }
        Ok(matrix)
    }

    /// An index, from 0.
    pub(crate) fn index(&self, node: &Node<'_>, what: &str) -> Decoded<usize> {
        match &node.value {
            Value::Number(text) => text.parse().map_err(|_| {
                self.refuse(
                    node.span,
                    format!("an index of {what} is a whole number from 0"),
                )
            }),
            _ => Err(self.wrong_kind(node, what, "an index from 0")),
        }
    }

    pub(crate) fn flag(&self, node: &Node<'_>, what: &str) -> Decoded<bool> {
        match node.value {
            Value::Bool(flag) => Ok(flag),
            _ => Err(self.wrong_kind(node, what, "true or false")),
        }
    }

    pub(crate) fn same_length(
        &self,
        node: &Node<'_>,
        what: &str,
        found: usize,
        expected: usize,
    ) -> Decoded<()> {
        if found == expected {
            return Ok(());
        }
        let found = count(found, "number");
        Err(self.refuse(
            node.span,
            format!("{what} has {found} where {expected} are needed"),
        ))
    }
}

/// `1 number`, `2 numbers`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

/// The receiver's bias, where it is given.
fn bias<T: Scalar>(doc: &Document, root: &Node<'_>) -> Decoded<Option<Vec<T>>> {
    let Some(receiver) = root.get("receiver") else {
        return Ok(None);
    };
    let fields = doc.table(receiver, "the receiver", &["bias", "response"])?;
    let Some(node) = fields.get("bias") else {
        return Ok(None);
    };
    let bias = doc.vector(node, "`bias`")?;
    if bias.is_empty() {
        return Err(doc
            .refuse(
                node.span,
                "`bias` has no numbers: the receiver needs at least one coordinate",
            )
            .with_help("give it one number a coordinate, or leave it out for zeros"));
    }
    Ok(Some(bias))
}

/// The list of influencers, each a table of known keys.
fn influencers<'n, 't>(doc: &'n Document, node: &'n Node<'t>) -> Decoded<Vec<Fields<'n, 't>>> {
    let items = doc.list(
        node,
        "`influencers`",
        "a list of tables, or { file = \"...\" }",
    )?;
    if items.is_empty() {
        return Err(doc
            .refuse(node.span, "a game needs at least one influencer")
            .with_help("add [[influencers]] with a weight and a target"));
    }
    if let Some(own) = items.iter().find_map(|item| item.get("metric")) {
        return Err(doc
            .refuse(
                own.span,
                "with a metric for each influencer there need be no potential, and nothing to prove an equilibrium by",
            )
            .with_help(
                "write one `metric` for all at the top of the file; on boxes with numbers as weights a diagonal metric changes no \
                 equilibrium: leave it out",
            ));
    }
    items
        .iter()
        .map(|item| doc.table(item, "an influencer", &INFLUENCER))
        .collect()
}

/// The receiver's dimension: the length of the bias, or else of the first target.
fn dimension(doc: &Document, bias: Option<usize>, first: &Fields<'_, '_>) -> Decoded<usize> {
    if let Some(d) = bias {
        return Ok(d);
    }
    let node = first.require("target", "the influencer")?;
    match doc.list(node, "`target`", "a list of numbers")?.len() {
        0 => Err(doc.refuse(
            node.span,
            "`target` has no numbers: the receiver needs at least one coordinate",
        )),
        d => Ok(d),
    }
}

/// A weight that is a number, or rows of numbers.
enum Weight<T> {
    Scalar(T),
    Matrix(Vec<Vec<T>>),
}

impl<T> Weight<T> {
    fn spec(self) -> WeightSpec<T> {
        match self {
            Self::Scalar(w) => WeightSpec::Scalar(w),
            Self::Matrix(rows) => WeightSpec::Matrix(rows),
        }
    }
}

/// An influencer's weight, and the dimension of its actions.
fn weight<T: Scalar>(
    doc: &Document,
    fields: &Fields<'_, '_>,
    d: usize,
) -> Decoded<(Weight<T>, usize)> {
    let node = fields.require("weight", "the influencer")?;
    Ok(match &node.value {
        Value::List(_) => {
            let rows = doc.matrix(node, "`weight`")?;
            if rows.len() != d {
                let found = count(rows.len(), "row");
                return Err(doc.refuse(
                    node.span,
                    format!(
                        "the matrix `weight` has {found} where the receiver has {}",
                        count(d, "coordinate")
                    ),
                ));
            }
            let m = rows.first().map_or(0, Vec::len);
            if m == 0 {
                return Err(
                    doc.refuse(node.span, "the rows of the matrix `weight` have no numbers")
                );
            }
            (Weight::Matrix(rows), m)
        }
        _ => (Weight::Scalar(doc.number(node, "`weight`")?), d),
    })
}

/// An influencer's weight and target, and the dimension of its actions.
fn weight_and_target<T: Scalar>(
    doc: &Document,
    fields: &Fields<'_, '_>,
    d: usize,
) -> Decoded<(Weight<T>, Vec<T>, usize)> {
    let (weight, m) = weight(doc, fields, d)?;
    let node = fields.require("target", "the influencer")?;
    let target: Vec<T> = doc.vector(node, "`target`")?;
    if target.len() != d {
        let found = count(target.len(), "number");
        return Err(doc.refuse(
            node.span,
            format!(
                "`target` has {found} where the receiver has {}",
                count(d, "coordinate")
            ),
        ));
    }
    Ok((weight, target, m))
}

/// What lying costs an influencer, whose actions have `m` coordinates.
fn cost<T: Scalar>(
    doc: &Document,
    fields: &Fields<'_, '_>,
    m: usize,
) -> Decoded<Option<CostSpec<T>>> {
    let honest = match fields.get("honest") {
        None => None,
        Some(node) => {
            let honest: Vec<T> = doc.vector(node, "`honest`")?;
            doc.same_length(node, "`honest`", honest.len(), m)?;
            Some(honest)
        }
    };
    let lying_cost = match fields.get("lying_cost") {
        None if honest.is_none() => return Ok(None),
        None => T::zero(),
        Some(node) => doc.number(node, "`lying_cost`")?,
    };
    Ok(Some(CostSpec { lying_cost, honest }))
}

/// An influencer's name.
fn name(doc: &Document, fields: &Fields<'_, '_>) -> Decoded<Option<String>> {
    fields.get("name").map(|node| doc.name(node)).transpose()
}
