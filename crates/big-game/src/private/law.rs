//! The law of the receiver's position.

use big_numeric::square_distance;

use super::{COMBINATIONS, PrivateGame, ScenarioOutcome};

/// The law of the receiver's position under strategies that add `pushes`.
pub(super) struct Law<'g> {
    game: &'g PrivateGame,
    pushes: &'g [Vec<Vec<f64>>],
    /// The mean of the position.
    pub(super) mean: Vec<f64>,
    /// Of independent types: everybody's mean push, and the scatter around it.
    each: Vec<(Vec<f64>, f64)>,
}

impl<'g> Law<'g> {
    pub(super) fn of(game: &'g PrivateGame, pushes: &'g [Vec<Vec<f64>>]) -> Self {
        let each: Vec<(Vec<f64>, f64)> = game
            .types
            .iter()
            .zip(pushes)
            .map(|(types, pushes)| {
                let mut mean = vec![0.0; game.base.dim()];
                for (of, push) in types.iter().zip(pushes) {
                    mean.iter_mut()
                        .zip(push)
                        .for_each(|(m, p)| *m += of.probability * p);
                }
                let both = types.iter().zip(pushes);
                let scatter = both.map(|(of, push)| of.probability * square_distance(push, &mean));
                let scatter = scatter.sum();
                (mean, scatter)
            })
            .collect();
        let mut mean = game.base.bias().to_vec();
        for (own, _) in &each {
            mean.iter_mut().zip(own).for_each(|(m, p)| *m += p);
        }
        Self {
            game,
            pushes,
            mean,
            each,
        }
    }

    /// Where the receiver lands with these types.
    fn lands(&self, types: &[usize]) -> Vec<f64> {
        let mut r = self.game.base.bias().to_vec();
        for (pushes, &tau) in self.pushes.iter().zip(types) {
            r.iter_mut().zip(&pushes[tau]).for_each(|(r, p)| *r += p);
        }
        r
    }

    /// The mean of the receiver's position given a type, and the scatter around it.
    pub(super) fn seen_by(&self, i: usize, tau: usize) -> (Vec<f64>, f64) {
        let Some(scenarios) = &self.game.scenarios else {
            let (own, others) = (&self.each[i].0, self.each.iter().enumerate());
            let pushed = self.pushes[i][tau].iter().zip(own);
            let mean = self.mean.iter().zip(pushed).map(|(m, (p, o))| m + (p - o));
            let scatter = others.filter(|(j, _)| *j != i).map(|(_, (_, v))| v).sum();
            return (mean.collect(), scatter);
        };
        let probability = self.game.types[i][tau].probability;
        let here: Vec<(f64, Vec<f64>)> = scenarios
            .iter()
            .filter(|s| s.types[i] == tau)
            .map(|s| (s.probability / probability, self.lands(&s.types)))
            .collect();
        mean_and_scatter(&here, self.mean.len())
    }

    pub(super) fn variance(&self) -> f64 {
        match &self.game.scenarios {
            None => self.each.iter().map(|(_, scatter)| scatter).sum(),
            Some(scenarios) => {
                let all: Vec<(f64, Vec<f64>)> = scenarios
                    .iter()
                    .map(|s| (s.probability, self.lands(&s.types)))
                    .collect();
                mean_and_scatter(&all, self.mean.len()).1
            }
        }
    }

    /// All combinations, where there are not too many.
    pub(super) fn scenarios(&self) -> Option<Vec<ScenarioOutcome>> {
        let outcome = |probability: f64, types: Vec<usize>| ScenarioOutcome {
            probability,
            receiver: self.lands(&types),
            types,
        };
        let game = self.game;
        if let Some(all) = &game.scenarios {
            let few = all.len() <= COMBINATIONS;
            return few.then(|| {
                all.iter()
                    .map(|s| outcome(s.probability, s.types.clone()))
                    .collect()
            });
        }
        let counts: Vec<usize> = game.types.iter().map(Vec::len).collect();
        let product = counts.iter().try_fold(1_usize, |p, k| p.checked_mul(*k));
        let count = product.filter(|p| *p <= COMBINATIONS)?;
        let mut out = Vec::with_capacity(count);
        let mut types = vec![0; counts.len()];
        for _ in 0..count {
            let probabilities = types
                .iter()
                .zip(&game.types)
                .map(|(t, of)| of[*t].probability);
            out.push(outcome(probabilities.product(), types.clone()));
            // The next combination, the last influencer's type first.
            for (tau, k) in types.iter_mut().zip(&counts).rev() {
                *tau += 1;
                if *tau < *k {
                    break;
                }
                *tau = 0;
            }
        }
        Some(out)
    }
}

fn mean_and_scatter(all: &[(f64, Vec<f64>)], d: usize) -> (Vec<f64>, f64) {
    let mut mean = vec![0.0; d];
    for (p, r) in all {
        mean.iter_mut().zip(r).for_each(|(m, r)| *m += p * r);
    }
    let scatter = all.iter().map(|(p, r)| p * square_distance(r, &mean)).sum();
    (mean, scatter)
}
