//! Games with convex action spaces: listed in the document, or with their influencers in a table beside it.

use std::collections::HashMap;

use big_game::Game;
use big_game::game::{GameError, Place, Problem};
use big_game::spec::{CoalitionSpec, GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec};
use num_traits::Zero;

use super::space::{locate, space};
use super::{Decoded, Fields, bias, cost, count, dimension, influencers, name, weight_and_target};
use crate::document::{Document, Node, Value};
use crate::error::{InputError, did_you_mean, shown};
use crate::number::Scalar;

/// A game of at most so many numbers keeps them exactly as they were written.
const EXACT_NUMBERS: usize = 20_000;
/// ... if they have at most so many characters together.
const EXACT_CHARACTERS: usize = 500_000;

/// The game that a document lists.
pub(crate) fn game(doc: &Document, root: &Node<'_>) -> Decoded<Game> {
    let (mut numbers, mut characters) = (0, 0);
    measure(root, &mut numbers, &mut characters);
    if numbers <= EXACT_NUMBERS && characters <= EXACT_CHARACTERS {
        let (spec, spaces) = spec::<Rational>(doc, root)?;
        Game::from_exact(spec).map_err(|e| place(doc, root, &spaces, &e))
    } else {
        let (spec, spaces) = spec::<f64>(doc, root)?;
        spec.check().map_err(|e| place(doc, root, &spaces, &e))
    }
}

/// How many numbers a document has, and how long they are.
fn measure(node: &Node<'_>, numbers: &mut usize, characters: &mut usize) {
    match &node.value {
        Value::Number(text) | Value::Text(text) => {
            *numbers += 1;
            *characters += text.len();
        }
        Value::List(items) => items
            .iter()
            .for_each(|item| measure(item, numbers, characters)),
        Value::Table(entries) => entries
            .iter()
            .for_each(|e| measure(&e.node, numbers, characters)),
        Value::Null | Value::Bool(_) | Value::Date => {}
    }
}

/// The loss.
pub(crate) fn loss(doc: &Document, root: &Node<'_>) -> Decoded<Loss> {
    let Some(node) = root.get("loss") else {
        return Ok(Loss::SquaredEuclidean);
    };
    if let Value::Table(_) = node.value {
        // A power of the distance, which is read with the game's other terms.
        return Ok(Loss::SquaredEuclidean);
    }
    match doc.string(node, "`loss`")? {
        "squared_euclidean" => Ok(Loss::SquaredEuclidean),
        "inner_product" => Ok(Loss::InnerProduct),
        other => {
            let shown = shown(other, 60);
            Err(doc
                .refuse(node.span, format!("there is no loss \"{shown}\""))
                .with_help("it is \"squared_euclidean\", \"inner_product\" or { type = \"distance_power\", p = 1 }"))
        }
    }
}

/// The description, and where each of its spaces was written.
pub(super) fn spec<'n, 't, T: Scalar>(
    doc: &'n Document,
    root: &'n Node<'t>,
) -> Decoded<(GameSpec<T>, Vec<&'n Node<'t>>)> {
    let list = require_influencers(doc, root)?;
    let fields = influencers(doc, list)?;
    let given: Option<Vec<T>> = bias(doc, root)?;
    let d = dimension(doc, given.as_ref().map(Vec::len), &fields[0])?;
    let mut spaces = shared_spaces(doc);
    let mut described = Vec::with_capacity(fields.len());
    for fields in &fields {
        let (weight, target, m) = weight_and_target(doc, fields, d)?;
        let node = space_of(doc, root, fields)?;
        described.push(InfluencerSpec {
            cost: cost(doc, fields, m)?,
            name: name(doc, fields)?,
            weight: weight.spec(),
            target,
            space: spaces.index(node, m)?,
        });
    }
    if let Some(node) = root.get("action_space") {
        // A common space that nobody uses is still checked for mistakes of writing.
        space::<T>(doc, node, d)?;
    }
    let spec = GameSpec {
        loss: loss(doc, root)?,
        bias: given.unwrap_or_else(|| vec![T::zero(); d]),
        spaces: spaces.specs,
        coalitions: coalitions(doc, root, &described)?,
        influencers: described,
    };
    Ok((spec, spaces.nodes))
}

