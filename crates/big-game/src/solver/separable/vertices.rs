//! The vertices of the set of equilibria of a game of boxes.

use big_numeric::nearest;
use num_traits::{Signed, Zero};

use super::Cut;
use super::column::{Boxes, Column};
use super::exact::Exact;
use super::solve::{Ends, face};
use crate::equilibrium::Selection;
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Rational;

/// Some influencers' actions in one coordinate.
type Choice = Vec<(usize, f64)>;

/// The vertices of the set of equilibria, in a fixed order; `None` when there are more than `limit`
/// (or when looking for them takes too many steps, which needs weights that nearly cancel).
///
/// The set is a product over coordinates, and so are its vertices: in each, all pinned influencers but at
/// most one play an end. `cuts` are those of [`locate`](super::locate).
pub fn vertices(game: &Game, cuts: &[Cut], limit: usize) -> Option<Vec<Profile>> {
    let boxes = Boxes::new(game)?;
    let mut base = Profile::zeros(game);
    let all = 0..game.influencers();
    Ends::new(boxes, cuts, Selection::Vertex).write(all, base.values_mut());
    let mut profiles = vec![base];
    for (k, cut) in cuts.iter().enumerate() {
        let column = Column::new(boxes, k);
        let exact = Exact::new(column);
        for i in (0..column.len()).filter(|&i| column.weight(i) == 0.0 && exact.has_choice(i)) {
            let (l, u) = column.interval(i);
            profiles = product(&profiles, k, &[vec![(i, l)], vec![(i, u)]], limit)?;
        }
        if let Some(face) = face(&column, cut) {
            let items = face.members.iter().map(|m| {
                let (low, high) = exact.pull(m.influencer);
                Item {
                    influencer: m.influencer,
                    weight: exact.weight(m.influencer),
                    ends: if m.weight.to_f64() < 0.0 {
                        [m.upper, m.lower]
                    } else {
                        [m.lower, m.upper]
                    },
                    jump: high - &low,
                    low,
                }
            });
            let rest = exact.above_low(|i| cut.side(i, column.target(i)));
            let choices = Walk::new(items.collect(), limit).run(rest)?;
            profiles = product(&profiles, k, &choices, limit)?;
        }
    }
    (profiles.len() <= limit).then_some(profiles)
}

/// Every profile with every choice put in.
fn product(
    profiles: &[Profile],
    k: usize,
    choices: &[Choice],
    limit: usize,
) -> Option<Vec<Profile>> {
    if profiles.len().checked_mul(choices.len())? > limit {
        return None;
    }
    let mut all = Vec::with_capacity(profiles.len() * choices.len());
    for profile in profiles {
        for choice in choices {
            let mut profile = profile.clone();
            for &(i, x) in choice {
                profile.action_mut(i)[k] = x;
            }
            all.push(profile);
        }
    }
    Some(all)
}

struct Item {
    influencer: usize,
    weight: Rational,
    /// The actions of least and of greatest pull.
    ends: [f64; 2],
    jump: Rational,
    low: Rational,
}

/// A depth-first walk over who plays which end and who plays in between.
struct Walk {
    /// By decreasing jump: then what is left can nearly always be made up.
    items: Vec<Item>,
    /// `left[j]`: the jumps of the items from `j` on, added.
    left: Vec<Rational>,
    limit: usize,
    steps: usize,
    found: Vec<Choice>,
}

impl Walk {
    fn new(mut items: Vec<Item>, limit: usize) -> Self {
        items.sort_by(|a, b| b.jump.cmp(&a.jump).then(a.influencer.cmp(&b.influencer)));
        let mut left = vec![Rational::zero()];
        for item in items.iter().rev() {
            let more = left[left.len() - 1].clone() + &item.jump;
            left.push(more);
        }
        left.reverse();
        let steps = limit.saturating_mul(16 * (items.len() + 1)).max(1 << 12);
        Self {
            items,
            left,
            limit,
            steps,
            found: Vec::new(),
        }
    }

    /// `rest`: how far all pulls together must rise above everybody low.
    fn run(mut self, rest: Rational) -> Option<Vec<Choice>> {
        // The state: which item is next, what is still to be risen, who plays in between, and the ends so far.
        let mut stack = vec![(0, rest, None::<usize>, Vec::new())];
        while let Some((next, rest, between, ends)) = stack.pop() {
            self.steps = self.steps.checked_sub(1)?;
            if !self.feasible(next, &rest, between) {
                continue;
            }
            if next == self.items.len() {
                let choice = self.choice(&rest, between, &ends);
                self.found.push(choice);
                if self.found.len() > self.limit {
                    return None;
                }
                continue;
            }
            if between.is_none() {
                let mut ends = ends.clone();
                ends.push(0);
                stack.push((next + 1, rest.clone(), Some(next), ends));
            }
            for end in [1, 0] {
                let mut ends = ends.clone();
                ends.push(end);
                let rise = if end == 1 {
                    &rest - &self.items[next].jump
                } else {
                    rest.clone()
                };
                stack.push((next + 1, rise, between, ends));
            }
        }
        Some(self.found)
    }

    /// Can the items from `next` on, and the one in between, still make up `rest`? The one in between
    /// must stay off its ends.
    fn feasible(&self, next: usize, rest: &Rational, between: Option<usize>) -> bool {
        let room = &self.left[next];
        match between {
            None => !rest.is_negative() && rest <= room,
            Some(j) => rest.is_positive() && *rest < room + &self.items[j].jump,
        }
    }

    fn choice(&self, rest: &Rational, between: Option<usize>, ends: &[usize]) -> Choice {
        let items = self.items.iter().zip(ends).enumerate();
        items
            .map(|(j, (item, &end))| {
                let x = if between == Some(j) {
                    nearest(&((&item.low + rest) / &item.weight))
                } else {
                    item.ends[end]
                };
                (item.influencer, x)
            })
            .collect()
    }
}
