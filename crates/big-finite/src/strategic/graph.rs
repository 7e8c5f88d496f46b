//! The graph of better responses: who would move where, and where play can end.

use super::StrategicGame;

/// Profiles as nodes, unilateral moves that gain as edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseGraph {
    /// Where each profile's edges begin in `edges`, and the end.
    starts: Vec<usize>,
    /// The player who moves, and the profile it moves to.
    edges: Vec<(usize, usize)>,
    /// The sets of profiles that play can move within but not leave, each in order: a single profile is a pure
    /// equilibrium, several are a cycle of better responses that holds play (a sink equilibrium, Goemans, Mirrokni and
    /// Vetta 2005).
    pub sinks: Vec<Vec<usize>>,
    /// Does play end, whatever the order of moves? So in every game with a potential.
    pub acyclic: bool,
}

impl ResponseGraph {
    /// How many profiles there are.
    pub fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many moves gain.
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// The moves from a profile: who moves, and where to.
    pub fn moves(&self, profile: usize) -> &[(usize, usize)] {
        &self.edges[self.starts[profile]..self.starts[profile + 1]]
    }
}

/// Builds it. O(profiles · strategies) comparisons, and memory for every edge.
pub fn response_graph(game: &StrategicGame) -> ResponseGraph {
    let mut starts = vec![0];
    let mut edges = Vec::new();
    for p in 0..game.profiles() {
        for i in 0..game.players().len() {
            let own = game.payoff(p, i);
            let better = game.moves(p, i).filter(|&q| game.payoff(q, i) > own);
            edges.extend(better.map(|q| (i, q)));
        }
        starts.push(edges.len());
    }
    let mut graph = ResponseGraph {
        starts,
        edges,
        sinks: Vec::new(),
        acyclic: true,
    };
    let component = components(&graph);
    let count = component.iter().max().map_or(0, |c| c + 1);
    let mut leaves = vec![true; count];
    let mut members = vec![0usize; count];
    for p in 0..graph.nodes() {
        members[component[p]] += 1;
        for &(_, q) in graph.moves(p) {
            leaves[component[p]] &= component[q] == component[p];
        }
    }
    graph.acyclic = members.iter().all(|&m| m == 1);
    let mut sinks = vec![Vec::new(); count];
    for p in 0..graph.nodes() {
        if leaves[component[p]] {
            sinks[component[p]].push(p);
        }
    }
    sinks.retain(|sink| !sink.is_empty());
    sinks.sort();
    graph.sinks = sinks;
    graph
}

/// The strongly connected component of each profile (Tarjan 1972, without recursion).
fn components(graph: &ResponseGraph) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let n = graph.nodes();
    let mut order = vec![NEW; n];
    let mut low = vec![0; n];
    let mut component = vec![NEW; n];
    let mut cursor = vec![0; n];
    let (mut stack, mut path) = (Vec::new(), Vec::new());
    let (mut next, mut found) = (0, 0);
    for root in 0..n {
        if order[root] == NEW {
            path.push(root);
        }
        while let Some(&p) = path.last() {
            if order[p] == NEW {
                order[p] = next;
                low[p] = next;
                next += 1;
                stack.push(p);
            }
            let mut child = None;
            while let Some(&(_, q)) = graph.moves(p).get(cursor[p]) {
                if order[q] == NEW {
                    // The edge is looked at once more when the child is done.
                    child = Some(q);
                    break;
                }
                if component[q] == NEW {
                    low[p] = low[p].min(low[q]);
                }
                cursor[p] += 1;
            }
            if let Some(q) = child {
                path.push(q);
                continue;
            }
            path.pop();
            if low[p] == order[p] {
                while let Some(q) = stack.pop() {
                    component[q] = found;
                    if q == p {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}
