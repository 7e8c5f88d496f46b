//! The reference: the whole convex program (Proposition 2), given to a general conic solver.
//!
//! It shares no code with the structural solvers and knows nothing of the game's structure; it is for
//! comparison, for tests, and for what the others leave unfinished.

use super::conic::Conic;
use super::decomposition::Found;
use crate::action_space::ConvexSet;
use crate::game::Game;
use crate::potential::receiver;
use crate::profile::Profile;
use crate::stop::Stop;
use crate::weight::Weight;

/// `min ‖r‖² − 2 Σ_i ⟨t_i, W_i x_i⟩` over `r = b + Σ_i W_i x_i` and the action sets, the receiver measured in
/// units of the game's scale. `None` when the conic solver failed or was told to stop.
pub(crate) fn solve(game: &Game, stop: &Stop) -> Option<Found> {
    let d = game.dim();
    let unit = game.unit();
    let mut program = Conic::until(stop);
    let r = program.variables(d);
    // r/unit − Σ W x/unit = b/unit.
    let mut rows: Vec<Vec<(usize, f64)>> = (0..d).map(|k| vec![(r + k, 1.0)]).collect();
    let mut firsts = Vec::with_capacity(game.influencers());
    for i in 0..game.influencers() {
        let x = program.point_of(game.space(i));
        firsts.push(x);
        let m = game.space(i).dim();
        let target: Vec<f64> = game.target(i).iter().map(|t| t / unit).collect();
        let mut pull = vec![0.0; m];
        game.weight(i).pull_back(&target, &mut pull);
        for (c, p) in pull.iter().enumerate() {
            program.cost(x + c, -2.0 * p / unit);
        }
        for (k, row) in rows.iter_mut().enumerate() {
            match game.weight(i) {
                Weight::Scalar(w) => row.push((x + k, -w / unit)),
                Weight::Matrix(w) => {
                    row.extend(w.row(k).iter().enumerate().map(|(c, v)| (x + c, -v / unit)));
                }
            }
        }
    }
    for (k, row) in rows.iter().enumerate() {
        program.equal(row, game.bias()[k] / unit);
        program.square(r + k, 2.0);
    }
    let answer = program.solve()?;
    let mut actions = Profile::zeros(game);
    for (i, &x) in firsts.iter().enumerate() {
        let m = game.space(i).dim();
        game.space(i)
            .project(&answer.x[x..x + m], actions.action_mut(i));
    }
    Some(Found {
        // The projections moved the actions: the position that counts is theirs.
        y: receiver(game, &actions),
        actions,
        passes: answer.iterations,
    })
}
