//! Clusters of annotators who are alike.

use big_numeric::{distance, matrix};

use super::AnnotatorAudit;
use super::group::Group;
use crate::fit::FitError;

/// The most annotators that are put into clusters: every one is compared with every other.
pub const LARGEST_CLUSTERED: usize = 5000;

/// Puts annotators into clusters by their partially pooled positions, by Ward's method in the metric of the information: whoever are
/// merged add least to the sum of squares within.
pub(super) fn clusters(
    annotators: &[AnnotatorAudit],
    upper: &[f64],
    wanted: usize,
) -> Result<Vec<Group>, FitError> {
    let n = annotators.len();
    if n > LARGEST_CLUSTERED {
        return Err(FitError::BadOption(format!(
            "{n} annotators are too many to be put into clusters: up to {LARGEST_CLUSTERED} are"
        )));
    }
    let mut ordered: Vec<&AnnotatorAudit> = annotators.iter().collect();
    ordered.sort_by_key(|a| a.index);
    let points: Option<Vec<Vec<f64>>> = ordered
        .iter()
        .map(|a| Some(matrix::times(upper, &a.pooled.as_ref()?.point)))
        .collect();
    let Some(points) = points else {
        return Err(FitError::BadOption(
            "in so many coordinates no positions are estimated by which annotators could be alike"
                .to_owned(),
        ));
    };
    let mut groups: Vec<Vec<usize>> = ward(&points, wanted.max(1))
        .into_iter()
        .map(|members| members.into_iter().map(|at| ordered[at].index).collect())
        .collect();
    groups.sort_by(|a: &Vec<usize>, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    let named = groups.into_iter().enumerate().map(|(k, members)| Group {
        name: (k + 1).to_string(),
        members,
    });
    Ok(named.collect())
}

/// A cluster that grows.
struct Cluster {
    center: Vec<f64>,
    members: Vec<usize>,
}

impl Cluster {
    /// By how much the sum of squares within grows when the two become one.
    fn apart(&self, other: &Self) -> f64 {
        let (a, b) = (self.members.len() as f64, other.members.len() as f64);
        a * b / (a + b) * distance(&self.center, &other.center).powi(2)
    }
}

/// Ward's clusters, so many: by chains of nearest neighbours, in which two are merged when they are each other's.
fn ward(points: &[Vec<f64>], wanted: usize) -> Vec<Vec<usize>> {
    let n = points.len();
    let mut clusters: Vec<Option<Cluster>> = points
        .iter()
        .enumerate()
        .map(|(i, point)| {
            Some(Cluster {
                center: point.clone(),
                members: vec![i],
            })
        })
        .collect();
    // What was merged with what, and how far apart they were: the number of the cluster that took the other in.
    let mut merges: Vec<(f64, usize, usize)> = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    while merges.len() + 1 < n {
        let Some(&end) = chain.last() else {
            chain.extend(clusters.iter().position(Option::is_some));
            continue;
        };
        let Some(own) = &clusters[end] else {
            chain.clear();
            continue;
        };
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        let mut nearest: Option<(f64, usize)> = None;
        for (other, cluster) in clusters.iter().enumerate() {
            let Some(cluster) = cluster.as_ref().filter(|_| other != end) else {
                continue;
            };
            let apart = own.apart(cluster);
            // Of equals the one before in the chain, so that it ends; else the first.
            let nearer = nearest
                .is_none_or(|(least, _)| apart < least || apart == least && Some(other) == before);
            if nearer {
                nearest = Some((apart, other));
            }
        }
        let Some((apart, other)) = nearest else {
            break;
        };
        if Some(other) != before {
            chain.push(other);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (keeps, gives) = (end.min(other), end.max(other));
        if let (Some(given), Some(kept)) = (clusters[gives].take(), &mut clusters[keeps]) {
            let (a, b) = (kept.members.len() as f64, given.members.len() as f64);
            for (k, g) in kept.center.iter_mut().zip(&given.center) {
                *k = (a * *k + b * g) / (a + b);
            }
            kept.members.extend(given.members);
        }
        merges.push((apart, keeps, gives));
    }
    // Merging never brings clusters nearer to each other, so that the cheapest merges come first in every cluster.
    merges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut root: Vec<usize> = (0..n).collect();
    for (_, a, b) in merges.into_iter().take(n.saturating_sub(wanted)) {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a.max(b)] = a.min(b);
    }
    let mut found: Vec<Vec<usize>> = vec![Vec::new(); n];
    for i in 0..n {
        let at = find(&mut root, i);
        found[at].push(i);
    }
    found.retain(|members| !members.is_empty());
    found
}

/// The first of everybody who is with `i`.
fn find(root: &mut [usize], mut i: usize) -> usize {
    while root[i] != i {
        root[i] = root[root[i]];
        i = root[i];
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of squares within clusters.
    fn within(points: &[Vec<f64>], groups: &[Vec<usize>]) -> f64 {
        let mut sum = 0.0;
        for group in groups {
            let d = points[0].len();
            let mean: Vec<f64> = (0..d)
                .map(|k| group.iter().map(|&i| points[i][k]).sum::<f64>() / group.len() as f64)
                .collect();
            sum += group
                .iter()
                .map(|&i| distance(&points[i], &mean).powi(2))
                .sum::<f64>();
        }
        sum
    }

    /// Ward's method as it is defined: again and again the pair that adds least.
    fn plain(points: &[Vec<f64>], wanted: usize) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..points.len()).map(|i| vec![i]).collect();
        while groups.len() > wanted {
            let mut best = (f64::INFINITY, 0, 0);
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let joined = [groups[a].clone(), groups[b].clone()].concat();
                    let parts = [groups[a].clone(), groups[b].clone()];
                    let more = within(points, &[joined]) - within(points, &parts);
                    if more < best.0 {
                        best = (more, a, b);
                    }
                }
            }
            let taken = groups.remove(best.2);
            groups[best.1].extend(taken);
            groups[best.1].sort_unstable();
        }
        groups.sort();
        groups
    }

    #[test]
    fn chains_find_the_clusters_of_the_definition() {
        let number = |k: usize| ((k as f64 * 12.9898).sin() * 43_758.545_3).fract();
        for n in [1, 2, 5, 13, 30] {
            let points: Vec<Vec<f64>> = (0..n)
                .map(|i| vec![number(2 * i), number(2 * i + 1) + (i % 3) as f64])
                .collect();
            for wanted in [1, 2, 3, 7] {
                let mut found = ward(&points, wanted);
                found.sort();
                assert_eq!(found, plain(&points, wanted.min(n)), "{n} {wanted}");
            }
        }
    }

    #[test]
    fn equal_points_are_clustered_too() {
        let points = vec![vec![1.0, 2.0]; 9];
        let found = ward(&points, 3);
        assert_eq!(found.len(), 3);
        assert_eq!(found.iter().map(Vec::len).sum::<usize>(), 9);
    }
}
