//! One pure equilibrium: exchanges of items first, then best responses, and their proofs last.
//!
//! Everybody in turn exchanges items as long as that helps, which is cheap and lowers the potential (Proposition 6). Then
//! best responses are searched for; one that is better is played, and all others are open again. What is left when nobody
//! moves any more are the proofs, those of the fewest choices first. The searches share what is left of the budget equally.

use super::budget::Budget;
use super::choice::{Choice, ChoiceError, choices_f64};
use super::lattice::{Coordinate, Scaled, add, subtract};
use super::response::{BestResponse, exchanged, present, respond_to};
use super::verify::Verification;
use super::{FiniteGame, scaled};
use big_game::spec::Rational;

/// A profile that best-response dynamics came to, and whether it is an equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The choices.
    pub profile: Vec<Choice>,
    /// Where the receiver lands.
    pub receiver: Vec<Rational>,
    /// The potential there.
    pub potential: Rational,
    /// Everybody's regret at the profile.
    pub verification: Verification,
    /// Moves made: exchanges of items and best responses.
    pub moves: usize,
}

/// Finds a pure Nash equilibrium from a start by best-response dynamics, which local search prepares; and verifies it.
/// Within the budget it always does (Proposition 6). When the budget ends first, the profile is the last one, with a
/// bound on everybody's regret.
///
/// Without a limit of time, or when no search takes more than its share of it (what is left, divided by the number of
/// influencers whose best response is open), the answer is the same every time.
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// let start = vec![vec![0, 2], vec![0, 2]];
/// let found = big_finite::solve(&game, start, &Budget::unlimited())?;
/// assert_eq!(found.verification.equilibrium(), Some(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the start is no profile of the game.
pub fn solve(
    game: &FiniteGame,
    start: Vec<Choice>,
    budget: &Budget<'_>,
) -> Result<Solution, ChoiceError> {
    game.check_profile(&start)?;
    let (profile, responses, moves) = scaled!(game, s => {
        let mut play = Play::new(s, start);
        play.exchange(budget);
        play.settle(budget);
        let responses = play.responses(budget);
        (play.profile, responses, play.moves)
    });
    Ok(Solution {
        receiver: game.receiver(&profile),
        potential: game.potential(&profile),
        verification: Verification::new(&game.losses(&profile), responses),
        profile,
        moves,
    })
}

/// What is known of an influencer's best response to the present profile.
#[derive(Clone)]
enum Known {
    Nothing,
    /// A search for it was cut short by its share of the time.
    Cut(BestResponse),
    /// It is proven, or was searched for twice, or more time would not help.
    Settled(BestResponse),
}

struct Play<'a, T: Coordinate> {
    scaled: &'a Scaled<T>,
    profile: Vec<Choice>,
    /// The sum of all choices.
    total: Vec<T>,
    known: Vec<Known>,
    /// Who has the fewest choices first.
    order: Vec<usize>,
    moves: usize,
}

impl<'a, T: Coordinate> Play<'a, T> {
    fn new(scaled: &'a Scaled<T>, profile: Vec<Choice>) -> Self {
        let n = profile.len();
        let choices: Vec<f64> = (0..n)
            .map(|i| {
                let list = scaled.list(i);
                choices_f64(list.count, list.choose, list.repeats)
            })
            .collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| choices[i].total_cmp(&choices[j]).then(i.cmp(&j)));
        Self {
            total: scaled.total(&profile),
            scaled,
            profile,
            known: vec![Known::Nothing; n],
            order,
            moves: 0,
        }
    }

    fn play(&mut self, i: usize, choice: Choice) {
        let (list, d) = (self.scaled.list(i), self.scaled.d);
        subtract(&mut self.total, &list.sum(&self.profile[i], d));
        add(&mut self.total, &list.sum(&choice, d));
        self.profile[i] = choice;
        self.known.fill(Known::Nothing);
        self.moves += 1;
    }

    /// Everybody in turn exchanges items, until that helps nobody.
    fn exchange(&mut self, budget: &Budget<'_>) {
        let n = self.profile.len();
        let (mut i, mut still) = (0, 0);
        while still < n && !budget.spent() {
            let own = &self.profile[i];
            match exchanged(self.scaled, i, &self.total, own, budget) {
                Some(choice) => {
                    self.play(i, choice);
                    // It is where exchanges lead it, given the others.
                    still = 1;
                }
                None => still += 1,
            }
            i = (i + 1) % n;
        }
    }

    /// Plays best responses, until everybody's is known or the budget has ended.
    fn settle(&mut self, budget: &Budget<'_>) {
        loop {
            // Those nothing is known of first; then those whose search was cut, with more time.
            let fresh = |i: &&usize| matches!(self.known[**i], Known::Nothing);
            let cut = |i: &&usize| matches!(self.known[**i], Known::Cut(_));
            let open = self.order.iter().filter(fresh).count();
            let (next, open) = match open {
                0 => (
                    self.order.iter().find(cut),
                    self.order.iter().filter(cut).count(),
                ),
                _ => (self.order.iter().find(fresh), open),
            };
            let Some(&i) = next else { return };
            if budget.spent() {
                return;
            }
            let part = budget.part(1.0 / open as f64);
            let best = respond_to(self.scaled, i, &self.total, &self.profile[i], &part);
            if best.choice == self.profile[i] {
                let first = matches!(self.known[i], Known::Nothing);
                self.known[i] = if first && !best.proven && part.spent() {
                    Known::Cut(best)
                } else {
                    Known::Settled(best)
                };
                continue;
            }
            self.play(i, best.choice.clone());
            if best.proven {
                self.known[i] = Known::Settled(best);
            }
        }
    }

    /// Everybody's best response as far as it is known, and a bound where it is not.
    fn responses(&self, budget: &Budget<'_>) -> Vec<BestResponse> {
        self.known
            .iter()
            .enumerate()
            .map(|(i, known)| match known {
                Known::Settled(best) | Known::Cut(best) => best.clone(),
                Known::Nothing => present(self.scaled, i, &self.total, &self.profile[i], budget),
            })
            .collect()
    }
}