/// Who plays as one with whom: by name, or by index from 0.
fn coalitions<T: Scalar>(
    doc: &Document,
    root: &Node<'_>,
    influencers: &[InfluencerSpec<T>],
) -> Decoded<Vec<CoalitionSpec<T>>> {
    let Some(list) = root.get("coalitions") else {
        return Ok(Vec::new());
    };
    let names: HashMap<String, usize> = influencers
        .iter()
        .enumerate()
        .map(|(i, of)| (of.name.clone().unwrap_or_else(|| (i + 1).to_string()), i))
        .collect();
    let member = |node: &Node<'_>| -> Decoded<usize> {
        match &node.value {
            Value::Text(name) => names.get(&**name).copied().ok_or_else(|| {
                let shown = shown(name, 60);
                let known: Vec<&str> = names.keys().map(String::as_str).collect();
                let error = doc.refuse(node.span, format!("there is no influencer '{shown}'"));
                match did_you_mean(name, &known) {
                    Some(close) => error.with_help(format!("did you mean '{close}'?")),
                    None => error.with_help("members are names, or indices from 0"),
                }
            }),
            Value::Number(_) => doc.index(node, "a member"),
            _ => Err(doc.wrong_kind(node, "a member", "a name, or an index from 0")),
        }
    };
    let items = doc.list(list, "`coalitions`", "a list of tables")?;
    items
        .iter()
        .map(|item| {
            let fields = doc.table(item, "a coalition", &["members", "shares"])?;
            let node = fields.require("members", "the coalition")?;
            let members = doc.list(node, "`members`", "a list of names or indices")?;
            let shares = match fields.get("shares") {
                Some(node) => Some(doc.vector(node, "`shares`")?),
                None => None,
            };
            Ok(CoalitionSpec {
                members: members.iter().map(member).collect::<Decoded<_>>()?,
                shares,
            })
        })
        .collect()
}

pub(super) fn require_influencers<'n, 't>(
    doc: &Document,
    root: &'n Node<'t>,
) -> Decoded<&'n Node<'t>> {
    root.get("influencers").ok_or_else(|| {
        doc.refuse(
            crate::document::Span::default(),
            "the game has no `influencers`",
        )
        .with_help("add [[influencers]] with a weight and a target")
    })
}

fn no_space(doc: &Document, span: crate::document::Span) -> InputError {
    doc.refuse(span, "the influencer has no action space")
        .with_help("add one for all, [action_space], or give the influencer its own `action_space`")
}

/// Where an influencer's space was written.
pub(super) fn space_of<'n, 't>(
    doc: &Document,
    root: &'n Node<'t>,
    fields: &Fields<'n, 't>,
) -> Decoded<&'n Node<'t>> {
    fields
        .get("action_space")
        .or(root.get("action_space"))
        .ok_or_else(|| no_space(doc, fields.span))
}

/// No spaces yet.
pub(super) fn shared_spaces<'n, 't, T: Scalar>(doc: &'n Document) -> Spaces<'n, 't, T> {
    Spaces {
        doc,
        specs: Vec::new(),
        nodes: Vec::new(),
        known: HashMap::new(),
        last: None,
    }
}

/// The distinct spaces met so far.
pub(super) struct Spaces<'n, 't, T> {
    doc: &'n Document,
    pub(super) specs: Vec<SpaceSpec<T>>,
    pub(super) nodes: Vec<&'n Node<'t>>,
    /// Index by description.
    known: HashMap<String, usize>,
    /// The last one: where it was written, for which dimension, and its index.
    last: Option<(usize, usize, usize)>,
}

impl<'n, 't, T: Scalar> Spaces<'n, 't, T> {
    pub(super) fn index(&mut self, node: &'n Node<'t>, m: usize) -> Decoded<usize> {
        let start = node.span.range().start;
        if let Some((last_start, last_m, index)) = self.last
            && (last_start, last_m) == (start, m)
        {
            return Ok(index);
        }
        let spec = space(self.doc, node, m)?;
        let key = format!("{spec:?}");
        let index = *self.known.entry(key).or_insert(self.specs.len());
        if index == self.specs.len() {
            self.specs.push(spec);
            self.nodes.push(node);
        }
        self.last = Some((start, m, index));
        Ok(index)
    }
}

