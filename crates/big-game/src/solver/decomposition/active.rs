//! The polyhedral part: an active-set method on the hulls of atoms, finite and exact to rounding.
//!
//! Minimises `½ (q + z)ᵀ H⁻¹ (q + z) − Σ_i ⟨t_i, W_i x_i⟩` over `z = Σ_i W_i x_i`, each `x_i` in the hull of
//! its atoms. With `H = I` and `q = b` this is the potential (eq. 5), halved; Newton's method for round
//! sets calls it with the curvature of the smooth part. It is Wolfe's minimum-norm-point idea for a sum of
//! polytopes: every group of atoms keeps the few that carry weight (its corral), the position `y = H⁻¹(q + z)`
//! is the exact minimiser over the affine hull of the corrals, atoms that would improve on it enter one at a
//! time, and atoms whose share falls to zero leave. Every step lowers the objective and there are finitely
//! many corrals, so it ends. At most `d` atoms more than groups carry weight at any time.

use big_numeric::parallel;
use big_numeric::{Basis, dot, norm};

use super::atoms::Atoms;
use super::metric::Metric;
use crate::action_space::ConvexSet;
use crate::game::Game;
use crate::weight::Weight;

/// The influencers of a (sub)problem with the groups of atoms they own.
pub(super) struct Blocks<'a> {
    pub(super) game: &'a Game,
    /// The atoms of each of the game's distinct spaces.
    atoms: Vec<Atoms<'a>>,
    /// Largest extent of each distinct space.
    diameters: Vec<f64>,
    /// Indices into the game.
    pub(super) members: Vec<u32>,
    /// Where each member's groups begin; one entry more than members.
    start: Vec<u32>,
    /// Every member stands for this many.
    pub(super) factor: f64,
}

/// Which atoms carry weight.
#[derive(Clone)]
pub(super) struct Active {
    /// The atom of each group (for a group with a corral: any of its atoms).
    pub(super) atom: Vec<u32>,
    pub(super) corrals: Vec<Corral>,
    /// Who owns each column of the basis.
    owners: Vec<Owner>,
    basis: Basis,
    /// The current position.
    pub(super) y: Vec<f64>,
}

/// A group of which several atoms carry weight.
#[derive(Clone)]
pub(super) struct Corral {
    pub(super) group: usize,
    pub(super) member: usize,
    /// The first is the base: columns are differences to it.
    pub(super) atoms: Vec<u32>,
    /// Positive, summing to 1.
    pub(super) shares: Vec<f64>,
}

/// Whose column it is: atom `atom` of the group `group`.
#[derive(Clone, Copy, PartialEq)]
struct Owner {
    group: usize,
    atom: u32,
}

/// Members a block, for the threads.
const BLOCK: usize = 1024;

/// A group that the position would move.
struct Candidate {
    member: u32,
    group: u32,
    violation: f64,
}

/// How far the position may move from where everybody was last looked at before a member's best atoms change.
pub(super) struct Watch {
    y: Vec<f64>,
    margins: Vec<f64>,
}

impl Watch {
    /// Everybody is to be looked at.
    fn nobody(blocks: &Blocks<'_>, y: &[f64]) -> Self {
        Self {
            y: y.to_vec(),
            margins: vec![0.0; blocks.len()],
        }
    }
}

/// What one look at a block of members found.
struct Sweep {
    candidates: Vec<Candidate>,
    /// How many members had to be looked at.
    looked: usize,
}

impl<'a> Blocks<'a> {
    /// All the game's influencers; `None` when some set's vertices are too many to list.
    pub(super) fn new(game: &'a Game) -> Option<Self> {
        let members = (0..game.influencers() as u32)
            .filter(|&i| !game.weight(i as usize).is_zero())
            .collect();
        Self::subset(game, members, 1.0)
    }

