//! The answers of `big solve`, `big verify` and `big enumerate` for a game in which some choose items and others play points of
//! convex sets.

use big_finite::{BestResponse, EveryHybrid, HybridGame, HybridSolution, Verification};
use big_game::equilibrium::{Assessment, Assessor, Worth, loss};
use big_game::spec::Rational;
use big_io::hybrid_file_of_exact;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finite::{
    Count, EMBEDDED as ITEMS, FiniteStatus, all, bound_of, exactly, rounded, rounded_up,
};
use crate::kind::{Kind, version};
use crate::solve::{Cardinality, CertificateResult, Concept, EMBEDDED, RangeResult, WeightValue};
use crate::words::{choice, number, vector};

/// The answer of `big solve` for a game of both kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridResult {
    /// `solve`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence or two.
    pub verdict: String,
    /// Is it proved?
    pub status: FiniteStatus,
    /// `pure_nash`.
    pub solution_concept: Concept,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The potential there.
    pub potential: f64,
    /// The equilibria that have these choices.
    pub with_these_choices: PieceResult,
    /// Indices (from 0) of influencers with a weight whose target is the receiver's position.
    pub winners: Vec<usize>,
    /// In the order of the game.
    pub influencers: Vec<HybridInfluencer>,
    /// The most that anybody was found to gain.
    pub max_regret: f64,
    /// What nobody gains more than, proven; left out when it is `max_regret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
    /// The sum of all losses.
    pub equilibrium_cost: f64,
    /// The proof for those who play points, against these choices.
    pub certificate: CertificateResult,
    /// Moves of those who choose: exchanges of items and best responses.
    pub moves: usize,
    /// How long it took; left out unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// A piece of the set of equilibria: those that have certain choices. The receiver is in one place in all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PieceResult {
    /// How many equilibria of the others there are.
    pub cardinality: Cardinality,
    /// The affine dimension of their set; null when unknown.
    pub dimension: Option<usize>,
    /// Are the choices best against every one of them, exactly? Null where the error of the receiver's position is more than the
    /// margin, and where somebody has more than 4096 choices.
    pub settled: Option<bool>,
    /// How far the receiver's position may be moved before somebody would rather choose something else; null where nobody can,
    /// and where there are too many choices.
    pub margin: Option<f64>,
}

/// One influencer of a game of both kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridInfluencer {
    /// Its name, or its number from 1.
    pub name: String,
    /// A number, or the rows of a matrix.
    pub weight: WeightValue,
    /// Where it wants the receiver.
    pub target: Vec<f64>,
    /// The indices of its items, from 0; left out of who plays points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Vec<u32>>,
    /// What it plays: their mean, or a point.
    pub action: Vec<f64>,
    /// What it would play if it told the truth.
    pub truthful_action: Vec<f64>,
    /// Its loss.
    pub loss: f64,
    /// What it was found to gain by another action; all that it could gain, where that is proven.
    pub regret: f64,
    /// Was it proved that no other action gains more?
    pub proven: bool,
    /// What it cannot gain more than; left out when `regret` is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
    /// The range of each coordinate of its action over all equilibria with these choices; left out of who chooses items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_range: Option<RangeResult>,
}

/// The answer of `big verify` for a game of both kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridVerifyResult {
    /// `verify`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// Does nobody gain more than the tolerance? Null when the time limit ended before that was decided.
    pub equilibrium: Option<bool>,
    /// The most that anybody was found to gain.
    pub max_regret: f64,
    /// What nobody gains more than, proven; left out when it is `max_regret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
    /// What counts as nothing, in units of the loss.
    pub tolerance: f64,
    /// Where the profile puts the receiver.
    pub receiver: Vec<f64>,
    /// In the order of the game.
    pub influencers: Vec<HybridRegret>,
    /// The profile's choices; null for who plays a point.
    pub choices: Vec<Option<Vec<u32>>>,
    /// The profile's actions.
    pub actions: Vec<Vec<f64>>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// What one influencer of a game of both kinds could still gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridRegret {
    /// Its name.
    pub name: String,
    /// What its best response gains; where that is not proven, what the best that was found gains.
    pub regret: f64,
    /// A best response to the others: an action; the best that was found, where it is not proven.
    pub best_response: Vec<f64>,
    /// The items of that action; left out of who plays points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_choice: Option<Vec<u32>>,
    /// Is it a best response for certain?
    pub proven: bool,
    /// What it cannot gain more than; left out when `regret` is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret_bound: Option<f64>,
}

