//! Which routes a game takes.

use crate::case::Case;
use crate::random::Random;

/// What is done with a game beside solving it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    /// Nothing: the answer is checked by itself.
    Solve,
    /// Solved with other options: the same answer.
    Options(Vec<String>),
    /// The vertices of the set of equilibria.
    Vertices,
    /// Derivatives, against differences.
    Sensitivity,
    /// The answer is verified.
    Verify,
    /// Best-response dynamics.
    Dynamics(&'static str),
    /// The influencers in reverse order.
    Reversed,
    /// Other units: every length times this power of two.
    Units(i32),
    /// Background and targets moved.
    Shifted(i32),
    /// An influencer becomes two of half its weight.
    Split(usize),
    /// One more, without a weight.
    Idle,
    /// The text for people.
    Text,
    /// The program itself, on three threads: the same bytes.
    Program,
}

/// Draws the routes of a game.
pub(crate) fn draw(random: &mut Random, case: &Case, sample: bool) -> Vec<Route> {
    let options = |line: &str| Route::Options(line.split(' ').map(str::to_owned).collect());
    let large = case.influencers.len() > 30 || case.dim() > 8;
    let mut routes = vec![Route::Solve];
    let mut maybe = |probability: f64, route: Route, random: &mut Random| {
        if random.chance(probability) {
            routes.push(route);
        }
    };
    maybe(0.15, options("--select least-norm"), random);
    maybe(0.15, options("--select vertex"), random);
    if !case.inner_product {
        maybe(0.2, options("--method decomposition"), random);
        maybe(
            if large { 0.02 } else { 0.1 },
            options("--method reference"),
            random,
        );
        maybe(0.08, Route::Sensitivity, random);
        let shift = random.between(-3, 3);
        maybe(0.1, Route::Shifted(shift), random);
    }
    maybe(0.1, Route::Vertices, random);
    maybe(0.15, Route::Verify, random);
    let order = random.pick(&["round-robin", "random", "greedy", "simultaneous"]);
    maybe(
        if large { 0.02 } else { 0.1 },
        Route::Dynamics(order),
        random,
    );
    maybe(0.1, Route::Reversed, random);
    let power = random.between(-8, 30);
    maybe(0.1, Route::Units(power), random);
    let who = random.below(case.influencers.len());
    maybe(0.1, Route::Split(who), random);
    maybe(0.05, Route::Idle, random);
    maybe(0.05, Route::Text, random);
    if sample {
        maybe(0.005, Route::Program, random);
    }
    routes
}

/// Every route that a game can take.
pub(crate) fn all(case: &Case, sample: bool) -> Vec<Route> {
    let options = |line: &str| Route::Options(line.split(' ').map(str::to_owned).collect());
    let mut routes = vec![
        Route::Solve,
        options("--select least-norm"),
        options("--select vertex"),
        Route::Vertices,
        Route::Verify,
        Route::Reversed,
        Route::Units(3),
        Route::Units(-5),
        Route::Idle,
        Route::Text,
    ];
    routes.extend(["round-robin", "random", "greedy", "simultaneous"].map(Route::Dynamics));
    routes.extend((0..case.influencers.len().min(12)).map(Route::Split));
    if !case.inner_product {
        routes.extend([
            options("--method decomposition"),
            options("--method reference"),
            Route::Sensitivity,
            Route::Shifted(1),
        ]);
    }
    if sample {
        routes.push(Route::Program);
    }
    routes
}
