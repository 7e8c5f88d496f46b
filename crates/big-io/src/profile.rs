//! Reading a profile: `{ "actions": [[..]..] }`, the output of `big solve --json`, or a table of actions.

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::profile::Profile;
use big_game::spec::Rational;

use crate::document::{Document, Node, Span, Value};
use crate::error::InputError;
use crate::preference::STANDARD_INPUT;
use crate::source::Source;
use crate::table::{Row, RowSink, Wanted, holds_rows, read_rows, read_rows_on_stdin};

/// Reads a profile of a game: one action an influencer, in the game's order; with private targets, one a type.
///
/// A document (TOML or JSON) has `actions`, a list of lists of numbers, or `influencers`, a list of tables with an `action`
/// each, as `big solve --json` writes it. A table (`.parquet`, `.csv`) has a column `action` as
/// [`write_actions`](crate::write_actions) writes it, and where it has names too, they must be the game's. Standard input may hold any of
/// them: its first bytes tell.
///
/// # Errors
/// Whatever is wrong, and where. Whether an action lies in its set is not asked here.
pub fn read_profile(source: &Source, game: &Game) -> Result<Profile, InputError> {
    if let (Source::Path(path), Some("parquet" | "pq" | "csv")) =
        (source, source.extension().as_deref())
    {
        let name = path.display().to_string();
        return from_table(game, &name, |wanted, sink| {
            read_rows(path, wanted, sink, &mut |_, _| {})
        });
    }
    if source == &Source::Stdin && holds_rows() {
        return from_table(game, STANDARD_INPUT, read_rows_on_stdin);
    }
    let doc = Document {
        file: source.name(),
        text: source.read_text()?,
    };
    let root = doc.parse(source.extension().as_deref())?;
    from_document(&doc, &root, game)
}

fn from_document(doc: &Document, root: &Node<'_>, game: &Game) -> Result<Profile, InputError> {
    let (list, key) = match (root.get("actions"), root.get("influencers")) {
        (Some(actions), _) => (actions, None),
        (None, Some(influencers)) => (influencers, Some("action")),
        (None, None) => {
            return Err(doc
                .refuse(Span::default(), "the profile has no `actions`")
                .with_help(
                    "write { \"actions\": [[..], ..] }, or give what `solve` answers, as JSON",
                ));
        }
    };
    let items = doc.list(list, "the profile", "a list with one action an influencer")?;
    // What `solve` answers about private targets has an action for each type.
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        match item.get("types") {
            Some(types) => all.extend(doc.list(types, "the types", "a list of types")?),
            None => all.push(item),
        }
    }
    let mut profile = Profile::zeros(game);
    let n = game.influencers();
    if all.len() != n {
        return Err(doc.refuse(list.span, wrong_count(all.len(), n)));
    }
    for (i, item) in all.into_iter().enumerate() {
        let node = match key {
            None => item,
            Some(key) => item
                .get(key)
                .ok_or_else(|| doc.refuse(item.span, format!("the influencer has no `{key}`")))?,
        };
        let action: Vec<f64> = doc.vector(node, "an action")?;
        let m = game.space(i).dim();
        if action.len() != m {
            return Err(doc.refuse(node.span, wrong_length(&game.name(i), action.len(), m)));
        }
        profile.action_mut(i).copy_from_slice(&action);
    }
    Ok(profile)
}

/// What a file says about the play of a finite game, one entry an influencer.
#[derive(Clone, Debug, PartialEq)]
pub enum FinitePlay {
    /// Indices of items from 0, sorted.
    Choices(Vec<Vec<u32>>),
    /// Means of items.
    Actions(Vec<Vec<Rational>>),
}

/// Reads the play of a finite game's influencers: `{ "choices": [[..]..] }`, lists of item indices from 0;
/// `{ "actions": [[..]..] }`, the means of items, as numbers or exact fractions in quotes; or the output of
/// `big solve --json`. Whether it is a profile of a game is not asked here.
///
/// # Errors
/// Whatever is wrong, and where.
pub fn read_finite_play(source: &Source) -> Result<FinitePlay, InputError> {
    let doc = Document {
        file: source.name(),
        text: source.read_text()?,
    };
    let root = doc.parse(source.extension().as_deref())?;
    if let (None, Some(actions)) = (root.get("choices"), root.get("actions")) {
        let items = doc.list(
            actions,
            "the profile",
            "a list with one action an influencer",
        )?;
        let actions = items.iter().map(|item| doc.vector(item, "an action"));
        return Ok(FinitePlay::Actions(actions.collect::<Result<_, _>>()?));
    }
    let (list, key) = match (root.get("choices"), root.get("influencers")) {
        (Some(choices), _) => (choices, None),
        (None, Some(influencers)) => (influencers, Some("choice")),
        (None, None) => {
            return Err(doc
                .refuse(Span::default(), "the profile has neither `choices` nor `actions`")
                .with_help(
                    "write { \"choices\": [[..], ..] }, lists of item indices, or { \"actions\": [[..], ..] }, means of \
                     items; or give what `solve` answers, as JSON",
                ));
        }
    };
    let items = doc.list(list, "the profile", "a list with one choice an influencer")?;
    let mut choices = Vec::with_capacity(items.len());
    for item in items {
        let node = match key {
            None => item,
            Some(key) => item
                .get(key)
                .ok_or_else(|| doc.refuse(item.span, format!("the influencer has no `{key}`")))?,
        };
        choices.push(indices(&doc, node)?);
    }
    Ok(FinitePlay::Choices(choices))
}

