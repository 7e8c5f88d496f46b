//! The steps of the active-set method: an atom enters, the position settles, atoms leave.

use super::super::metric::Metric;
use super::{Active, Blocks, Corral, Owner};
use crate::action_space::ConvexSet;
use crate::profile::Profile;

/// A share this small is zero.
const NOTHING: f64 = 1e-15;

impl Blocks<'_> {
    /// The column of an atom in its corral: `factor · W (atom − base)`.
    pub(in super::super) fn column(
        &self,
        member: usize,
        group: usize,
        atom: u32,
        base: u32,
    ) -> Vec<f64> {
        let weight = self.weight(member);
        let mut difference = vec![0.0; self.game.space(self.influencer(member)).dim()];
        let first = self.start[member] as usize;
        self.atoms_of(member)
            .difference(group - first, atom, base, &mut difference);
        let mut column = vec![0.0; self.game.dim()];
        for v in &mut difference {
            *v *= self.factor;
        }
        weight.add_image(&difference, &mut column);
        column
    }

    /// The basis anew, after the metric changed.
    pub(super) fn refactor(&self, active: &mut Active, metric: &Metric) {
        active.basis.clear();
        active.owners.clear();
        let corrals = std::mem::take(&mut active.corrals);
        for corral in corrals {
            active.atom[corral.group] = corral.atoms[0];
            for (position, &atom) in corral.atoms.iter().enumerate().skip(1) {
                self.enter(active, metric, corral.member, corral.group, atom);
                // Keep the shares as they were as far as the corral took the atom in.
                if let Some(kept) = active.corrals.iter_mut().find(|c| c.group == corral.group)
                    && kept.atoms.len() == position + 1
                {
                    kept.shares.copy_from_slice(&corral.shares[..=position]);
                    let missing: f64 = corral.shares[position + 1..].iter().sum();
                    kept.shares[0] += missing;
                }
            }
        }
    }

    /// Lets an atom into its group's corral, with share 0. Where its column depends on those present, shares
    /// move along the dependence (the position stays, the objective falls) until some atom leaves.
    pub(super) fn enter(
        &self,
        active: &mut Active,
        metric: &Metric,
        member: usize,
        group: usize,
        atom: u32,
    ) {
        let at = match active.corrals.iter().position(|c| c.group == group) {
            Some(at) => at,
            None => {
                active.corrals.push(Corral {
                    group,
                    member,
                    atoms: vec![active.atom[group]],
                    shares: vec![1.0],
                });
                active.corrals.len() - 1
            }
        };
        if active.corrals[at].atoms.contains(&atom) {
            return;
        }
        active.corrals[at].atoms.push(atom);
        active.corrals[at].shares.push(0.0);
        // Each failed push removes at least one atom, so this ends.
        loop {
            let Some(corral) = active
                .corrals
                .iter()
                .find(|c| c.group == group && c.atoms.contains(&atom))
            else {
                return;
            };
            if corral.atoms[0] == atom {
                return;
            }
            let mut column = self.column(member, group, atom, corral.atoms[0]);
            metric.whiten(&mut column);
            match active.basis.push(column) {
                Ok(()) => {
                    active.owners.push(Owner { group, atom });
                    return;
                }
                Err(dependence) => {
                    let mut direction: Vec<(Owner, f64)> = active
                        .owners
                        .iter()
                        .zip(&dependence)
                        .map(|(&owner, &share)| (owner, -share))
                        .collect();
                    direction.push((Owner { group, atom }, 1.0));
                    let length = longest_step(active, &direction).unwrap_or(0.0);
                    advance(active, &direction, length);
                    if !self.drop_empty(active, metric, Some((group, atom))) {
                        // Nothing left: rounding hides the dependence. Leave the atom out.
                        forget(active, group, atom);
                        return;
                    }
                }
            }
        }
    }

    /// Moves to the minimiser over the affine hull of the corrals, or as far as shares stay positive; drops
    /// what reached zero; until nothing does.
    pub(super) fn settle(&self, active: &mut Active, metric: &Metric) {
        // Every round but the last drops an atom.
        let rounds = active.owners.len() + active.corrals.len() + 2;
        for _ in 0..rounds {
            let mut delta = self.tie_defects(active);
            active.basis.solve_gram(&mut delta);
            if delta.iter().any(|v| !v.is_finite()) {
                return;
            }
            let direction: Vec<(Owner, f64)> = active
                .owners
                .iter()
                .copied()
                .zip(delta.iter().copied())
                .collect();
            let limit = longest_step(active, &direction);
            let length = limit.unwrap_or(1.0).min(1.0);
            advance(active, &direction, length);
            let mut moved = vec![0.0; self.game.dim()];
            active.basis.add_combination(&delta, &mut moved);
            metric.unwhiten(&mut moved);
            for (y, v) in active.y.iter_mut().zip(&moved) {
                *y += length * v;
            }
            if !self.drop_empty(active, metric, None) && length >= 1.0 {
                return;
            }
        }
    }

    /// `⟨W (atom − base), t − y⟩` for every column: zero at the minimiser over the affine hull.
    fn tie_defects(&self, active: &Active) -> Vec<f64> {
        let (mut gap, mut g) = (vec![0.0; self.game.dim()], Vec::new());
        let mut difference = Vec::new();
        active
            .owners
            .iter()
            .map(|&Owner { group, atom }| {
                // An owner's corral exists: owners are removed with their atoms.
                let Some(corral) = active.corrals.iter().find(|c| c.group == group) else {
                    return 0.0;
                };
                self.pull(corral.member, &active.y, &mut gap, &mut g);
                difference.resize(g.len(), 0.0);
                let first = self.start[corral.member] as usize;
                self.atoms_of(corral.member).difference(
                    group - first,
                    atom,
                    corral.atoms[0],
                    &mut difference,
                );
                self.factor * g.iter().zip(&difference).map(|(a, b)| a * b).sum::<f64>()
            })
            .collect()
    }

    /// Removes atoms without share, except `waiting`, whose column is not in the basis yet. Did any leave?
    fn drop_empty(
        &self,
        active: &mut Active,
        metric: &Metric,
        waiting: Option<(usize, u32)>,
    ) -> bool {
        let mut dropped = false;
        let mut c = 0;
        while c < active.corrals.len() {
            let group = active.corrals[c].group;
            let base_gone = active.corrals[c].shares[0] <= NOTHING;
            let mut a = 1;
            while a < active.corrals[c].atoms.len() {
                let atom = active.corrals[c].atoms[a];
                if active.corrals[c].shares[a] <= NOTHING && waiting != Some((group, atom)) {
                    remove_owner(active, Owner { group, atom });
                    active.corrals[c].atoms.remove(a);
                    active.corrals[c].shares.remove(a);
                    dropped = true;
                } else {
                    a += 1;
                }
            }
            if base_gone && active.corrals[c].atoms.len() > 1 {
                dropped = true;
                self.rebase(active, metric, c, waiting);
            }
            let corral = &mut active.corrals[c];
            let sum: f64 = corral.shares.iter().sum();
            for share in &mut corral.shares {
                *share /= sum;
            }
            active.atom[group] = corral.atoms[0];
            if corral.atoms.len() == 1 {
                active.corrals.remove(c);
            } else {
                c += 1;
            }
        }
        dropped
    }

    /// The base of a corral has left: the atom of the largest share takes its place.
    fn rebase(
        &self,
        active: &mut Active,
        metric: &Metric,
        c: usize,
        waiting: Option<(usize, u32)>,
    ) {
        let group = active.corrals[c].group;
        let member = active.corrals[c].member;
        for a in 1..active.corrals[c].atoms.len() {
            let atom = active.corrals[c].atoms[a];
            remove_owner(active, Owner { group, atom });
        }
        let corral = &mut active.corrals[c];
        corral.atoms.remove(0);
        corral.shares.remove(0);
        let heaviest = (0..corral.shares.len())
            .max_by(|&a, &b| corral.shares[a].total_cmp(&corral.shares[b]))
            .unwrap_or(0);
        corral.atoms.swap(0, heaviest);
        corral.shares.swap(0, heaviest);
        let (base, rest) = (corral.atoms[0], corral.atoms[1..].to_vec());
        for atom in rest {
            if waiting == Some((group, atom)) {
                continue;
            }
            let mut column = self.column(member, group, atom, base);
            metric.whiten(&mut column);
            // The same affine span as before, so independent up to rounding; what rounding refuses leaves.
            if active.basis.push(column).is_ok() {
                active.owners.push(Owner { group, atom });
            } else {
                forget(active, group, atom);
            }
        }
    }

    /// The profile behind the atoms' shares; round members' actions are left as they are.
    pub(in super::super) fn write_actions(&self, active: &Active, profile: &mut Profile) {
        for member in 0..self.len() {
            if self.is_round(member) {
                continue;
            }
            let atoms = self.atoms_of(member);
            let x = profile.action_mut(self.influencer(member));
            x.fill(0.0);
            let first = self.start[member] as usize;
            for group in self.groups(member) {
                match active.corrals.iter().find(|c| c.group == group) {
                    None => atoms.add_point(group - first, active.atom[group], 1.0, x),
                    Some(corral) => {
                        for (&atom, &share) in corral.atoms.iter().zip(&corral.shares) {
                            atoms.add_point(group - first, atom, share, x);
                        }
                    }
                }
            }
        }
    }
}

