//! Taking part costs something: who enters the battle? (ours)
//!
//! Everybody pays `k` for a say and may stay out, where its weight counts for nothing. A set of entrants is an equilibrium of the game of entry when every
//! entrant loses less with its cost than it would by leaving, and nobody outside would gain by entering, the others' battle being played to its end each time.

use crate::equilibrium::loss;
use crate::game::Game;
use crate::solver::{SolveError, SolveOptions, solve};

/// Who enters.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The entrants, by index.
    pub entrants: Vec<usize>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// What each influencer would lose more if it changed its mind: an entrant by leaving, anybody else by entering; negative where it would gain.
    pub margins: Vec<f64>,
    /// Would nobody gain by changing its mind?
    pub stable: bool,
    /// In which order they entered, with those who left again as they did.
    pub moves: Vec<usize>,
}

/// Lets whoever gains most by entering or leaving do so until nobody does, from an empty battle: on a line those who are farthest from the receiver and
/// count most come first. A solve an influencer and move; a run that comes back to where it was ends there, not stable. `None` where `keep_going` said
/// no before a battle.
///
/// ```
/// use big_game::entry::enter;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// // Too dear for anybody: the receiver stays where nobody pulls it.
/// let nobody = enter(&game, 10.0, &|| true)?.expect("it was let go on");
/// assert!(nobody.stable && nobody.entrants.is_empty());
/// assert_eq!(nobody.receiver, [0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a battle could not be solved.
pub fn enter(
    game: &Game,
    cost: f64,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<Entry>, SolveError> {
    let n = game.influencers();
    // Where the receiver is, and how far from there it may be.
    let lands = |inside: &[bool]| -> Result<(Vec<f64>, f64), SolveError> {
        let members: Vec<usize> = (0..n).filter(|&i| inside[i]).collect();
        if members.is_empty() {
            return Ok((game.bias().to_vec(), 0.0));
        }
        let battle = game.of_some(&members, game.bias().to_vec());
        let found = solve(&battle, &SolveOptions::default())?;
        Ok((found.receiver, found.certificate.receiver_error_bound))
    };
    let mut inside = vec![false; n];
    let mut moves = Vec::new();
    let mut known = std::collections::HashSet::new();
    loop {
        let (r, error) = lands(&inside)?;
        let (mut margins, mut keenest) = (Vec::with_capacity(n), None);
        for i in 0..n {
            if !keep_going() {
                return Ok(None);
            }
            let mut other = inside.clone();
            other[i] = !other[i];
            let (there, other_error) = lands(&other)?;
            let paid = if inside[i] { cost } else { -cost };
            let (now, then) = (loss(game, i, &r), loss(game, i, &there));
            // What it loses then, with what it then pays, over what it loses now.
            let margin = then - now - paid;
            // What the errors of the two places, and rounding, can make of that.
            let noise = (2.0 * now.sqrt() + error) * error
                + (2.0 * then.sqrt() + other_error) * other_error
                + 1e-15 * (now + then + cost);
            if margin < -noise && keenest.is_none_or(|(least, _)| margin < least) {
                keenest = Some((margin, i));
            }
            margins.push(margin);
        }
        let mover = keenest.map(|(_, i)| i);
        let stable = mover.is_none();
        if stable || !known.insert(inside.clone()) {
            return Ok(Some(Entry {
                entrants: (0..n).filter(|&i| inside[i]).collect(),
                receiver: r,
                margins,
                stable,
                moves,
            }));
        }
        if let Some(i) = mover {
            inside[i] = !inside[i];
            moves.push(i);
        }
    }
}
