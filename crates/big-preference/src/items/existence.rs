//! Does the maximum exist?

use super::{Pair, Tally, Ties};

/// Why there are no scores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoScores {
    /// Some items never lost (nor drew) against the others: their scores grow without end. Each component is a set of items that beat
    /// each other in circles; no item of one lost against an item of a later one.
    Components {
        /// The components, from the top.
        components: Vec<Vec<u32>>,
        /// Are all connected by comparisons, if of one outcome?
        connected: bool,
    },
    /// Every row is a tie: the threshold grows without end.
    OnlyTies,
    /// The scores can be spread so far that every win is expected and every tie is near: they grow without end along with the parameter
    /// of ties.
    Ordered,
    /// Fewer than two items.
    TooFew,
    /// Newton's method did not arrive.
    NotConverged,
}

/// Does the maximum of the likelihood exist? It does where every item is beaten, if through others, by every other, a tie counting
/// both ways (Ford 1957), and, where ties have a parameter, no spread of the scores explains everything. O(E) for the former; the latter
/// is O(E) where somebody beat each other in a circle without ties, else up to O(n·E).
///
/// # Errors
/// Why it does not.
pub fn existence(tally: &Tally, ties: Ties) -> Result<(), NoScores> {
    let n = tally.items();
    if n < 2 {
        return Err(NoScores::TooFew);
    }
    let pairs = tally.pairs();
    let drawn = pairs.iter().any(|pair| pair.ties > 0.0);
    let decided = pairs
        .iter()
        .any(|pair| pair.a_wins > 0.0 || pair.b_wins > 0.0);
    if !decided && ties.has_parameter() {
        return Err(NoScores::OnlyTies);
    }
    let components = Graph::new(n, &pairs, true).components();
    if components.len() > 1 {
        let connected = weakly_connected(n, &pairs);
        return Err(NoScores::Components {
            components,
            connected,
        });
    }
    if ties.has_parameter() && drawn && can_be_ordered(n, &pairs) {
        return Err(NoScores::Ordered);
    }
    Ok(())
}

/// Who beat whom, by the winner.
struct Graph {
    starts: Vec<usize>,
    losers: Vec<u32>,
}

impl Graph {
    /// With ties as wins of both, or without ties.
    fn new(n: usize, pairs: &[Pair], ties: bool) -> Self {
        let edges = |visit: &mut dyn FnMut(u32, u32)| {
            for pair in pairs {
                let drawn = ties && pair.ties > 0.0;
                if pair.a_wins > 0.0 || drawn {
                    visit(pair.a, pair.b);
                }
                if pair.b_wins > 0.0 || drawn {
                    visit(pair.b, pair.a);
                }
            }
        };
        let mut starts = vec![0; n + 1];
        edges(&mut |winner, _| starts[winner as usize + 1] += 1);
        for k in 0..n {
            starts[k + 1] += starts[k];
        }
        let mut losers = vec![0; starts[n]];
        let mut next = starts.clone();
        edges(&mut |winner, loser| {
            losers[next[winner as usize]] = loser;
            next[winner as usize] += 1;
        });
        Self { starts, losers }
    }

    fn beaten(&self, winner: u32) -> &[u32] {
        &self.losers[self.starts[winner as usize]..self.starts[winner as usize + 1]]
    }

    /// The strongly connected components, winners before losers (Tarjan 1972, with a stack of its own).
    fn components(&self) -> Vec<Vec<u32>> {
        const NEW: u32 = u32::MAX;
        let n = self.starts.len() - 1;
        let (mut order, mut low) = (vec![NEW; n], vec![0; n]);
        let mut open = vec![false; n];
        let (mut stack, mut found, mut count) = (Vec::new(), Vec::new(), 0);
        for root in 0..n as u32 {
            if order[root as usize] != NEW {
                continue;
            }
            let mut path = vec![(root, 0)];
            while let Some((at, next)) = path.pop() {
                let here = at as usize;
                if next == 0 {
                    (order[here], low[here]) = (count, count);
                    count += 1;
                    stack.push(at);
                    open[here] = true;
                }
                if let Some(&other) = self.beaten(at).get(next) {
                    path.push((at, next + 1));
                    if order[other as usize] == NEW {
                        path.push((other, 0));
                    } else if open[other as usize] {
                        low[here] = low[here].min(order[other as usize]);
                    }
                    continue;
                }
                if let Some(&(parent, _)) = path.last() {
                    low[parent as usize] = low[parent as usize].min(low[here]);
                }
                if low[here] == order[here] {
                    let from = stack.iter().rposition(|other| *other == at).unwrap_or(0);
                    let mut component = stack.split_off(from);
                    component
                        .iter()
                        .for_each(|member| open[*member as usize] = false);
                    component.sort_unstable();
                    found.push(component);
                }
            }
        }
        // Losers are finished first.
        found.reverse();
        found
    }
}

