//! Coalitions that a game declares: members who play as one (ours).
//!
//! Who minimises `Σ α_i ℓ_i` over its members' losses wants `t_C = Σ α_i t_i / Σ α_i`: the sum differs from `Σ α_i ‖r − t_C‖²`
//! by a constant. Divided by `Σ α_i`, each member plays as if its target were `t_C` and a lie cost it `α_i λ_i / Σ α_i`: a
//! game of the same kind.

use std::collections::HashMap;

use num_traits::ToPrimitive;

use super::{Costs, Game, GameError, Place, Problem, at};
use crate::spec::{CoalitionSpec, GameSpec, Rational};

/// Members who play as one, for the weighted sum of their losses.
#[derive(Clone, Debug, PartialEq)]
pub struct Coalition {
    /// Who, in the order of the description; at least two.
    pub members: Vec<usize>,
    /// `α_i > 0`: how much each one's loss counts.
    pub shares: Vec<f64>,
}

/// The coalitions of a game, and the game without them.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    groups: Vec<Coalition>,
    written: Option<Vec<CoalitionSpec<Rational>>>,
    alone: Game,
}

impl Game {
    /// The coalitions that the game declares; none where it does not.
    pub fn coalitions(&self) -> &[Coalition] {
        self.joined.as_ref().map_or(&[], |joined| &joined.groups)
    }

    /// The game in which nobody plays as one with others: the game itself where it declares no coalitions.
    pub fn alone(&self) -> &Self {
        self.joined.as_ref().map_or(self, |joined| &joined.alone)
    }

    /// Where influencer `i` itself wants the receiver; [`target`](Self::target) is where its coalition does.
    pub fn own_target(&self, i: usize) -> &[f64] {
        self.alone().target(i)
    }

    /// What was written, where it is known exactly: with the coalitions.
    pub fn written(&self) -> Option<GameSpec<Rational>> {
        let mut spec = self.alone().exact()?.clone();
        if let Some(joined) = &self.joined {
            spec.coalitions.clone_from(joined.written.as_ref()?);
        }
        Some(spec)
    }

