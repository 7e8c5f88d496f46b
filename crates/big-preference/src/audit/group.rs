//! How far groups of annotators can move the estimate: those that a column names, and clusters of alike ones.
//!
//! A group is a coalition whose members are known. Each of them may report what it likes, or leave its labels as they are; its reach is
//! `max_u Σ_{i∈G} max(0, h_i(u))` (see [`coalition`](super::coalition)), found by climbing from several directions: attained to first order,
//! and at most the sum of the members' reaches. Every annotator is in one group at most, so one pass over the rows climbs a step for
//! all groups. Influence and shares add up over the members; the range is that of a group that speaks with one voice (one report by
//! all), so that it is a share as an annotator's is; and the pull is what leaving out all of its labels moves.

use big_game::action_space::ConvexSet;
use big_numeric::{distance, dot, norm};

use super::coalition::Estimate;
use super::own::Own;
use super::power::widest;
use super::refit::soften;
use super::span::Span;
use super::{AnnotatorAudit, AuditOptions};
use crate::data::{DataError, OwnedBlock, PartBlock, Parts, Rewritten, Source};
use crate::fit::{FitError, maximum};
use crate::likelihood::Objective;
use crate::newton::{self, Settings, Status};

/// Rounds from one start.
const ROUNDS: usize = 50;
/// Up to this dimension both ends of every axis are starts.
const FEW: usize = 8;

/// Annotators who are audited together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they are called.
    pub name: String,
    /// Their indices among the data's annotators.
    pub members: Vec<usize>,
}

/// A group in an audit.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAudit {
    /// The group.
    pub group: Group,
    /// Rows of its members.
    pub rows: u64,
    /// Their share of the data's weight.
    pub share: f64,
    /// Their share of the estimate.
    pub influence: f64,
    /// How far the members move the estimate, each by the report that is worst together with the others' (first order: attained).
    pub reach: f64,
    /// They reach no farther: the sum of their reaches.
    pub bound: f64,
    /// The same reach by an actual refit, where that was asked for.
    pub refit_reach: Option<f64>,
    /// The share of the range of estimates from which the group can choose by one report of all members.
    pub manipulability: f64,
    /// How far the members' labels as they are move the estimate: its distance to the estimate without them (one Newton step).
    /// `None` where the others' data do not determine an estimate.
    pub pull: Option<f64>,
    /// The mean of the members' partially pooled positions; `None` without a hierarchy.
    pub center: Option<Vec<f64>>,
}

/// What groups are measured by.
pub(super) struct Ruler<'a> {
    pub(super) estimate: &'a Estimate<'a>,
    pub(super) objective: &'a Objective<'a>,
    /// The length of the whole range, in the metric of the information.
    pub(super) whole: f64,
    pub(super) options: &'a AuditOptions,
}

/// How far a group was climbed.
#[derive(Clone, Default)]
struct Climbed {
    reach: f64,
    /// The members who push, with their reports.
    reports: Vec<(usize, Vec<f64>)>,
}

