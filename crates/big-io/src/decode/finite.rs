//! Finite games (arXiv:2502.01127, Definition 5): an action is the mean of `choose` of a set's items. And games in which only
//! some influencers choose items.

use std::collections::HashMap;

use big_game::spec::{
    FiniteSpec, GameSpec, HybridSpace, HybridSpec, InfluencerSpec, ItemSet, Loss, Rational,
};
use big_game::{Game, Place};
use num_traits::Zero;

use super::continuous::{loss, no_coalitions, place, require_influencers, shared_spaces, space_of};
use super::space::type_of;
use super::{
    Decoded, Fields, Weight, bias, count, dimension, influencers, name, weight_and_target,
};
use crate::document::{Document, Node, Value};

/// The most numbers that a finite game may have: they are all exact.
const MAX_CHARACTERS: usize = 20_000_000;

/// Is any action space of the document finite?
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

/// A game with finite action spaces.
pub(crate) enum WithItems {
    /// All of them are.
    Finite(FiniteSpec),
    /// Others are convex.
    Hybrid(HybridSpec),
}

/// The game with finite action spaces that a document lists.
pub(crate) fn with_items(doc: &Document, root: &Node<'_>) -> Decoded<(WithItems, Loss)> {
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
    no_coalitions(doc, root, "a game with finite action spaces")?;
    let loss = loss(doc, root)?;
    let fields = influencers(doc, list)?;
    let bias: Option<Vec<Rational>> = bias(doc, root)?;
    let d = dimension(doc, bias.as_ref().map(Vec::len), &fields[0])?;
    let mut sets = Sets {
        doc,
        sets: Vec::new(),
        known: HashMap::new(),
        equal: HashMap::new(),
    };
    let mut spaces = shared_spaces(doc);
    let mut names: HashMap<String, usize> = HashMap::with_capacity(fields.len());
    let (mut choosers, mut others) = (Vec::new(), Vec::new());
    for (i, fields) in fields.iter().enumerate() {
        for key in ["lying_cost", "honest"] {
            if let Some(node) = fields.get(key) {
                return Err(doc
                    .refuse(
                        node.span,
                        format!("`{key}` needs convex action spaces: a game with finite ones has no costs of lying"),
                    )
                    .with_help("leave it out, or give the influencers a polytope of the items as `vertices`"));
            }
        }
        let (weight, target, m) = weight_and_target(doc, fields, d)?;
        let node = space_of(doc, root, fields)?;
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
        let chooses = type_of(doc, node)? == "finite";
        let space = if chooses {
            let space = sets.index(node)?;
            let dim = sets.sets[space].items[0].len();
            if dim != m {
                return Err(wrong_dimension(doc, fields, &weight, dim, d));
            }
            space
        } else {
            spaces.index(node, m)?
        };
        let list = if chooses { &mut choosers } else { &mut others };
        list.push((
            i,
            InfluencerSpec {
                cost: None,
                name,
                weight: weight.spec(),
                target,
                space,
            },
        ));
    }
    if choosers.is_empty() {
        // Else no action space of the document were finite.
        let node = root.get("action_space").unwrap_or(root);
        return Err(doc
            .refuse(
                node.span,
                "nobody has this finite action space: everybody has another",
            )
            .with_help("leave it out"));
    }
    let bias = bias.unwrap_or_else(|| vec![Rational::zero(); d]);
    if others.is_empty() {
        let spec = FiniteSpec {
            bias,
            sets: sets.sets,
            influencers: choosers.into_iter().map(|(_, of)| of).collect(),
        };
        return Ok((WithItems::Finite(spec), loss));
    }
    let (at, convex): (Vec<usize>, Vec<_>) = others.iter().cloned().unzip();
    let convex = GameSpec {
        loss,
        bias: bias.clone(),
        spaces: spaces.specs.clone(),
        influencers: convex,
        coalitions: Vec::new(),
    };
    // What is wrong with the convex part is told at its place.
    Game::from_exact(convex).map_err(|mut error| {
        if let Place::Target(i) | Place::Weight(i) | Place::Name(i) | Place::SpaceOf(i) =
            &mut error.place
        {
            *i = at[*i];
        }
        place(doc, root, &spaces.nodes, &error)
    })?;
    let first = sets.sets.len();
    let moved = others.into_iter().map(|(i, of)| {
        let space = first + of.space;
        (i, InfluencerSpec { space, ..of })
    });
    let mut all: Vec<_> = choosers.into_iter().chain(moved).collect();
    all.sort_by_key(|(i, _)| *i);
    let items = sets.sets.into_iter().map(HybridSpace::Items);
    let convex = spaces.specs.into_iter().map(HybridSpace::Convex);
    let spec = HybridSpec {
        bias,
        spaces: items.chain(convex).collect(),
        influencers: all.into_iter().map(|(_, of)| of).collect(),
    };
    Ok((WithItems::Hybrid(spec), loss))
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
