//! Finite games (arXiv:2502.01127, Definition 5): an action is the mean of `choose` of a set's items.

use std::collections::HashMap;

use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Loss, Rational, WeightSpec};
use num_traits::Zero;

use super::continuous::{loss, no_coalitions, no_space, require_influencers};
use super::space::type_of;
use super::{
    Decoded, Fields, Weight, bias, count, dimension, influencers, name, weight_and_target,
};
use crate::document::{Document, Node, Value};

/// The most numbers that a finite game may have: they are all exact.
const MAX_CHARACTERS: usize = 20_000_000;

/// Is any action space of the document finite? Then all must be.
pub(crate) fn has_finite_space(root: &Node<'_>) -> bool {
    let is_finite = |node: &Node<'_>| {
        let kind = node.get("action_space").and_then(|space| space.get("type"));
        matches!(kind.map(|k| &k.value), Some(Value::Text(kind)) if kind == "finite")
    };
    let listed = match root.get("influencers").map(|list| &list.value) {
        Some(Value::List(items)) => items.iter().any(is_finite),
        _ => false,
    };
    is_finite(root) || listed
}

/// The finite game that a document lists.
pub(crate) fn finite(doc: &Document, root: &Node<'_>) -> Decoded<(FiniteSpec, Loss)> {
    let list = require_influencers(doc, root)?;
    if let Value::Table(_) = list.value {
        return Err(doc
            .refuse(
                list.span,
                "a finite game lists its influencers in the game file",
            )
            .with_help("write them as [[influencers]]"));
    }
    if doc.text.len() > MAX_CHARACTERS {
        return Err(doc.refuse(
            list.span,
            "the game is too large for exact arithmetic, which finite games need",
        ));
    }
    no_coalitions(doc, root, "a finite game")?;
    let loss = loss(doc, root)?;
    let fields = influencers(doc, list)?;
    let given: Option<Vec<Rational>> = bias(doc, root)?;
    let d = dimension(doc, given.as_ref().map(Vec::len), &fields[0])?;
    let mut sets = Sets {
        doc,
        sets: Vec::new(),
        known: HashMap::new(),
        equal: HashMap::new(),
    };
    let mut names: HashMap<String, usize> = HashMap::with_capacity(fields.len());
    let mut described = Vec::with_capacity(fields.len());
    for (i, fields) in fields.iter().enumerate() {
        for key in ["lying_cost", "honest"] {
            if let Some(node) = fields.get(key) {
                return Err(doc
                    .refuse(
                        node.span,
                        format!("`{key}` needs a convex action space: a finite game has no costs of lying"),
                    )
                    .with_help("leave it out, or give the influencers a polytope of the items as `vertices`"));
            }
        }
        let (weight, target, m) = weight_and_target(doc, fields, d)?;
        let node = fields
            .get("action_space")
            .or(root.get("action_space"))
            .ok_or_else(|| no_space(doc, fields.span))?;
        let name = name(doc, fields)?;
        let shown = name.clone().unwrap_or_else(|| (i + 1).to_string());
        if let Some(first) = names.insert(shown.clone(), i) {
            let span = fields.get("name").map_or(fields.span, |node| node.span);
            return Err(doc.refuse(
                span,
                format!(
                    "the name '{shown}' is taken by influencer {} already: names must be unique",
                    first + 1
                ),
            ));
        }
        let space = sets.index(node)?;
        let dim = sets.sets[space].items[0].len();
        if dim != m {
            return Err(wrong_dimension(doc, fields, &weight, dim, d));
        }
        described.push(InfluencerSpec {
            cost: None,
            name,
            weight: match weight {
                Weight::Scalar(w) => WeightSpec::Scalar(w),
                Weight::Matrix(rows) => WeightSpec::Matrix(rows),
            },
            target,
            space,
        });
    }
    let spec = FiniteSpec {
        bias: given.unwrap_or_else(|| vec![Rational::zero(); d]),
        sets: sets.sets,
        influencers: described,
    };
    Ok((spec, loss))
}

fn wrong_dimension(
    doc: &Document,
    fields: &Fields<'_, '_>,
    weight: &Weight<Rational>,
    dim: usize,
    d: usize,
) -> crate::error::InputError {
    let span = fields.get("weight").map_or(fields.span, |node| node.span);
    let items = count(dim, "number");
    match weight {
        Weight::Scalar(_) => doc
            .refuse(span, format!("a scalar weight needs items of the receiver's dimension {d}, but they have {items}"))
            .with_help(format!("give a {d} × {dim} matrix")),
        Weight::Matrix(_) => {
            doc.refuse(span, format!("the rows of the matrix `weight` must be as long as the items, which have {items}"))
        }
    }
}

/// The distinct sets met so far.
struct Sets<'n> {
    doc: &'n Document,
    sets: Vec<ItemSet>,
    /// Index by where the set was written.
    known: HashMap<usize, usize>,
    /// Index by what was written.
    equal: HashMap<String, usize>,
}

impl Sets<'_> {
    fn index(&mut self, node: &Node<'_>) -> Decoded<usize> {
        let start = node.span.range().start;
        if let Some(&index) = self.known.get(&start) {
            return Ok(index);
        }
        let set = item_set(self.doc, node)?;
        let index = *self
            .equal
            .entry(format!("{set:?}"))
            .or_insert(self.sets.len());
        if index == self.sets.len() {
            self.sets.push(set);
        }
        self.known.insert(start, index);
        Ok(index)
    }
}

fn item_set(doc: &Document, node: &Node<'_>) -> Decoded<ItemSet> {
    if type_of(doc, node)? != "finite" {
        return Err(doc
            .refuse(
                node.span,
                "continuous action spaces cannot be mixed with finite ones",
            )
            .with_help("give every influencer a finite action space, or none"));
    }
    let fields = doc.table(
        node,
        "a finite action space",
        &["type", "items", "choose", "repeats"],
    )?;
    let list = fields.require("items", "the finite action space")?;
    let items: Vec<Vec<Rational>> = doc.matrix(list, "`items`")?;
    if items.first().is_none_or(Vec::is_empty) {
        return Err(doc
            .refuse(list.span, "`items` is empty")
            .with_help("list at least one item, each a list of numbers"));
    }
    let repeats = fields
        .get("repeats")
        .map_or(Ok(false), |node| doc.flag(node, "`repeats`"))?;
    let node = fields.require("choose", "the finite action space")?;
    let number: Rational = doc.number(node, "`choose`")?;
    let choose = if number.is_integer() {
        usize::try_from(number.to_integer()).ok()
    } else {
        None
    };
    let Some(choose) = choose.filter(|&k| k > 0) else {
        return Err(doc.refuse(node.span, "`choose` must be a whole number of at least 1"));
    };
    if !repeats && choose > items.len() {
        return Err(doc
            .refuse(
                node.span,
                format!(
                    "`choose` is {choose}, but there are only {}",
                    count(items.len(), "item")
                ),
            )
            .with_help("choose fewer, or set repeats = true"));
    }
    Ok(ItemSet {
        items,
        choose,
        repeats,
    })
}