impl Ruler<'_> {
    /// Measures groups that have no member in common, by falling reach. `annotators` are all of them, in any order.
    pub(super) fn measure(
        &self,
        groups: &[Group],
        annotators: &[AnnotatorAudit],
    ) -> Result<Vec<GroupAudit>, FitError> {
        let parts = self.estimate.parts;
        let mut by_index: Vec<Option<&AnnotatorAudit>> = vec![None; parts.len()];
        for annotator in annotators {
            by_index[annotator.index] = Some(annotator);
        }
        let mut of = vec![None; parts.len()];
        for (number, group) in groups.iter().enumerate() {
            for &member in &group.members {
                match of.get_mut(member) {
                    Some(free @ None) => *free = Some(number),
                    _ => {
                        return Err(FitError::BadOption(format!(
                            "annotator number {member} is in two groups, or is none"
                        )));
                    }
                }
            }
        }
        let climbed = self.climbed(groups, &of, &by_index)?;
        let mut found: Vec<(GroupAudit, Climbed)> = Vec::with_capacity(groups.len());
        for ((number, group), climbed) in groups.iter().enumerate().zip(climbed) {
            let members = || group.members.iter().filter_map(|&i| by_index[i]);
            let own = Own::of(
                &Members {
                    parts,
                    of: &of,
                    number,
                },
                self.estimate.model,
                self.estimate.position,
            )?;
            let means = own.through(self.estimate.factor, None);
            let lever = own.range(&means);
            let span = Span::of(own.rows(), self.estimate.spec, self.estimate.position);
            let (range, ..) = match &span {
                Some(span) => span.widest(&lever),
                None => widest(self.estimate.space, self.estimate.spec, &lever),
            };
            // Roundings of two sums.
            let bound = members().map(|a| a.reach).sum::<f64>().max(climbed.reach);
            found.push((
                GroupAudit {
                    group: group.clone(),
                    rows: members().map(|a| a.rows).sum(),
                    share: members().map(|a| a.share).sum(),
                    influence: members().map(|a| a.influence).sum(),
                    reach: climbed.reach,
                    bound,
                    refit_reach: None,
                    manipulability: match self.whole > 0.0 {
                        true => (range / self.whole).clamp(0.0, 1.0),
                        false => 0.0,
                    },
                    pull: own.pull(&means),
                    center: center(&members().collect::<Vec<_>>()),
                },
                climbed,
            ));
        }
        // Stable: the first of equals stays the first.
        found.sort_by(|(a, _), (b, _)| b.reach.total_cmp(&a.reach));
        for (group, climbed) in found.iter_mut().take(self.options.refits) {
            group.refit_reach = Some(self.refit(&climbed.reports)?);
        }
        Ok(found.into_iter().map(|(group, _)| group).collect())
    }

    /// The farthest that each group gets, from the directions of its members' farthest moves and those of the axes.
    fn climbed(
        &self,
        groups: &[Group],
        of: &[Option<usize>],
        by_index: &[Option<&AnnotatorAudit>],
    ) -> Result<Vec<Climbed>, FitError> {
        let d = self.estimate.position.len();
        // Where the member who reaches farthest moves the estimate, and where all members do, each by its own worst report.
        let mut first = vec![vec![0.0; d]; groups.len()];
        let mut all = first.clone();
        let leaders: Vec<Option<usize>> = groups
            .iter()
            .map(|group| {
                let members = group.members.iter().copied();
                let reach = |i: usize| by_index[i].map_or(0.0, |a| a.reach);
                members.reduce(|best, i| if reach(i) > reach(best) { i } else { best })
            })
            .collect();
        let moved = self.estimate.parts.each(&|i, part| {
            let (Some(_), Some(annotator)) = (of[i], by_index[i]) else {
                return Ok(None);
            };
            let step = self.estimate.step(&annotator.worst_report);
            self.estimate.point().moved(part, &step).map(Some)
        })?;
        for (i, moved) in moved.into_iter().enumerate() {
            let (Some(number), Some(moved)) = (of[i], moved) else {
                continue;
            };
            if leaders[number] == Some(i) {
                first[number].clone_from(&moved);
            }
            all[number]
                .iter_mut()
                .zip(&moved)
                .for_each(|(a, m)| *a += m);
        }
        let mut starts = vec![first, all];
        for start in starts.iter_mut().flatten() {
            self.estimate.factor.solve(start);
        }
        if d <= FEW {
            for k in 0..d {
                for sign in [1.0, -1.0] {
                    let axis: Vec<f64> = (0..d).map(|j| if j == k { sign } else { 0.0 }).collect();
                    starts.push(vec![axis; groups.len()]);
                }
            }
        }
        let mut best = vec![Climbed::default(); groups.len()];
        for start in starts {
            for (best, climbed) in best.iter_mut().zip(self.climb(of, start)?) {
                if climbed.reach > best.reach {
                    *best = climbed;
                }
            }
        }
        Ok(best)
    }

    /// From a direction for each group to what its members do along it, to the direction in which that moves, while it moves farther.
    fn climb(
        &self,
        of: &[Option<usize>],
        mut directions: Vec<Vec<f64>>,
    ) -> Result<Vec<Climbed>, FitError> {
        let estimate = self.estimate;
        let mut best = vec![Climbed::default(); directions.len()];
        for _ in 0..ROUNDS {
            // `H⁻¹ u` for the groups that still climb.
            let through: Vec<Option<Vec<f64>>> = directions
                .iter()
                .map(|direction| {
                    let length = norm(direction);
                    (length.is_finite() && length > 0.0).then(|| {
                        let mut unit: Vec<f64> = direction.iter().map(|v| v / length).collect();
                        estimate.factor.solve(&mut unit);
                        unit
                    })
                })
                .collect();
            if through.iter().all(Option::is_none) {
                break;
            }
            let told = estimate.parts.each(&|i, part| {
                let Some(through) = of[i].and_then(|number| through[number].as_deref()) else {
                    return Ok(None);
                };
                self.pushed(part, through).map(Some)
            })?;
            let mut next: Vec<(Vec<f64>, Climbed)> =
                vec![(vec![0.0; estimate.position.len()], Climbed::default()); directions.len()];
            for (i, told) in told.into_iter().enumerate() {
                let (Some(number), Some((along, moved, report))) = (of[i], told) else {
                    continue;
                };
                // Whoever cannot push that way leaves the labels as they are.
                if along > 0.0 {
                    let (sum, climbed) = &mut next[number];
                    sum.iter_mut().zip(&moved).for_each(|(s, m)| *s += m);
                    climbed.reports.push((i, report));
                }
            }
            for ((direction, best), (mut sum, mut climbed)) in
                directions.iter_mut().zip(&mut best).zip(next)
            {
                estimate.factor.solve(&mut sum);
                climbed.reach = norm(&sum);
                if climbed.reach > best.reach * (1.0 + 1e-9) {
                    (*best, *direction) = (climbed, sum);
                } else {
                    direction.fill(0.0);
                }
            }
        }
        Ok(best)
    }

    /// How far a member pushes along a direction, what that makes of its labels, and the report.
    fn pushed(
        &self,
        part: &dyn Source,
        through: &[f64],
    ) -> Result<(f64, Vec<f64>, Vec<f64>), FitError> {
        let estimate = self.estimate;
        let point = estimate.point();
        let pulled = point
            .objective(part)
            .hessian_times(estimate.position, through)?;
        let mut report = vec![0.0; through.len()];
        estimate.space.maximiser(&pulled, &mut report);
        let moved = point.moved(part, &estimate.step(&report))?;
        Ok((dot(through, &moved), moved, report))
    }

    /// How far the estimate moves when all these members' labels are replaced by their probabilities under their reports.
    fn refit(&self, reports: &[(usize, Vec<f64>)]) -> Result<f64, FitError> {
        let estimate = self.estimate;
        let mut told: Vec<Option<Vec<f64>>> = vec![None; estimate.parts.len()];
        for (member, report) in reports {
            told[*member] = Some(estimate.model.coefficients(report));
        }
        let tell = |part: &PartBlock<'_>| -> Option<Vec<OwnedBlock>> {
            told[part.annotator].as_ref().map(|q| soften(part, q))
        };
        let source = Rewritten {
            parts: estimate.parts,
            tell: &tell,
        };
        let objective = Objective {
            source: &source,
            ..self.objective.clone()
        };
        // A whole group may move far: the Hessian is made anew.
        let settings = Settings {
            done: 1e-9,
            ..Settings::default()
        };
        let mut found = newton::minimise(&objective, estimate.position, &settings)?;
        if found.status == Status::Diverging {
            found = maximum(&objective, Some(estimate.position))?;
        }
        Ok(distance(&found.y, estimate.position))
    }
}

/// The mean of pooled positions; `None` if somebody has none.
fn center(members: &[&AnnotatorAudit]) -> Option<Vec<f64>> {
    let mut sum: Option<Vec<f64>> = None;
    for member in members {
        let point = &member.pooled.as_ref()?.point;
        let sum = sum.get_or_insert_with(|| vec![0.0; point.len()]);
        sum.iter_mut().zip(point).for_each(|(s, p)| *s += p);
    }
    let mut sum = sum?;
    let share = 1.0 / members.len() as f64;
    sum.iter_mut().for_each(|s| *s *= share);
    Some(sum)
}

/// The rows of one group.
struct Members<'a> {
    parts: &'a Parts,
    of: &'a [Option<usize>],
    number: usize,
}

impl Source for Members<'_> {
    fn dim(&self) -> usize {
        self.parts.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[crate::data::Block<'_>])) -> Result<(), DataError> {
        self.parts.blocks(&mut |blocks| {
            let own: Vec<_> = blocks
                .iter()
                .filter(|part| self.of[part.annotator] == Some(self.number))
                .map(|part| part.block)
                .collect();
            if !own.is_empty() {
                batch(&own);
            }
        })
    }
}