/// What a file says about the play of one influencer of a game of both kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum HybridPlay {
    /// Indices of items from 0, sorted; and their mean, where that is said as well.
    Choice(Vec<u32>, Option<Vec<Rational>>),
    /// A point, or a mean of items.
    Action(Vec<Rational>),
}

/// Reads the play of a game of both kinds: `{ "actions": [[..]..] }`, points and means of items, one an influencer; beside them or in
/// their place `choices`, lists of item indices from 0, with null for those who play points; or the output of `big solve --json`. Whether
/// it is a profile of a game is not asked here.
///
/// # Errors
/// Whatever is wrong, and where.
pub fn read_hybrid_play(source: &Source) -> Result<Vec<HybridPlay>, InputError> {
    let doc = Document {
        file: source.name(),
        text: source.read_text()?,
    };
    let root = doc.parse(source.extension().as_deref())?;
    let one_each = "a list with one entry an influencer";
    let listed = |key: &str| {
        let node = root.get(key);
        node.map(|node| doc.list(node, "the profile", one_each))
            .transpose()
    };
    let (choices, actions) = (listed("choices")?, listed("actions")?);
    let own = match (choices, actions) {
        (None, None) => listed("influencers")?,
        _ => None,
    };
    let Some(n) = [choices, actions, own]
        .into_iter()
        .flatten()
        .map(<[_]>::len)
        .max()
    else {
        return Err(doc
            .refuse(Span::default(), "the profile has neither `actions` nor `choices`")
            .with_help(
                "write { \"actions\": [[..], ..] }, points and means of items, one an influencer; or give what `solve` \
                 answers, as JSON",
            ));
    };
    if let (Some(choices), Some(actions)) = (choices, actions)
        && choices.len() != actions.len()
    {
        let lengths = format!(
            "{} `choices` and {} `actions`",
            choices.len(),
            actions.len()
        );
        return Err(doc.refuse(
            Span::default(),
            format!("the profile has {lengths}: give each influencer one of each, or null"),
        ));
    }
    (0..n)
        .map(|i| {
            let action = entry(actions, own, i, "action");
            let action = action
                .map(|node| doc.vector(node, "an action"))
                .transpose()?;
            match (entry(choices, own, i, "choice"), action) {
                (Some(node), mean) => Ok(HybridPlay::Choice(indices(&doc, node)?, mean)),
                (None, Some(action)) => Ok(HybridPlay::Action(action)),
                (None, None) => Err(doc.refuse(
                    Span::default(),
                    format!("the profile does not say what influencer {i} plays (counted from 0)"),
                )),
            }
        })
        .collect()
}

/// What a list, or an answer's list of influencers, says of one of them; not null.
fn entry<'n, 't>(
    list: Option<&'n [Node<'t>]>,
    own: Option<&'n [Node<'t>]>,
    i: usize,
    key: &str,
) -> Option<&'n Node<'t>> {
    let given = list.and_then(|list| list.get(i));
    let given = given.or_else(|| own?.get(i)?.get(key))?;
    (!matches!(given.value, Value::Null)).then_some(given)
}

/// Indices of items, sorted.
fn indices(doc: &Document, node: &Node<'_>) -> Result<Vec<u32>, InputError> {
    let mut choice = Vec::new();
    for index in doc.vector::<f64>(node, "a choice")? {
        if index.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&index) {
            return Err(doc.refuse(node.span, "a choice is a list of item indices, from 0"));
        }
        choice.push(index as u32);
    }
    choice.sort_unstable();
    Ok(choice)
}

fn from_table(
    game: &Game,
    name: &str,
    read: impl FnOnce(&Wanted, &mut dyn RowSink) -> Result<(), InputError>,
) -> Result<Profile, InputError> {
    let wanted = Wanted {
        number: None,
        list: "action",
        ragged: true,
        costs: false,
    };
    let mut sink = Actions {
        game,
        profile: Profile::zeros(game),
        read: 0,
    };
    read(&wanted, &mut sink)?;
    if sink.read == game.influencers() {
        return Ok(sink.profile);
    }
    Err(InputError::new(wrong_count(sink.read, game.influencers())).in_file(name))
}

struct Actions<'g> {
    game: &'g Game,
    profile: Profile,
    read: usize,
}

impl RowSink for Actions<'_> {
    fn expect(&mut self, _rows: usize) -> Result<(), String> {
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), String> {
        let i = self.read;
        if i >= self.game.influencers() {
            return Err(format!(
                "the game has only {} influencers",
                self.game.influencers()
            ));
        }
        let (name, m) = (self.game.name(i), self.game.space(i).dim());
        if let Some(found) = row.name
            && found != name
        {
            return Err(format!(
                "this is the action of '{found}' where the game has '{name}'"
            ));
        }
        if row.list.len() != m {
            return Err(wrong_length(&name, row.list.len(), m));
        }
        self.profile.action_mut(i).copy_from_slice(row.list);
        self.read += 1;
        Ok(())
    }
}

fn wrong_count(found: usize, expected: usize) -> String {
    format!(
        "the profile has {} where the game has {}",
        actions(found),
        influencers(expected)
    )
}

fn actions(n: usize) -> String {
    crate::decode::count(n, "action")
}

fn influencers(n: usize) -> String {
    crate::decode::count(n, "influencer")
}

fn wrong_length(name: &str, found: usize, expected: usize) -> String {
    let found = crate::decode::count(found, "number");
    format!("the action of '{name}' has {found} where its action space has dimension {expected}")
}
