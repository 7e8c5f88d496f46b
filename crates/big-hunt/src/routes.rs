//! The routes of a game through the program, and what is compared at the end of each.

use serde_json::Value;

use crate::answer::Answer;
use crate::case::{Case, scaled};
use crate::check::{Finding, ROUNDING, Sheet, unit_of};
use crate::door::{Door, Reply};
use crate::geometry::listed;
use crate::linear::{Vector, distance};
use crate::read::{number, vector};
use crate::route::Route;

/// How near, as a share of the game's size, an answer that is not finished has to be.
const NEAR: f64 = 1e-4;

/// What one game came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// In a word: `unique`, `infinite`, `unknown`, `unfinished`, `refused`, or what failed.
    pub(crate) end: &'static str,
    /// Command lines that were run.
    pub(crate) calls: usize,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
}

/// What a search takes for granted.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The way into the program.
    pub(crate) door: Door,
    /// The program itself, for a sample of the games.
    pub(crate) sample: Option<Door>,
    /// Seconds that a game of 100 numbers may take; `None` for as long as it likes.
    pub(crate) limit: Option<f64>,
}

/// Numbers beyond these make an extreme game, for which `unfinished` and a refusal are answers too.
fn extreme(case: &Case) -> bool {
    let mut copy = case.clone();
    let sizes = copy
        .numbers_mut()
        .into_iter()
        .map(|v| v.abs())
        .filter(|&v| v > 0.0);
    let (low, high) = sizes.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    high > 1e9 || low < 1e-9 || high / low > 1e12
}

/// A game on its way.
struct Way<'a> {
    bench: &'a Bench,
    case: &'a Case,
    listed: Option<Case>,
    base: Option<(Reply, Answer)>,
    outcome: Outcome,
}

/// Runs a game along its routes. The first is always the plain solve, which the others are compared with.
pub(crate) fn examine(bench: &Bench, case: &Case, routes: &[Route]) -> Outcome {
    let mut way = Way {
        bench,
        case,
        listed: listed(case),
        base: None,
        outcome: Outcome::default(),
    };
    way.solve();
    if way.base.is_some() {
        for route in routes {
            way.take(route);
        }
    }
    way.outcome
}

