//! The polyhedral part: an active-set method on the hulls of atoms, finite and exact to rounding.
//!
//! Minimises `½ (q + z)ᵀ H⁻¹ (q + z) − Σ_i ⟨t_i, W_i x_i⟩` over `z = Σ_i W_i x_i`, each `x_i` in the hull of
//! its atoms. With `H = I` and `q = b` this is the potential (eq. 5), halved; Newton's method for round
//! sets calls it with the curvature of the smooth part. It is Wolfe's minimum-norm-point idea for a sum of
//! polytopes: every group of atoms keeps the few that carry weight (its corral), the position `y = H⁻¹(q + z)`
//! is the exact minimiser over the affine hull of the corrals, atoms that would improve on it enter one at a
//! time, and atoms whose share falls to zero leave. Every step lowers the objective and there are finitely
//! many corrals, so it ends. At most `d` atoms more than groups carry weight at any time.

use rayon::prelude::*;

use super::atoms::Atoms;
use super::basis::Basis;
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
    corrals: Vec<Corral>,
    /// Round members pinned to their kink: their action is free, one column a direction.
    pinned: Vec<Pinned>,
    /// Who owns each column of the basis.
    owners: Vec<Owner>,
    basis: Basis,
    /// The current position.
    pub(super) y: Vec<f64>,
}

/// A group of which several atoms carry weight.
#[derive(Clone)]
struct Corral {
    group: usize,
    member: usize,
    /// The first is the base: columns are differences to it.
    atoms: Vec<u32>,
    /// Positive, summing to 1.
    shares: Vec<f64>,
}

/// A round member at its kink.
#[derive(Clone)]
pub(super) struct Pinned {
    pub(super) member: usize,
    /// The directions in which its action is free (length `m` each).
    directions: Vec<Vec<f64>>,
    /// How far it goes in each: inside its set iff the Euclidean length is at most 1.
    shares: Vec<f64>,
}

impl Pinned {
    /// The action's distance from its centre, as a share of the distance of the boundary.
    pub(super) fn depth(&self) -> f64 {
        crate::weight::norm(&self.shares)
    }

    /// The action less the centre (length `m`; empty where the weight is zero).
    pub(super) fn offset(&self) -> Vec<f64> {
        let mut offset = vec![0.0; self.directions.first().map_or(0, Vec::len)];
        for (direction, share) in self.directions.iter().zip(&self.shares) {
            for (o, v) in offset.iter_mut().zip(direction) {
                *o += share * v;
            }
        }
        offset
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Owner {
    /// Atom number `.1` of the group `.0`.
    Atom(usize, u32),
    /// Direction `.1` of the pinned member `.0`.
    Free(usize, usize),
}

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

/// What one pass over a list of members found.
pub(super) struct Sweep {
    candidates: Vec<Candidate>,
    /// `Σ (h_i(g_i) − ⟨g_i, x_i⟩)` over the groups looked at.
    pub(super) gap: f64,
    /// Members that are close to a tie: the ones to look at again.
    pub(super) close: Vec<u32>,
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
                crate::weight::norm(&side)
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
        let ranges: Vec<_> = (0..self.len())
            .step_by(4096)
            .map(|from| from..(from + 4096).min(self.len()))
            .collect();
        let parts: Vec<(Vec<u32>, Vec<f64>)> = ranges.into_par_iter().map(block).collect();
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

    /// `Σ factor · W x` over the members' atoms, shares included; pinned members' offsets too.
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
        let ranges: Vec<_> = (0..self.len())
            .step_by(4096)
            .map(|from| from..(from + 4096).min(self.len()))
            .collect();
        let parts: Vec<Vec<f64>> = if ranges.len() > 4 {
            ranges.into_par_iter().map(block).collect()
        } else {
            ranges.into_iter().map(block).collect()
        };
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
        for pinned in &active.pinned {
            let share: Vec<f64> = pinned.offset().iter().map(|v| self.factor * v).collect();
            self.weight(pinned.member).add_image(&share, &mut total);
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
            pinned: Vec::new(),
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
            let sweep = self.sweep(active, None, Some(&mut watch));
            passes += 2.0;
            if sweep.candidates.is_empty() {
                return (passes, true);
            }
            let close = sweep.close.clone();
            let mut sweep = sweep;
            // Work on the members near a tie until they are quiet, then look at everybody again.
            for _ in 0..limit {
                self.process(active, metric, sweep.candidates);
                sweep = self.sweep(active, Some(&close), None);
                passes += close.len() as f64 / self.len() as f64;
                if sweep.candidates.is_empty() {
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

    /// Looks at the given members (all: `None`) for groups that would move.
    /// Those who cannot have changed since they were last watched are passed over.
    fn sweep(&self, active: &Active, among: Option<&[u32]>, watch: Option<&mut Watch>) -> Sweep {
        let d = self.game.dim();
        let moved = watch.as_ref().map_or(0.0, |watch| {
            let step: Vec<f64> = watch.y.iter().zip(&active.y).map(|(a, b)| a - b).collect();
            // With room for the rounding of positions and pulls.
            crate::weight::norm(&step) + 1e-13 * (crate::weight::norm(&active.y) + self.game.unit())
        });
        let known = watch.as_ref().map_or(&[][..], |watch| &watch.margins);
        let look = |members: &mut dyn Iterator<Item = usize>| {
            let mut found = Sweep {
                candidates: Vec::new(),
                gap: 0.0,
                close: Vec::new(),
            };
            let mut margins = Vec::new();
            let (mut gap, mut g) = (vec![0.0; d], Vec::new());
            for member in members {
                let left = known.get(member).map_or(0.0, |margin| margin - moved);
                if left > 0.0 {
                    margins.push((left, member as u32));
                    continue;
                }
                self.pull(member, &active.y, &mut gap, &mut g);
                let noise = self.noise(member, &active.y);
                let atoms = self.atoms_of(member);
                let first = self.start[member] as usize;
                let mut margin = f64::INFINITY;
                for group in self.groups(member) {
                    let best = atoms.best(&g, group - first, active.atom[group]);
                    found.gap += best.violation;
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
                margins.push((self.reach(member, margin), member as u32));
            }
            (found, margins)
        };
        let parts: Vec<_> = match among {
            Some(list) => vec![look(&mut list.iter().map(|&m| m as usize))],
            None if self.len() < 8192 => vec![look(&mut (0..self.len()))],
            None => (0..self.len())
                .step_by(4096)
                .collect::<Vec<_>>()
                .into_par_iter()
                .map(|from| look(&mut (from..(from + 4096).min(self.len()))))
                .collect(),
        };
        let mut all = Sweep {
            candidates: Vec::new(),
            gap: 0.0,
            close: Vec::new(),
        };
        for (part, _) in &parts {
            all.gap += part.gap;
        }
        all.gap *= 2.0 * self.factor;
        if let Some(watch) = watch {
            watch.y.copy_from_slice(&active.y);
            watch.margins.clear();
            for (_, margins) in &parts {
                watch
                    .margins
                    .extend(margins.iter().map(|(margin, _)| margin));
            }
        }
        // ‖y − r*‖² is at most the gap (H ≥ I), so whoever is further than that from a tie, with room for
        // the path, is decided.
        let radius = 2.0 * all.gap.max(0.0).sqrt();
        for (part, margins) in parts {
            all.candidates.extend(part.candidates);
            all.close.extend(
                margins
                    .iter()
                    .filter(|(margin, _)| *margin <= radius)
                    .map(|(_, member)| *member),
            );
        }
        all.candidates
            .sort_by(|a, b| b.violation.total_cmp(&a.violation));
        all
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