/// The place of a mistake that the game found.
pub(super) fn place(
    doc: &Document,
    root: &Node<'_>,
    spaces: &[&Node<'_>],
    error: &GameError,
) -> InputError {
    let list = root.get("influencers").unwrap_or(root);
    let of = |i: usize, key: &str| {
        let influencer = list.item(i).unwrap_or(list);
        influencer.get(key).unwrap_or(influencer)
    };
    let (node, what) = match &error.place {
        Place::Bias => (
            root.get("receiver")
                .and_then(|r| r.get("bias"))
                .unwrap_or(root),
            "`bias`: ",
        ),
        Place::Influencers => (list, ""),
        Place::Space(s) => match (&error.problem, spaces.get(*s)) {
            (Problem::Space(e), Some(node)) => return locate(doc, node, e),
            (_, node) => (node.copied().unwrap_or(root), "`action_space`: "),
        },
        Place::Target(i) => (of(*i, "target"), "`target`: "),
        Place::Weight(i) => (of(*i, "weight"), ""),
        Place::Name(i) => (of(*i, "name"), ""),
        Place::SpaceOf(i) => (of(*i, "action_space"), ""),
        Place::LyingCost(i) => (of(*i, "lying_cost"), "`lying_cost` "),
        Place::Honest(i) => (of(*i, "honest"), "`honest` "),
        Place::Coalition(c) => {
            let list = root.get("coalitions").unwrap_or(root);
            (list.item(*c).unwrap_or(list), "this coalition: ")
        }
    };
    doc.refuse(node.span, format!("{what}{}", error.problem))
}

/// Refuses costs of lying where there can be none.
pub(super) fn no_costs(doc: &Document, fields: &Fields<'_, '_>, of: &str) -> Decoded<()> {
    match fields.get("lying_cost").or(fields.get("honest")) {
        None => Ok(()),
        Some(node) => Err(doc.refuse(node.span, format!("{of} has no lying costs"))),
    }
}

/// Refuses coalitions where there can be none.
pub(super) fn no_coalitions(doc: &Document, root: &Node<'_>, of: &str) -> Decoded<()> {
    match root.get("coalitions") {
        None => Ok(()),
        Some(node) => Err(doc
            .refuse(node.span, format!("{of} has no `coalitions`"))
            .with_help(
                "list the influencers of a game on convex sets in the game file, or leave them out",
            )),
    }
}

/// What a document says about a game whose influencers are in a table of their own.
pub(crate) struct Tabular {
    /// The table, as it was written.
    pub(crate) file: String,
    pub(crate) loss: Loss,
    /// `None`: zeros, as many as a target has.
    pub(crate) bias: Option<Vec<f64>>,
}

/// Reads everything but the table and the action space; `None` when the influencers are listed.
pub(crate) fn tabular(doc: &Document, root: &Node<'_>) -> Decoded<Option<Tabular>> {
    let list = require_influencers(doc, root)?;
    if !matches!(list.value, Value::Table(_)) {
        return Ok(None);
    }
    no_coalitions(doc, root, "a game whose influencers are in a table")?;
    let fields = doc.table(list, "`influencers`", &["file"])?;
    let node = fields.require("file", "`influencers`")?;
    Ok(Some(Tabular {
        file: doc.string(node, "`file`")?.to_owned(),
        loss: loss(doc, root)?,
        bias: bias(doc, root)?,
    }))
}

impl Tabular {
    /// The common action space for a receiver of dimension `d`.
    pub(crate) fn space(
        &self,
        doc: &Document,
        root: &Node<'_>,
        d: usize,
    ) -> Decoded<SpaceSpec<f64>> {
        let node = root.get("action_space").ok_or_else(|| {
            doc.refuse(root.span, "the game has no `action_space`")
                .with_help("influencers in a file need one for all: [action_space]")
        })?;
        space(doc, node, d)
    }

    /// The game of the columns of the table; a mistake in a row is said to be in that row.
    pub(crate) fn game(
        self,
        doc: &Document,
        root: &Node<'_>,
        table: &str,
        columns: crate::table::Columns,
    ) -> Decoded<Game> {
        let d = columns.dim;
        let space = self.space(doc, root, d)?;
        if space.dim() != d {
            let node = root.get("action_space").unwrap_or(root);
            let found = count(space.dim(), "coordinate");
            return Err(doc.refuse(
                node.span,
                format!("the action space has {found} where the receiver has {d}: they must agree, because the weights \
                         in a table are numbers"),
            ));
        }
        let bias = self.bias.unwrap_or_else(|| vec![f64::zero(); d]);
        Game::from_columns(
            self.loss,
            bias,
            &space,
            columns.weights,
            columns.targets,
            columns.names,
        )
        .and_then(|game| match columns.costs.is_empty() {
            true => Ok(game),
            false => {
                let honest = (!columns.honest.is_empty()).then_some(columns.honest.as_slice());
                game.with_lying_costs(columns.costs, honest)
            }
        })
        .map_err(|error| match error.place {
            Place::LyingCost(i) => InputError::new(format!("`lying_cost` {}", error.problem))
                .in_file(table)
                .at_row(i as u64 + 1),
            Place::Honest(i) => InputError::new(format!("`honest` {}", error.problem))
                .in_file(table)
                .at_row(i as u64 + 1),
            Place::Target(i) | Place::Weight(i) | Place::Name(i) => {
                InputError::new(error.problem.to_string())
                    .in_file(table)
                    .at_row(i as u64 + 1)
            }
            _ => place(
                doc,
                root,
                &root.get("action_space").into_iter().collect::<Vec<_>>(),
                &error,
            ),
        })
    }
}