    /// The same game with coalitions: members by index, and what each one's loss counts.
    ///
    /// # Errors
    /// A coalition of fewer than two, or with somebody who is not there or in another one already; shares that are not
    /// positive, or not one a member.
    ///
    /// ```
    /// use big_game::spec::SpaceSpec;
    /// use big_game::{Coalition, Game, solve};
    ///
    /// let game = Game::builder()
    ///     .space(SpaceSpec::ball(2, 1.0))
    ///     .influencer(1.0 / 3.0, [2.0, 0.0])
    ///     .influencer(1.0 / 3.0, [0.0, 2.0])
    ///     .influencer(1.0 / 3.0, [-2.0, -1.0])
    ///     .build()?;
    /// let first = Coalition { members: vec![0, 1], shares: vec![1.0, 1.0] };
    /// let joined = game.with_coalitions(vec![first])?;
    /// // Both want (1, 1) now.
    /// assert_eq!((joined.target(0), joined.own_target(0)), (&[1.0, 1.0][..], &[2.0, 0.0][..]));
    /// assert!(solve(&joined, &Default::default())?.certificate.holds());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_coalitions(self, groups: Vec<Coalition>) -> Result<Self, GameError> {
        let groups = groups.into_iter().map(|group| CoalitionSpec {
            members: group.members,
            shares: Some(group.shares),
        });
        let groups: Vec<CoalitionSpec<f64>> = groups.collect();
        self.joined_by(&groups, None)
    }

    pub(super) fn joined_by(
        self,
        groups: &[CoalitionSpec<f64>],
        written: Option<Vec<CoalitionSpec<Rational>>>,
    ) -> Result<Self, GameError> {
        if groups.is_empty() {
            return Ok(self);
        }
        if self.loss == crate::spec::Loss::InnerProduct {
            return Err(at(Place::Coalition(0), Problem::CoalitionOfInnerProduct));
        }
        let mut taken: HashMap<usize, usize> = HashMap::new();
        let mut checked = Vec::with_capacity(groups.len());
        for (c, group) in groups.iter().enumerate() {
            let wrong = |problem| Err(at(Place::Coalition(c), problem));
            if group.members.len() < 2 {
                return wrong(Problem::CoalitionOfOne(group.members.len()));
            }
            for &i in &group.members {
                if i >= self.influencers() {
                    return wrong(Problem::NoSuchMember(i));
                }
                if taken.insert(i, c).is_some() {
                    return wrong(Problem::MemberTwice(self.name(i).into_owned()));
                }
            }
            let shares = match &group.shares {
                Some(shares) => shares.clone(),
                None => vec![1.0; group.members.len()],
            };
            if shares.len() != group.members.len() {
                let (found, expected) = (shares.len(), group.members.len());
                return wrong(Problem::SharesLength { found, expected });
            }
            let fits = |share: &f64| (1e-100..=1e100).contains(share);
            if let Some(share) = shares.iter().find(|share| !fits(share)) {
                return wrong(Problem::Share(*share));
            }
            checked.push(Coalition {
                members: group.members.clone(),
                shares,
            });
        }
        let mut game = self.clone();
        for group in &checked {
            game.join(&group.members, &group.shares);
        }
        if let Some((exact, written)) = game.exact.as_mut().zip(written.as_ref()) {
            written.iter().for_each(|group| join_exactly(exact, group));
            // The doubles are the nearest ones.
            for (i, influencer) in exact.influencers.iter().enumerate() {
                for (k, target) in influencer.target.iter().enumerate() {
                    let d = game.bias.len();
                    game.targets[i * d + k] = target.to_f64().unwrap_or(f64::NAN);
                }
            }
        } else {
            game.exact = None;
        }
        game.joined = Some(Box::new(Joined {
            groups: checked,
            written,
            alone: self,
        }));
        Ok(game)
    }

    /// The game in which some play as one; the numbers as written are forgotten.
    pub(crate) fn as_one(&self, members: &[usize], shares: &[f64]) -> Self {
        let mut game = Self {
            exact: None,
            ..self.clone()
        };
        game.join(members, shares);
        game
    }

    fn join(&mut self, members: &[usize], shares: &[f64]) {
        let d = self.dim();
        let most = shares.iter().fold(0.0_f64, |m, s| m.max(*s));
        let total: f64 = shares.iter().map(|share| share / most).sum();
        let mut wanted = vec![0.0; d];
        for (&i, share) in members.iter().zip(shares) {
            for (t, own) in wanted.iter_mut().zip(self.target(i)) {
                *t += share / most * own;
            }
        }
        wanted.iter_mut().for_each(|t| *t /= total);
        for (&i, share) in members.iter().zip(shares) {
            self.targets[i * d..(i + 1) * d].copy_from_slice(&wanted);
            if let Some(costs) = &mut self.costs {
                costs.factors[i] *= share / most / total;
            }
        }
    }

    /// Some members as one with weights that sum to 1, who want `wanted`, against the background that all others make.
    pub(crate) fn group_against(
        &self,
        members: &[usize],
        weights: &[f64],
        wanted: &[f64],
        background: Vec<f64>,
    ) -> Self {
        let mut group = self.of_some(members, background);
        group.targets = wanted.repeat(members.len());
        let Some(costs) = &self.costs else {
            return group;
        };
        let (mut factors, honest) = costs.of(members);
        factors.iter_mut().zip(weights).for_each(|(f, w)| *f *= w);
        group.costs = Costs::shaped(&group, factors, &honest).map(Box::new);
        group
    }
}

fn join_exactly(spec: &mut GameSpec<Rational>, group: &CoalitionSpec<Rational>) {
    let one = || Rational::from_integer(1.into());
    let shares: Vec<Rational> = match &group.shares {
        Some(shares) => shares.clone(),
        None => group.members.iter().map(|_| one()).collect(),
    };
    let total: Rational = shares.iter().sum();
    let d = spec.bias.len();
    let wanted: Vec<Rational> = (0..d)
        .map(|k| {
            let members = group.members.iter().zip(&shares);
            let sum: Rational = members
                .map(|(&i, s)| s * &spec.influencers[i].target[k])
                .sum();
            sum / &total
        })
        .collect();
    for (&i, share) in group.members.iter().zip(&shares) {
        spec.influencers[i].target.clone_from(&wanted);
        if let Some(cost) = &mut spec.influencers[i].cost {
            cost.lying_cost = &cost.lying_cost * share / &total;
        }
    }
}