fn weakly_connected(n: usize, pairs: &[Pair]) -> bool {
    let both: Vec<Pair> = pairs
        .iter()
        .map(|pair| Pair {
            ties: pair.weight(),
            ..*pair
        })
        .collect();
    Graph::new(n, &both, true).components().len() == 1
}

/// Are there scores with every win by at least 1 and every tie within 1? Such scores, and the parameter of ties with them, can grow
/// without end. Longest paths: a circle of positive length denies it.
fn can_be_ordered(n: usize, pairs: &[Pair]) -> bool {
    if Graph::new(n, pairs, false).components().len() < n {
        return false; // somebody beat each other in a circle
    }
    // s_winner ≥ s_loser + 1, and s_i ≥ s_j − 1 at a tie, both ways.
    let mut least = vec![0.0_f64; n];
    for _ in 0..=n {
        let mut changed = false;
        let mut raise = |at: u32, to: f64| {
            if least[at as usize] < to {
                least[at as usize] = to;
                changed = true;
            }
            least[at as usize]
        };
        for pair in pairs {
            let (a, b) = (raise(pair.a, f64::MIN), raise(pair.b, f64::MIN));
            if pair.a_wins > 0.0 {
                raise(pair.a, b + 1.0);
            }
            if pair.b_wins > 0.0 {
                raise(pair.b, a + 1.0);
            }
            if pair.ties > 0.0 {
                raise(pair.a, b - 1.0);
                raise(pair.b, a - 1.0);
            }
        }
        if !changed {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Preference::{A, Tie};
    use crate::items::Builder;

    fn tally(rows: &[(u32, u32, bool)]) -> Tally {
        let mut builder = Builder::new();
        for &(a, b, won) in rows {
            builder.add(a, b, if won { A } else { Tie }, 1.0, None);
        }
        builder.finish()
    }

    #[test]
    fn components_are_told_from_the_top() {
        let rows = tally(&[
            (0, 1, true),
            (1, 0, true),
            (1, 2, true),
            (2, 3, false),
            (4, 0, true),
        ]);
        let Err(NoScores::Components {
            components,
            connected,
        }) = existence(&rows, Ties::Half)
        else {
            panic!("4 never lost, and 2 and 3 never won");
        };
        assert_eq!(components, [vec![4], vec![0, 1], vec![2, 3]]);
        assert!(connected);
        let apart = tally(&[(0, 1, false), (2, 3, false)]);
        assert!(matches!(
            existence(&apart, Ties::Half),
            Err(NoScores::Components {
                connected: false,
                ..
            })
        ));
        assert_eq!(
            existence(
                &tally(&[(0, 1, true), (1, 2, true), (2, 0, true)]),
                Ties::Half
            ),
            Ok(())
        );
    }

    #[test]
    fn a_parameter_of_ties_may_run_away() {
        // 0 beats 2; each draws with 1: scores 1, 0, −1 explain it all.
        let ordered = tally(&[(0, 2, true), (0, 1, false), (1, 2, false)]);
        assert_eq!(existence(&ordered, Ties::Half), Ok(()));
        assert_eq!(existence(&ordered, Ties::Davidson), Err(NoScores::Ordered));
        // 0 beats 1, 1 beats 2, and 0 draws with 2: two steps are no tie.
        let bent = tally(&[(0, 1, true), (1, 2, true), (0, 2, false)]);
        assert_eq!(existence(&bent, Ties::RaoKupper), Ok(()));
        assert_eq!(
            existence(&tally(&[(0, 1, false)]), Ties::Davidson),
            Err(NoScores::OnlyTies)
        );
    }
}