/// The answer of `big enumerate` for a game of both kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridEnumerateResult {
    /// `enumerate`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// How many combinations of means are part of an equilibrium for certain (found so far, when not complete).
    pub count: Count,
    /// Of how many it could not be decided: somebody is indifferent to within the error of the receiver's position.
    pub undecided: Count,
    /// How many combinations of distinct means there are.
    pub combinations: Count,
    /// Were all of them looked at?
    pub complete: bool,
    /// Those that are part of an equilibrium, certain or not; of choices with one mean the first.
    pub equilibria: Vec<HybridPiece>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// Choices that are part of an equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HybridPiece {
    /// The indices of items, from 0, of each influencer; null of who plays points.
    pub choices: Vec<Option<Vec<u32>>>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// The potential there.
    pub potential: f64,
    /// The sum of all losses.
    pub cost: f64,
    /// The equilibria that have these choices.
    #[serde(flatten)]
    pub piece: PieceResult,
}

/// The game as a game file; `None` for games of very many influencers or items.
pub fn embedded_hybrid(name: Option<&str>, game: &HybridGame) -> Option<Value> {
    let items = game.alone().spec().sets.iter().map(|set| set.items.len());
    let numbers = (items.sum::<usize>() + game.influencers()) * (game.dim() + 1);
    let small = game.influencers() <= EMBEDDED && numbers <= ITEMS;
    small.then(|| hybrid_file_of_exact(name, game.spec()))
}

/// A chooser's loss at the profile: what its best response loses, and what it would gain by that.
fn loss_of(verification: &Verification, k: usize) -> Rational {
    &verification.regrets[k] + &verification.responses[k].loss
}

/// For each influencer its place among those who choose, or among the others.
fn seats(game: &HybridGame) -> Vec<Result<usize, usize>> {
    let mut seats = vec![Err(0); game.influencers()];
    let choosers = game.choosers().iter().enumerate();
    choosers.for_each(|(k, &i)| seats[i] = Ok(k));
    let free = game.free().iter().enumerate();
    free.for_each(|(k, &i)| seats[i] = Err(k));
    seats
}

impl PieceResult {
    /// How many equilibria there are, in a few words.
    pub fn many(&self) -> String {
        match (self.cardinality, self.dimension) {
            (Cardinality::Unique, _) => "one".into(),
            (Cardinality::Infinite, Some(dimension)) if dimension > 0 => {
                format!("infinitely many, dimension {dimension}")
            }
            (Cardinality::Infinite, _) => "infinitely many".into(),
            (Cardinality::Unknown, _) => "one or infinitely many".into(),
        }
    }

    fn new(solution: &HybridSolution) -> Self {
        Self {
            cardinality: solution.equilibrium.cardinality.into(),
            dimension: solution.equilibrium.dimension,
            settled: solution.settled(),
            margin: solution.margin.filter(|m| m.is_finite()),
        }
    }
}