fn remove_owner(active: &mut Active, owner: Owner) {
    if let Some(p) = active.owners.iter().position(|&o| o == owner) {
        active.owners.remove(p);
        active.basis.remove(p);
    }
}

/// Takes an atom out of its corral; its share goes to the base.
fn forget(active: &mut Active, group: usize, atom: u32) {
    remove_owner(active, Owner { group, atom });
    if let Some(c) = active.corrals.iter().position(|c| c.group == group) {
        let corral = &mut active.corrals[c];
        if let Some(a) = corral
            .atoms
            .iter()
            .position(|&v| v == atom)
            .filter(|&a| a > 0)
        {
            corral.atoms.remove(a);
            let share = corral.shares.remove(a);
            corral.shares[0] += share;
        }
        if corral.atoms.len() == 1 {
            active.atom[group] = corral.atoms[0];
            active.corrals.remove(c);
        }
    }
}

/// How the base of each corral moves along a direction: minus the sum of the others.
fn base_change(corral: &Corral, direction: &[(Owner, f64)]) -> f64 {
    -direction
        .iter()
        .filter(|(owner, _)| owner.group == corral.group)
        .map(|(_, change)| change)
        .sum::<f64>()
}

/// The longest step along a direction that keeps every share non-negative; `None`: no share falls.
fn longest_step(active: &Active, direction: &[(Owner, f64)]) -> Option<f64> {
    let mut longest: Option<f64> = None;
    let mut consider = |share: f64, change: f64| {
        if change < 0.0 {
            let step = (share / -change).max(0.0);
            longest = Some(longest.map_or(step, |l: f64| l.min(step)));
        }
    };
    for corral in &active.corrals {
        consider(corral.shares[0], base_change(corral, direction));
    }
    for (owner, change) in direction {
        if let Some(share) = share_of(active, owner.group, owner.atom) {
            consider(share, *change);
        }
    }
    longest
}

fn share_of(active: &Active, group: usize, atom: u32) -> Option<f64> {
    let corral = active.corrals.iter().find(|c| c.group == group)?;
    let a = corral.atoms.iter().position(|&v| v == atom)?;
    Some(corral.shares[a])
}

/// Moves shares; those that a rounding error made negative become zero.
fn advance(active: &mut Active, direction: &[(Owner, f64)], length: f64) {
    for corral in &mut active.corrals {
        let change = base_change(corral, direction);
        corral.shares[0] = (corral.shares[0] + length * change).max(0.0);
    }
    for &(Owner { group, atom }, change) in direction {
        if let Some(corral) = active.corrals.iter_mut().find(|c| c.group == group)
            && let Some(a) = corral.atoms.iter().position(|&v| v == atom)
        {
            corral.shares[a] = (corral.shares[a] + length * change).max(0.0);
        }
    }
}