impl Way<'_> {
    fn tell(&mut self, check: &'static str, route: &str, message: String) {
        self.outcome.findings.push(Finding {
            check,
            route: route.to_owned(),
            message,
        });
    }

    /// Runs a command; tells panics and time.
    fn run(
        &mut self,
        command: &str,
        game: &Value,
        profile: Option<&Value>,
        options: &[&str],
    ) -> Reply {
        let reply = self.bench.door.run(command, game, profile, options);
        self.outcome.calls += 1;
        let line = format!("{command} {}", options.join(" "));
        if reply.code.is_none() {
            self.tell("panic", &line, reply.message.clone());
        }
        if let Some(limit) = self.bench.limit {
            let limit = limit * (1.0 + self.case.numbers() as f64 / 100.0);
            // Once more: a machine may be busy, or stopped.
            if reply.seconds > limit {
                let again = self.bench.door.run(command, game, profile, options);
                if again.seconds > limit {
                    self.tell(
                        "slow",
                        &line,
                        format!(
                            "{:.2} s for a game of {} numbers",
                            again.seconds,
                            self.case.numbers()
                        ),
                    );
                }
            }
        }
        reply
    }

    fn sheet(&self) -> Option<Sheet> {
        let (_, answer) = self.base.as_ref()?;
        Some(Sheet::new(self.listed.as_ref()?, answer))
    }

    fn close(&mut self, sheet: Sheet, route: &str) {
        let findings = sheet.findings().into_iter().map(|f| Finding {
            route: route.to_owned(),
            ..f
        });
        self.outcome.findings.extend(findings);
    }

    /// The answer to a game, where there is one that can be compared.
    fn answer(&mut self, case: &Case, options: &[&str]) -> Option<(Reply, Answer)> {
        let mut line = vec!["--json"];
        line.extend_from_slice(options);
        let reply = self.run("solve", &case.json(), None, &line);
        let route = format!("solve {}", line.join(" "));
        match reply.code {
            None => {
                self.outcome.end = "panic";
                return None;
            }
            Some(2) => {
                self.outcome.end = "refused";
                if !extreme(case) && !options.contains(&"--method") {
                    self.tell("refused", &route, reply.message);
                }
                return None;
            }
            Some(3) if reply.answer.is_null() => {
                self.outcome.end = "failed";
                if !extreme(case) {
                    self.tell("failed", &route, reply.message);
                }
                return None;
            }
            Some(_) => {}
        }
        match Answer::read(&reply.answer, case) {
            Ok(answer) => {
                if answer.solved != (reply.code == Some(0)) {
                    self.tell("code", &route, format!("exit code {:?}", reply.code));
                }
                Some((reply, answer))
            }
            Err(message) => {
                self.outcome.end = "no number";
                self.tell("no-number", &route, message);
                None
            }
        }
    }

    fn solve(&mut self) {
        let Some((reply, answer)) = self.answer(self.case, &[]) else {
            return;
        };
        let solved = answer.solved;
        self.outcome.end = match answer.cardinality.as_str() {
            _ if !solved => "unfinished",
            "unique" => "unique",
            "infinite" => "infinite",
            _ => "unknown",
        };
        self.base = Some((reply, answer));
        if !solved {
            if !extreme(self.case) {
                self.tell("unfinished", "solve --json", "an ordinary game".into());
            }
            self.base = None;
            return;
        }
        if let Some(mut sheet) = self.sheet() {
            sheet.check_answer();
            sheet.check_welfare();
            sheet.check_set();
            self.close(sheet, "solve --json");
        }
    }

    fn take(&mut self, route: &Route) {
        match route {
            Route::Solve => {}
            Route::Options(options) => self.options(options),
            Route::Vertices => self.vertices(),
            Route::Sensitivity => self.sensitivity(),
            Route::Verify => self.verify(),
            Route::Dynamics(order) => self.dynamics(order),
            Route::Reversed => {
                let mut other = self.case.clone();
                other.influencers.reverse();
                self.made(&other, "the influencers in reverse order", true, |answer| {
                    let mut answer = answer.clone();
                    answer.rows.reverse();
                    answer
                });
            }
            Route::Units(power) => {
                let by = 2.0_f64.powi(*power);
                let other = self.case.times(by);
                let name = format!("every length times 2^{power}");
                self.made(&other, &name, true, |answer| answer.times(1.0 / by));
            }
            Route::Shifted(by) => self.shifted(*by),
            Route::Split(who) => {
                let mut other = self.case.clone();
                let i = who % other.influencers.len();
                other.influencers[i].weight = other.influencers[i].weight.times(0.5);
                let copy = other.influencers[i].clone();
                other.influencers.push(copy);
                self.made(
                    &other,
                    &format!("influencer {i} as two of half its weight"),
                    false,
                    Answer::clone,
                );
            }
            Route::Idle => {
                let mut other = self.case.clone();
                let mut idle = other.influencers[0].clone();
                idle.weight = idle.weight.times(0.0);
                other.influencers.insert(0, idle);
                self.made(
                    &other,
                    "one more influencer without a weight",
                    false,
                    Answer::clone,
                );
            }
            Route::Text => {
                let reply = self.run("solve", &self.case.json(), None, &[]);
                if reply.code != Some(0)
                    || reply.text.contains("NaN")
                    || reply.text.contains("inf ")
                {
                    self.tell(
                        "text",
                        "solve",
                        format!("exit code {:?}: {}", reply.code, reply.text),
                    );
                }
            }
            Route::Program => {
                let Some(sample) = &self.bench.sample else {
                    return;
                };
                let options = ["--json", "--threads", "3"];
                let reply = sample.run("solve", &self.case.json(), None, &options);
                self.outcome.calls += 1;
                let same = self
                    .base
                    .as_ref()
                    .is_some_and(|(base, _)| base.text == reply.text);
                if !same {
                    self.tell(
                        "bytes",
                        "solve --json --threads 3",
                        "the program prints other bytes".into(),
                    );
                }
            }
        }
    }

    fn options(&mut self, options: &[String]) {
        let line: Vec<&str> = options.iter().map(String::as_str).collect();
        let Some((_, other)) = self.answer(self.case, &line) else {
            return;
        };
        let route = format!("solve --json {}", options.join(" "));
        if !other.solved {
            // A general conic solver need not get as far as the others, but it has to come near.
            let near = line.contains(&"reference") && other.bound <= NEAR * self.case.size();
            if !near && !extreme(self.case) {
                self.tell("unfinished", &route, "an ordinary game".into());
            }
            return;
        }
        let Some(case) = self.listed.clone() else {
            return;
        };
        let mut own = Sheet::new(&case, &other);
        own.check_answer();
        own.check_welfare();
        self.close(own, &route);
        if let Some(mut sheet) = self.sheet() {
            sheet.check_against(&other.times(unit_of(&case)));
            self.close(sheet, &route);
        }
    }

    /// A game that was made from this one has the answer that `back` makes of its own.
    fn made(
        &mut self,
        other: &Case,
        name: &str,
        same_players: bool,
        back: impl Fn(&Answer) -> Answer,
    ) {
        let Some((_, answer)) = self.answer(other, &[]) else {
            return;
        };
        if !answer.solved {
            if !extreme(other) {
                self.tell("unfinished", name, "an ordinary game".into());
            }
            return;
        }
        if let (Some(case), Some(mut sheet)) = (self.listed.clone(), self.sheet()) {
            sheet.check_position(&back(&answer).times(unit_of(&case)), same_players);
            self.close(sheet, name);
        }
    }

    fn shifted(&mut self, by: i32) {
        let d = self.case.dim();
        let shift: Vector = (0..d)
            .map(|k| f64::from(by) * if k % 2 == 0 { 1.0 } else { -2.0 })
            .collect();
        let move_by = |v: &Vector, sign: f64| -> Vector {
            v.iter().zip(&shift).map(|(v, s)| v + sign * s).collect()
        };
        let mut other = self.case.clone();
        other.bias = move_by(&other.bias, 1.0);
        for one in &mut other.influencers {
            one.target = move_by(&one.target, 1.0);
        }
        // Only a move that rounds nothing says something about ties.
        let exact = move_by(&other.bias, -1.0) == self.case.bias
            && other
                .influencers
                .iter()
                .zip(&self.case.influencers)
                .all(|(a, b)| move_by(&a.target, -1.0) == b.target);
        if exact && by != 0 {
            self.made(
                &other,
                &format!("background and targets moved by {by} and {}", -2 * by),
                true,
                |answer| {
                    let mut answer = answer.clone();
                    answer.receiver = move_by(&answer.receiver, -1.0);
                    answer
                },
            );
        }
    }

    fn vertices(&mut self) {
        let reply = self.run("solve", &self.case.json(), None, &["--json", "--vertices"]);
        let Some(list) = reply.answer["vertices"].as_array() else {
            return;
        };
        let profile = |v: &Value| -> Result<Vec<Vector>, String> {
            v.as_array()
                .ok_or("a vertex is not a list")?
                .iter()
                .map(vector)
                .collect()
        };
        let vertices: Result<Vec<_>, _> = list.iter().map(profile).collect();
        match (vertices, self.listed.clone(), self.sheet()) {
            (Err(message), _, _) => self.tell("no-number", "solve --json --vertices", message),
            (Ok(vertices), Some(case), Some(mut sheet)) => {
                let by = unit_of(&case);
                let vertices: Vec<Vec<Vector>> = vertices
                    .iter()
                    .map(|v| v.iter().map(|x| scaled(x, by)).collect())
                    .collect();
                if vertices.iter().flatten().flatten().count() <= 3000 {
                    sheet.check_vertices(&vertices);
                    self.close(sheet, "solve --json --vertices");
                }
            }
            _ => {}
        }
    }

    /// A column of the derivative in the background, against one-sided differences of several sizes: the shortest are lost in rounding
    /// where the bounds are not sharp, and the others may cross a kink.
    fn sensitivity(&mut self) {
        let route = "solve --json --sensitivity";
        let reply = self.run(
            "solve",
            &self.case.json(),
            None,
            &["--json", "--sensitivity"],
        );
        let found = &reply.answer["sensitivity"];
        if let Some(place) = not_finite(found) {
            self.tell("no-number", route, place);
            return;
        }
        let Some((_, base)) = self.base.clone() else {
            return;
        };
        let mut busy = self.case.clone();
        busy.influencers.retain(|one| one.weight.size() > 0.0);
        let size = busy.size();
        for k in 0..self.case.dim().min(2) {
            let rows = &found["background"]["increase"];
            let column: Option<Vector> = (0..self.case.dim())
                .map(|i| number(&rows[i][k]).ok())
                .collect();
            let Some(column) = column else { return };
            let off = |way: &mut Self, h: f64| -> Option<f64> {
                let mut other = way.case.clone();
                other.bias[k] += h;
                let (_, answer) = way.answer(&other, &[])?;
                let noise = (answer.bound + base.bound) / h;
                let expected: Vector = base
                    .receiver
                    .iter()
                    .zip(&column)
                    .map(|(r, c)| r + h * c)
                    .collect();
                (answer.solved && noise < 1e-3).then(|| distance(&answer.receiver, &expected) / h)
            };
            let [near, far, nearer @ ..] =
                [-26, -16, -31, -36, -40].map(|power| off(self, size * 2.0_f64.powi(power)));
            if let (Some(near), Some(far)) = (near, far)
                && near.min(far) > 1e-2
                && nearer.iter().flatten().all(|off| *off > 1e-2)
            {
                self.tell(
                    "derivative",
                    route,
                    format!("column {k} of the derivative in the background is off by {near:e}"),
                );
                return;
            }
        }
    }

    fn verify(&mut self) {
        let Some((base, answer)) = self.base.clone() else {
            return;
        };
        let reply = self.run("verify", &self.case.json(), Some(&base.answer), &["--json"]);
        let Ok(most) = number(&reply.answer["max_regret"]) else {
            self.tell(
                "verify",
                "verify --json",
                format!("exit code {:?}: {}", reply.code, reply.message),
            );
            return;
        };
        let by = unit_of(self.listed.as_ref().unwrap_or(self.case));
        let off = (most - answer.max_regret).abs() * by * by;
        if reply.code != Some(0) || off > ROUNDING {
            self.tell(
                "verify",
                "verify --json",
                format!(
                    "exit code {:?}, the largest regret is {most:e} and was {:e}",
                    reply.code, answer.max_regret
                ),
            );
        }
    }

    fn dynamics(&mut self, order: &str) {
        let options = ["--json", "--max-rounds", "50", "--order", order];
        let route = options.join(" ");
        let reply = self.run("dynamics", &self.case.json(), None, &options);
        if reply.code.is_none() {
            return;
        }
        if let Some(place) = not_finite(&reply.answer) {
            self.tell("no-number", &route, place);
            return;
        }
        let Some(case) = self.listed.clone() else {
            return;
        };
        let Some((_, base)) = self.base.clone() else {
            return;
        };
        let rows = reply.answer["actions"].as_array();
        let actions: Option<Vec<Vector>> =
            rows.and_then(|rows| rows.iter().map(|v| vector(v).ok()).collect());
        let (Some(actions), Ok(receiver)) = (actions, vector(&reply.answer["receiver"])) else {
            self.tell("dynamics", &route, format!("no profile: {}", reply.message));
            return;
        };
        let by = unit_of(&case);
        let case = case.times(by);
        let actions: Vec<Vector> = actions.iter().map(|x| scaled(x, by)).collect();
        let off = distance(&case.receiver(&actions), &scaled(&receiver, by));
        let value = case.potential(&actions);
        let least = base.times(by);
        let floor = 64.0 * f64::MIN_POSITIVE * by * by;
        let mut wrong = None;
        if off > ROUNDING + f64::MIN_POSITIVE * by {
            wrong = Some(format!("the receiver is {off:e} away from b + Σ W x"));
        }
        if value < least.potential - least.gap - 4.0 * ROUNDING - floor {
            wrong = Some(format!(
                "play ended at a potential of {value:e}, below the least, {:e}",
                least.potential
            ));
        }
        for (i, x) in actions.iter().enumerate() {
            let set = &case.influencers[i].set;
            if set.outside(x) > 1e-10 * set.extent() + 1e-15 {
                wrong = Some(format!(
                    "the action of influencer {i} is {:e} outside its set",
                    set.outside(x)
                ));
            }
        }
        let potentials: Vec<f64> = reply.answer["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|step| number(&step["potential"]).ok())
            .map(|v| v * by * by)
            .collect();
        if order != "simultaneous"
            && potentials
                .windows(2)
                .any(|w| w[1] > w[0] + 4.0 * ROUNDING + floor)
        {
            wrong = Some("the potential rose".into());
        }
        if potentials
            .last()
            .is_some_and(|last| (last - value).abs() > 4.0 * ROUNDING + floor)
        {
            wrong = Some(format!(
                "the last potential is {:?}, of its actions {value:e}",
                potentials.last()
            ));
        }
        if let Some(message) = wrong {
            self.tell("dynamics", &route, message);
        }
    }
}

/// The first place where a number ought to be and JSON has null for one that is not finite. Fields that are null by
/// design are left out.
fn not_finite(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => list.iter().enumerate().find_map(|(i, v)| {
            if v.is_null() {
                Some(format!("[{i}] is null"))
            } else {
                not_finite(v).map(|rest| format!("[{i}]{rest}"))
            }
        }),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, v)| not_finite(v).map(|rest| format!(".{name}{rest}"))),
        _ => None,
    }
}