impl HybridResult {
    /// The report of a solution, beside the `truthful` choices of those who choose.
    pub fn new(
        name: Option<String>,
        game: &HybridGame,
        solution: &HybridSolution,
        truthful: &[BestResponse],
    ) -> Self {
        let (found, others) = (&solution.equilibrium, &solution.others);
        let assessor = Assessor::new(others, &found.actions);
        let verification = &solution.verification;
        let row = |(i, seat): (usize, Result<usize, usize>)| {
            let of = &game.spec().influencers[i];
            let (name, weight) = (game.name(i).into_owned(), (&of.weight).into());
            let target = all(&of.target);
            match seat {
                Ok(k) => HybridInfluencer {
                    name,
                    weight,
                    target,
                    choice: Some(solution.choices[k].clone()),
                    action: all(&game.mean(k, &solution.choices[k])),
                    truthful_action: all(&game.mean(k, &truthful[k].choice)),
                    loss: rounded(&loss_of(verification, k)),
                    regret: rounded(&verification.regrets[k]),
                    proven: verification.responses[k].proven,
                    regret_bound: bound_of(verification, k),
                    action_range: None,
                },
                Err(k) => {
                    let mut worth = Worth::default();
                    assessor.worth(k, &mut worth);
                    let (lower, upper) = found.action_range(k);
                    HybridInfluencer {
                        name,
                        weight,
                        target,
                        choice: None,
                        action: found.actions.action(k).to_vec(),
                        truthful_action: worth.truthful,
                        loss: loss(others, k, &found.receiver),
                        regret: worth.regret.min(found.certificate.max_regret),
                        proven: true,
                        regret_bound: None,
                        action_range: Some(RangeResult {
                            lower: lower.to_vec(),
                            upper: upper.to_vec(),
                        }),
                    }
                }
            }
        };
        let influencers: Vec<_> = seats(game).into_iter().enumerate().map(row).collect();
        let most = influencers.iter().fold(0.0_f64, |m, i| m.max(i.regret));
        let bound = rounded_up(&verification.max_regret_bound());
        let certificate = CertificateResult {
            duality_gap: found.certificate.duality_gap,
            receiver_error_bound: found.certificate.receiver_error_bound,
            max_regret: found.certificate.max_regret,
            action_error_bound: None,
        };
        Self {
            kind: Kind::Solve,
            version: version(),
            name,
            verdict: String::new(),
            status: match solution.is_equilibrium() {
                Some(true) => FiniteStatus::Solved,
                _ => FiniteStatus::Approximate,
            },
            solution_concept: Concept::PureNash,
            receiver: found.receiver.clone(),
            potential: rounded(&solution.potential),
            with_these_choices: PieceResult::new(solution),
            winners: solution.winners.clone(),
            equilibrium_cost: influencers.iter().map(|i| i.loss).sum(),
            influencers,
            max_regret: most,
            regret_bound: (!verification.proven()).then(|| bound.max(most)),
            certificate,
            moves: solution.moves,
            seconds: None,
            game: None,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        let place = vector(&self.receiver);
        self.verdict = if self.status == FiniteStatus::Approximate {
            format!(
                "APPROXIMATE: not proved to be an equilibrium. The receiver lands at {place}, and nobody gains more than {}.",
                number(self.regret_bound.unwrap_or(self.max_regret))
            )
        } else {
            format!(
                "A pure equilibrium; the receiver lands at {place}. {}",
                of_piece(&self.with_these_choices)
            )
        };
        self
    }
}

/// How many equilibria have these choices, and whether they stay best.
fn of_piece(piece: &PieceResult) -> String {
    let many = match (piece.cardinality, piece.dimension) {
        (Cardinality::Unique, _) => "It is the only one with these choices".to_owned(),
        (Cardinality::Infinite, Some(dimension)) if dimension > 0 => {
            format!("There are infinitely many with these choices, a set of dimension {dimension}")
        }
        (Cardinality::Infinite, _) => "There are infinitely many with these choices".to_owned(),
        (Cardinality::Unknown, _) => {
            "Whether it is the only one with these choices is not decided".to_owned()
        }
    };
    match (piece.settled, piece.margin) {
        (Some(_), Some(margin)) if margin > 0.0 => format!(
            "{many}; the receiver would have to move by {} for anybody to choose otherwise.",
            number(margin)
        ),
        (Some(_), Some(_)) => format!("{many}; somebody is indifferent between two choices."),
        (Some(_), None) => format!("{many}."),
        (None, Some(_)) => format!(
            "{many}; somebody is indifferent between two choices to within the error of the receiver's position."
        ),
        (None, None) => format!("{many}; somebody has too many choices to say how firm they are."),
    }
}

impl HybridVerifyResult {
    /// The verdict on a profile: the choosers' `choices` and `verification` against the others' actions, and the `assessment` of
    /// these in `others`, their game. `tolerance` is in units of the loss.
    pub fn new(
        name: Option<&str>,
        game: &HybridGame,
        choices: &[Vec<u32>],
        verification: &Verification,
        others: &Assessment,
        actions: &big_game::profile::Profile,
        tolerance: f64,
    ) -> Self {
        let seats = seats(game);
        let row = |(i, seat): (usize, &Result<usize, usize>)| {
            let name = game.name(i).into_owned();
            match *seat {
                Ok(k) => {
                    let best = &verification.responses[k];
                    HybridRegret {
                        name,
                        regret: rounded(&verification.regrets[k]),
                        best_response: all(&game.mean(k, &best.choice)),
                        best_choice: Some(best.choice.clone()),
                        proven: best.proven,
                        regret_bound: bound_of(verification, k),
                    }
                }
                Err(k) => HybridRegret {
                    name,
                    regret: others.regrets[k],
                    best_response: others.best_responses.action(k).to_vec(),
                    best_choice: None,
                    proven: true,
                    regret_bound: None,
                },
            }
        };
        let influencers: Vec<_> = seats.iter().enumerate().map(row).collect();
        let most = others.regrets.iter().fold(0.0_f64, |m, v| m.max(*v));
        let allowed = exactly(tolerance).max(Rational::zero());
        let free = others.regrets.iter().all(|v| *v <= tolerance);
        let bound = rounded_up(&verification.max_regret_bound());
        Self {
            kind: Kind::Verify,
            version: version(),
            verdict: String::new(),
            equilibrium: if free {
                verification.within(&allowed)
            } else {
                Some(false)
            },
            max_regret: rounded(&verification.max_regret()).max(most),
            regret_bound: (!verification.proven()).then(|| bound.max(most)),
            tolerance,
            receiver: others.receiver.clone(),
            influencers,
            choices: seats
                .iter()
                .map(|seat| seat.ok().map(|k| choices[k].clone()))
                .collect(),
            actions: seats
                .iter()
                .map(|seat| match *seat {
                    Ok(k) => all(&game.mean(k, &choices[k])),
                    Err(k) => actions.action(k).to_vec(),
                })
                .collect(),
            game: embedded_hybrid(name, game),
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        let all = self.influencers.iter().rev();
        let most = all.max_by(|a, b| a.regret.total_cmp(&b.regret));
        self.verdict = match (self.equilibrium, most) {
            (Some(false), Some(most)) => format!(
                "Not an equilibrium: '{}' gains {}{} by {}.",
                most.name,
                if most.proven { "" } else { "at least " },
                number(most.regret),
                match &most.best_choice {
                    Some(items) => format!("choosing {}", choice(items)),
                    None => format!("playing {}", vector(&most.best_response)),
                }
            ),
            (None, _) => format!(
                "Not decided: the time limit ended before it was proved. Nobody was found to gain more than {}, and nobody can gain \
                 more than {}.",
                number(self.max_regret),
                number(self.regret_bound.unwrap_or(self.max_regret))
            ),
            _ => format!(
                "An equilibrium: nobody gains more than {}.",
                number(self.tolerance)
            ),
        };
        self
    }
}

impl HybridPiece {
    /// Choices that are part of an equilibrium.
    pub fn new(game: &HybridGame, solution: &HybridSolution) -> Self {
        let others = &solution.others;
        let chosen = |seat: Result<usize, usize>| seat.ok().map(|k| solution.choices[k].clone());
        let own = 0..solution.choices.len();
        let receiver = &solution.equilibrium.receiver;
        let losses = own.map(|k| rounded(&loss_of(&solution.verification, k)));
        let free = (0..others.influencers()).map(|k| loss(others, k, receiver));
        Self {
            choices: seats(game).into_iter().map(chosen).collect(),
            receiver: receiver.clone(),
            potential: rounded(&solution.potential),
            cost: losses.chain(free).sum(),
            piece: PieceResult::new(solution),
        }
    }
}

impl HybridEnumerateResult {
    /// What was found, and how far the search came.
    pub fn new(
        name: Option<&str>,
        game: &HybridGame,
        every: &EveryHybrid,
        equilibria: Vec<HybridPiece>,
    ) -> Self {
        let certain = |e: &&HybridPiece| e.piece.settled == Some(true);
        let settled = equilibria.iter().filter(certain).count();
        Self {
            kind: Kind::Enumerate,
            version: version(),
            verdict: String::new(),
            count: Count::Number(settled as u64),
            undecided: Count::Number((equilibria.len() - settled) as u64),
            combinations: Count::of(&every.combinations),
            complete: every.complete,
            equilibria,
            game: embedded_hybrid(name, game),
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        let open = self.equilibria.iter().filter(|e| e.piece.settled.is_none());
        let open = open.count();
        let certain = self.equilibria.len() - open;
        let least = if self.complete { "" } else { "At least " };
        let are = if certain == 1 { "is" } else { "are" };
        let of = &self.combinations;
        self.verdict =
            format!("{least}{certain} of {of} combinations of means {are} part of an equilibrium");
        self.verdict += &match (open, certain, self.complete) {
            (0, ..) => ".".to_owned(),
            // There is an equilibrium.
            (1, 0, true) => {
                " for certain; one more must be, in which somebody is indifferent.".to_owned()
            }
            _ => format!(
                " for certain; {open} more may be: somebody is indifferent there to within the error of the receiver's position."
            ),
        };
        self
    }
}
