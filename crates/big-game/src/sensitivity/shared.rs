//! What the targets of a coalition's members do.

use std::collections::HashMap;

use super::{Derivative, Local};
use crate::game::Game;

/// What the targets of coalitions do (ours): each member plays for `t_C = Σ α_i t_i / Σ α_i`, so that a member's own target moves
/// the receiver by its share of what the target of all of them does.
pub(super) struct Shared {
    /// Of each coalition what its members' common target does, where that is the sum of what each one's does.
    all: Vec<Option<Derivative>>,
    /// The coalition of each member, and its share.
    member_of: HashMap<usize, (usize, f64)>,
}

impl Shared {
    pub(super) fn new(game: &Game, local: Option<&Local<'_>>) -> Self {
        let mut all = Vec::new();
        let mut member_of = HashMap::new();
        for (c, coalition) in game.coalitions().iter().enumerate() {
            let total: f64 = coalition.shares.iter().sum();
            for (&i, share) in coalition.members.iter().zip(&coalition.shares) {
                member_of.insert(i, (c, share / total));
            }
            // Where lies cost what is honest follows the own target alone.
            let local = local.filter(|_| !game.has_lying_costs());
            all.push(local.and_then(|local| together(local, &coalition.members)));
        }
        Self { all, member_of }
    }

    /// Of a member: what the target of all does, and its share.
    pub(super) fn of(&self, i: usize) -> Option<(Option<&Derivative>, f64)> {
        let &(coalition, share) = self.member_of.get(&i)?;
        Some((self.all[coalition].as_ref(), share))
    }
}

impl Derivative {
    pub(super) fn times(&self, factor: f64) -> Self {
        let times = |all: &Vec<f64>| all.iter().map(|v| factor * v).collect();
        Self {
            increase: times(&self.increase),
            decrease: self.decrease.as_ref().map(times),
        }
    }
}

/// The sum of what the members' targets do, where none of them is at a kink.
fn together(local: &Local<'_>, members: &[usize]) -> Option<Derivative> {
    if !members.iter().all(|&i| local.smooth_in_target(i)) {
        return None;
    }
    let mut increase: Vec<f64> = Vec::new();
    for &i in members {
        let one = local.target(i).increase;
        if increase.is_empty() {
            increase = one;
        } else {
            increase.iter_mut().zip(&one).for_each(|(s, v)| *s += v);
        }
    }
    let decrease = None;
    Some(Derivative { increase, decrease })
}