    /// Some of the game's influencers, each standing for `factor`.
    pub(super) fn subset(game: &'a Game, members: Vec<u32>, factor: f64) -> Option<Self> {
        let atoms: Option<Vec<_>> = game.spaces().iter().map(Atoms::of).collect();
        let atoms = atoms?;
        let mut start = Vec::with_capacity(members.len() + 1);
        let mut groups = 0_u32;
        start.push(0);
        for &i in &members {
            groups += atoms[game.space_index(i as usize)].groups() as u32;
            start.push(groups);
        }
        let diameters = game
            .spaces()
            .iter()
            .map(|space| {
                let (lower, upper) = space.bounding_box();
                let side: Vec<f64> = upper.iter().zip(&lower).map(|(u, l)| u - l).collect();
                norm(&side)
            })
            .collect();
        Some(Self {
            game,
            atoms,
            diameters,
            members,
            start,
            factor,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Index into the game of a member.
    pub(super) fn influencer(&self, member: usize) -> usize {
        self.members[member] as usize
    }

    fn atoms_of(&self, member: usize) -> &Atoms<'a> {
        &self.atoms[self.game.space_index(self.influencer(member))]
    }

    /// Has this member no atoms (a ball or an ellipsoid)?
    pub(super) fn is_round(&self, member: usize) -> bool {
        matches!(self.atoms_of(member), Atoms::Round)
    }

    fn groups(&self, member: usize) -> std::ops::Range<usize> {
        self.start[member] as usize..self.start[member + 1] as usize
    }

    fn weight(&self, member: usize) -> Weight<'a> {
        self.game.weight(self.influencer(member))
    }

    /// `g = Wᵀ(t − y)`.
    fn pull(&self, member: usize, y: &[f64], gap: &mut [f64], g: &mut Vec<f64>) {
        let i = self.influencer(member);
        for (o, (t, v)) in gap.iter_mut().zip(self.game.target(i).iter().zip(y)) {
            *o = t - v;
        }
        g.resize(self.game.space(i).dim(), 0.0);
        self.weight(member).pull_back(gap, g);
    }

    /// What a rounding error of the pull can change a violation by.
    fn noise(&self, member: usize, y: &[f64]) -> f64 {
        let i = self.influencer(member);
        let target = self.game.target(i);
        let size = target
            .iter()
            .zip(y)
            .fold(0.0_f64, |s, (t, v)| s.max(t.abs()).max(v.abs()));
        8.0 * f64::EPSILON
            * size
            * self.weight(member).norm_bound()
            * self.diameters[self.game.space_index(i)]
    }

    /// Is every group at its best atom, and at nothing but atoms that tie for it, at the position as it is?
    pub(super) fn quiet(&self, active: &Active) -> bool {
        let mut watch = Watch::nobody(self, &active.y);
        let tied = |corral: &Corral| {
            let target = self.game.target(self.influencer(corral.member));
            let gap: Vec<f64> = target.iter().zip(&active.y).map(|(t, y)| t - y).collect();
            let noise = 4.0 * self.factor * self.noise(corral.member, &active.y);
            corral.atoms[1..].iter().all(|&atom| {
                let column = self.column(corral.member, corral.group, atom, corral.atoms[0]);
                dot(&column, &gap).abs() <= noise
            })
        };
        active.corrals.iter().all(tied) && self.sweep(active, &mut watch, &mut 0.0).is_empty()
    }

    /// Every group's best atom at `y`, and how far each member is from a tie.
    fn best_atoms(&self, y: &[f64]) -> (Vec<u32>, Watch) {
        let d = self.game.dim();
        let block = |members: std::ops::Range<usize>| {
            let groups = self.start[members.end] - self.start[members.start];
            let mut atom = Vec::with_capacity(groups as usize);
            let mut margins = Vec::with_capacity(members.len());
            let (mut gap, mut g) = (vec![0.0; d], Vec::new());
            for member in members {
                self.pull(member, y, &mut gap, &mut g);
                let atoms = self.atoms_of(member);
                let mut margin = f64::INFINITY;
                for group in 0..self.groups(member).len() {
                    let best = atoms.best(&g, group, 0);
                    atom.push(best.atom);
                    margin = margin.min(best.margin);
                }
                margins.push(self.reach(member, margin));
            }
            (atom, margins)
        };
        let parts = parallel::blocks(self.len(), 4096, 1, block);
        let mut atom = Vec::with_capacity(self.start[self.len()] as usize);
        let mut margins = Vec::with_capacity(self.len());
        for (atoms, more) in parts {
            atom.extend(atoms);
            margins.extend(more);
        }
        let y = y.to_vec();
        (atom, Watch { y, margins })
    }

    /// How far the position may move before a pull does by `margin`.
    fn reach(&self, member: usize, margin: f64) -> f64 {
        margin / self.weight(member).norm_bound().max(f64::MIN_POSITIVE)
    }

    /// `Σ factor · W x` over the members' atoms, shares included.
    pub(super) fn image(&self, active: &Active) -> Vec<f64> {
        let d = self.game.dim();
        let block = |members: std::ops::Range<usize>| {
            let mut sum = vec![0.0; d];
            let mut scratch = Vec::new();
            for member in members {
                let atoms = self.atoms_of(member);
                scratch.resize(self.game.space(self.influencer(member)).dim(), 0.0);
                scratch.fill(0.0);
                let first = self.start[member] as usize;
                for group in self.groups(member) {
                    atoms.add_point(group - first, active.atom[group], 1.0, &mut scratch);
                }
                self.weight(member).add_image(&scratch, &mut sum);
            }
            sum
        };
        let parts = parallel::blocks(self.len(), 4096, 4, block);
        let mut total = vec![0.0; d];
        for part in parts {
            for (o, v) in total.iter_mut().zip(part) {
                *o += self.factor * v;
            }
        }
        let mut scratch = Vec::new();
        for corral in &active.corrals {
            let first = self.start[corral.member] as usize;
            let weight = self.weight(corral.member);
            scratch.resize(self.game.space(self.influencer(corral.member)).dim(), 0.0);
            for (&atom, &share) in corral.atoms.iter().zip(&corral.shares) {
                // The pass above counted one atom fully: replace it by the shares.
                let counted = f64::from(u8::from(atom == active.atom[corral.group]));
                let share = self.factor * (share - counted);
                let group = corral.group - first;
                self.atoms_of(corral.member).add_image(
                    weight,
                    group,
                    atom,
                    share,
                    &mut scratch,
                    &mut total,
                );
            }
        }
        total
    }

    /// A start: single atoms, the best at `y`.
    pub(super) fn start_at(&self, y: &[f64]) -> (Active, Watch) {
        let d = self.game.dim();
        let (atom, watch) = self.best_atoms(y);
        let active = Active {
            atom,
            corrals: Vec::new(),
            owners: Vec::new(),
            basis: Basis::new(d),
            y: y.to_vec(),
        };
        (active, watch)
    }

    /// Moves `active` to the minimiser of the whole problem with metric `h` and linear term `q`; `watch` is what is
    /// known of the margins of its atoms. Returns the
    /// passes over members that it took and whether it ended by itself.
    pub(super) fn minimise(
        &self,
        active: &mut Active,
        watch: Option<Watch>,
        metric: &Metric,
        q: &[f64],
        limit: usize,
    ) -> (f64, bool) {
        let mut watch = watch.unwrap_or_else(|| Watch::nobody(self, &active.y));
        self.refactor(active, metric);
        let mut passes = 0.0;
        for _ in 0..limit {
            self.refresh(active, metric, q);
            self.settle(active, metric);
            let mut candidates = self.sweep(active, &mut watch, &mut passes);
            passes += 1.0;
            if candidates.is_empty() {
                return (passes, true);
            }
            // Until everybody is quiet; then from the shares anew.
            for _ in 0..limit {
                self.process(active, metric, candidates);
                candidates = self.sweep(active, &mut watch, &mut passes);
                if candidates.is_empty() {
                    break;
                }
            }
        }
        (passes, false)
    }

    /// Recomputes the position from the shares, so that rounding does not add up over steps.
    fn refresh(&self, active: &mut Active, metric: &Metric, q: &[f64]) {
        let mut z = self.image(active);
        for (v, q) in z.iter_mut().zip(q) {
            *v += q;
        }
        metric.solve(&mut z);
        active.y = z;
    }

    /// Looks for groups that would move, the most violated first, among the members who can have changed since they
    /// were last watched. Adds the share of the members that it looked at to `passes`.
    fn sweep(&self, active: &Active, watch: &mut Watch, passes: &mut f64) -> Vec<Candidate> {
        let d = self.game.dim();
        let step: Vec<f64> = watch.y.iter().zip(&active.y).map(|(a, b)| a - b).collect();
        // With room for the rounding of positions and pulls.
        let moved = norm(&step) + 1e-13 * (norm(&active.y) + self.game.unit());
        let look = |from: usize, margins: &mut [f64]| {
            let mut found = Sweep {
                candidates: Vec::new(),
                looked: 0,
            };
            let (mut gap, mut g) = (vec![0.0; d], Vec::new());
            for (member, known) in (from..).zip(margins) {
                *known -= moved;
                if *known > 0.0 {
                    continue;
                }
                found.looked += 1;
                self.pull(member, &active.y, &mut gap, &mut g);
                let noise = self.noise(member, &active.y);
                let atoms = self.atoms_of(member);
                let first = self.start[member] as usize;
                let mut margin = f64::INFINITY;
                for group in self.groups(member) {
                    let best = atoms.best(&g, group - first, active.atom[group]);
                    if best.violation > noise {
                        found.candidates.push(Candidate {
                            member: member as u32,
                            group: group as u32,
                            violation: best.violation,
                        });
                        margin = 0.0;
                    }
                    margin = margin.min(best.margin);
                }
                *known = self.reach(member, margin);
            }
            found
        };
        let block = |(b, margins): (usize, &mut [f64])| look(b * BLOCK, margins);
        let parts: Vec<Sweep> = if self.len() < 2 * BLOCK {
            vec![look(0, &mut watch.margins)]
        } else {
            parallel::map(watch.margins.chunks_mut(BLOCK).enumerate(), block)
        };
        watch.y.copy_from_slice(&active.y);
        let mut candidates = Vec::new();
        for part in parts {
            candidates.extend(part.candidates);
            *passes += part.looked as f64 / self.len() as f64;
        }
        candidates.sort_by(|a, b| b.violation.total_cmp(&a.violation));
        candidates
    }

    /// Lets the candidates in, the most violated first, each looked at again where the position is by then.
    fn process(&self, active: &mut Active, metric: &Metric, candidates: Vec<Candidate>) {
        let (mut gap, mut g) = (vec![0.0; self.game.dim()], Vec::new());
        for candidate in candidates {
            let (member, group) = (candidate.member as usize, candidate.group as usize);
            self.pull(member, &active.y, &mut gap, &mut g);
            let best = self.atoms_of(member).best(
                &g,
                group - self.start[member] as usize,
                active.atom[group],
            );
            if best.violation > self.noise(member, &active.y) {
                self.enter(active, metric, member, group, best.atom);
                self.settle(active, metric);
            }
        }
    }
}

mod step;
