//! Large games, kept between moves: what changed comes in, and the answer goes out as numbers.
//!
//! The numbers of an answer, little-endian doubles: `d`, `m`, `n`; the cardinality (1 one, 2 infinitely many, 0 not known, −1 not
//! finished), the duality gap, the bound on the receiver's error, the largest regret, the number of winners, the milliseconds that it
//! took, the answer's own number and how many actions follow; the receiver (`d`), the receiver if all told the truth (`d`), the
//! winners. Then the actions: everybody's in order (`n·m`), or, to who has the answer before, of those who act otherwise now the index
//! and the action (`1 + m` each).

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use big_app::AppError;
use big_game::equilibrium::Cardinality;
use big_game::spec::{Loss, SpaceSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, Stop, solve};
use big_io::experiment::space_argument;
use big_io::{Content, InputError, Source, read_game};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Games that are kept; the one that was asked for longest ago goes first.
const KEPT: usize = 16;

/// A game that is kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Held {
    /// What it is asked for by.
    pub id: u64,
    /// Influencers.
    pub n: usize,
    /// Dimensions of the receiver.
    pub d: usize,
}

/// What changed since the game was kept.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// Influencers, and their targets.
    #[serde(default)]
    pub targets: Vec<(usize, Vec<f64>)>,
    /// Influencers, and their weights.
    #[serde(default)]
    pub weights: Vec<(usize, f64)>,
    /// The number of the answer that whoever asks has: only what is not as in that is sent.
    #[serde(default)]
    pub since: Option<u64>,
}

/// The games that are kept.
#[derive(Debug, Default)]
pub struct Games(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    games: HashMap<u64, Entry>,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    /// When it was asked for last.
    used: u64,
    columns: Arc<Columns>,
    /// The last answer's number and actions.
    last: Option<(u64, Arc<Vec<f64>>)>,
}

/// A game of one space and numbers for weights.
#[derive(Debug)]
struct Columns {
    loss: Loss,
    bias: Vec<f64>,
    space: SpaceSpec<f64>,
    weights: Vec<f64>,
    targets: Vec<f64>,
}

impl Games {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Who panicked while it held the lock left whole games behind.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Keeps a game (JSON).
    ///
    /// # Errors
    /// What is wrong with it, or that it is none with one convex set for all and numbers for weights.
    pub fn hold(&self, text: &str) -> Result<Held, AppError> {
        let game = read_game(&Source::text("the game", text), &mut |_, _| {})?;
        let unkept = || {
            InputError::new(
                "only games with one convex set for all and numbers for weights are kept",
            )
        };
        let Content::Continuous(game) = game.content else {
            return Err(unkept().into());
        };
        let (n, d) = (game.influencers(), game.dim());
        let file: Value = serde_json::from_str(text).map_err(|_| unkept())?;
        let priced = ["lying_cost", "honest", "coalitions"];
        let own = game.common_space().is_some()
            && file.get("action_space").is_some()
            && !priced
                .iter()
                .any(|key| text.contains(&format!("\"{key}\"")));
        let weights = game.scalar_weights().filter(|_| own).ok_or_else(unkept)?;
        let columns = Columns {
            loss: game.loss(),
            bias: game.bias().to_vec(),
            space: space_argument(&file["action_space"].to_string(), d)?,
            weights: weights.to_vec(),
            targets: game.targets().to_vec(),
        };
        let mut kept = self.lock();
        kept.clock += 1;
        let id = kept.clock;
        if kept.games.len() >= KEPT {
            let oldest = kept.games.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                kept.games.remove(&oldest);
            }
        }
        let entry = Entry {
            used: id,
            columns: Arc::new(columns),
            last: None,
        };
        kept.games.insert(id, entry);
        Ok(Held { id, n, d })
    }

    /// The answer after moves, as numbers; `None` where there is no such game. The search ends when `cancel` becomes true.
    ///
    /// # Errors
    /// What is wrong with the moves.
    pub fn moved(
        &self,
        id: u64,
        moves: Moves,
        cancel: &Arc<AtomicBool>,
    ) -> Option<Result<Vec<u8>, AppError>> {
        let (number, columns, last) = {
            let mut kept = self.lock();
            kept.clock += 1;
            let now = kept.clock;
            let entry = kept.games.get_mut(&id)?;
            entry.used = now;
            (now, Arc::clone(&entry.columns), entry.last.clone())
        };
        let known = last.filter(|(number, _)| Some(*number) == moves.since);
        let known = known.map(|(_, actions)| actions);
        Some(
            answered(&columns, moves, number, known.as_deref(), cancel).map(
                |(numbers, actions)| {
                    if let Some(entry) = self.lock().games.get_mut(&id) {
                        entry.last = Some((number, Arc::new(actions)));
                    }
                    numbers
                },
            ),
        )
    }
}

impl Columns {
    fn after(&self, moves: Moves) -> Result<Game, InputError> {
        let (mut weights, mut targets) = (self.weights.clone(), self.targets.clone());
        let d = self.bias.len();
        let unknown = |i: usize| InputError::new(format!("there is no influencer {i}"));
        for (i, target) in moves.targets {
            if target.len() != d {
                return Err(InputError::new(format!("a target has {d} numbers")));
            }
            let place = i * d..i.saturating_add(1).saturating_mul(d);
            targets
                .get_mut(place)
                .ok_or_else(|| unknown(i))?
                .copy_from_slice(&target);
        }
        for (i, weight) in moves.weights {
            *weights.get_mut(i).ok_or_else(|| unknown(i))? = weight;
        }
        if !weights.iter().chain(&targets).all(|v| v.is_finite()) {
            return Err(InputError::new("numbers are finite"));
        }
        Game::from_columns(
            self.loss,
            self.bias.clone(),
            &self.space,
            weights,
            targets,
            Vec::new(),
        )
        .map_err(|error| InputError::new(error.to_string()))
    }
}

/// The answer as bytes, and the actions in it. `known` are those that whoever asks has.
fn answered(
    columns: &Columns,
    moves: Moves,
    number: u64,
    known: Option<&Vec<f64>>,
    cancel: &Arc<AtomicBool>,
) -> Result<(Vec<u8>, Vec<f64>), AppError> {
    let begun = Instant::now();
    let game = columns.after(moves)?;
    let options = SolveOptions {
        stop: Stop::when(Arc::clone(cancel)),
        ..SolveOptions::default()
    };
    let found = solve(&game, &options)?;
    let cost = welfare(&game, &found)?;
    let (n, d) = (game.influencers(), game.dim());
    let m = columns.space.dim();
    let cardinality = match found.cardinality {
        _ if !found.certificate.holds() => -1.0,
        Cardinality::Unique => 1.0,
        Cardinality::Infinite => 2.0,
        Cardinality::Unknown => 0.0,
    };
    let proof = &found.certificate;
    let actions = found.actions.values();
    let changed: Option<Vec<usize>> = known.map(|known| {
        let rows = actions.chunks_exact(m).zip(known.chunks_exact(m));
        let other = rows.enumerate().filter(|(_, (now, before))| now != before);
        other.map(|(i, _)| i).collect()
    });
    // Of many changes all are shorter.
    let changed = changed.filter(|changed| changed.len() * (m + 1) < n * m);
    let mut numbers = Vec::with_capacity(11 + 2 * d + n * m);
    numbers.extend([d as f64, m as f64, n as f64, cardinality]);
    numbers.extend([
        proof.duality_gap,
        proof.receiver_error_bound,
        proof.max_regret,
    ]);
    let told = changed.as_ref().map_or(n, Vec::len);
    numbers.extend([found.winners.len() as f64, 0.0, number as f64, told as f64]);
    numbers.extend_from_slice(&found.receiver);
    numbers.extend_from_slice(&cost.truthful_receiver);
    numbers.extend(found.winners.iter().map(|w| *w as f64));
    match changed {
        None => numbers.extend_from_slice(actions),
        Some(changed) => {
            for i in changed {
                numbers.push(i as f64);
                numbers.extend_from_slice(&actions[i * m..(i + 1) * m]);
            }
        }
    }
    numbers[8] = begun.elapsed().as_secs_f64() * 1e3;
    let bytes = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
    Ok((bytes, actions.to_vec()))
}
