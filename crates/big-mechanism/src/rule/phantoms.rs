//! Moving phantoms: the independent markets of Freeman, Pennock, Peters and Wortman Vaughan (arXiv:1905.00457).

/// How far phantoms of the unit share have to move, and where that puts a coordinate.
///
/// With `n` equal voters the outcome of a coordinate is the median of the votes and of the phantoms `min(s (n − k), 1)`, `k` from 0 to
/// `n`: the point `z` with `z = σ · (share of the weight above z)`, `σ = s n`, or the vote at which that share jumps past `z / σ`.
/// That holds for weights, too: they are so many equal voters each.
struct Column {
    /// Votes from the largest down, with the share of the weight down to and including each.
    votes: Vec<(f64, f64)>,
}

impl Column {
    fn new(mut votes: Vec<(f64, f64)>) -> Self {
        votes.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut above = 0.0;
        for vote in &mut votes {
            above += vote.1;
            vote.1 = above;
        }
        Self { votes }
    }

    /// The `σ` at which the outcome leaves one straight piece for the next: it rises with slope `share` until it meets a
    /// vote, and is held there until the share without this vote carries it on.
    fn breaks(&self) -> impl Iterator<Item = f64> {
        let held = |k: usize| {
            let (at, share) = self.votes[k];
            let free = if k == 0 {
                None
            } else {
                Some(self.votes[k - 1].1)
            };
            [Some(at / share), free.map(|free| at / free)]
        };
        (0..self.votes.len()).flat_map(held).flatten()
    }

    /// The piece around `σ`: a vote that holds the outcome, or the slope with which it rises.
    fn piece(&self, sigma: f64) -> Piece {
        // From the top down the first vote that the phantoms reach.
        let first = self.votes.partition_point(|(at, share)| at / share > sigma);
        match (self.votes.get(first), first.checked_sub(1)) {
            (Some(&(at, _)), Some(above)) if self.votes[above].1 * sigma < at => Piece::Held(at),
            (_, Some(above)) => Piece::Rising(self.votes[above].1),
            (Some(&(at, _)), None) => Piece::Held(at),
            (None, None) => Piece::Held(0.0),
        }
    }
}

#[derive(Clone, Copy)]
enum Piece {
    Held(f64),
    Rising(f64),
}

impl Piece {
    fn at(self, sigma: f64) -> f64 {
        match self {
            Self::Held(at) => at,
            Self::Rising(share) => share * sigma,
        }
    }
}

/// The point of the simplex of this scale at which phantoms that rise together make the medians of all coordinates sum to the scale, of
/// votes on it (`n × d` by rows). The sum rises by straight pieces in `σ`: the one on which it passes the scale is found by bisection of
/// their ends, and solved. `O(n d log(n d))`.
pub(super) fn markets(points: &[f64], weights: &[f64], d: usize, scale: f64) -> Vec<f64> {
    let column = |k: usize| {
        let votes = points.iter().skip(k).step_by(d).copied();
        let votes = votes.zip(weights.iter().copied());
        // Votes are on the simplex; what is below it is rounding.
        Column::new(
            votes
                .filter(|v| v.1 > 0.0)
                .map(|v| (v.0.max(0.0), v.1))
                .collect(),
        )
    };
    let columns: Vec<Column> = (0..d).map(column).collect();
    let outcome = |sigma: f64| {
        columns
            .iter()
            .map(move |column| column.piece(sigma).at(sigma))
    };
    let mut breaks: Vec<f64> = columns.iter().flat_map(Column::breaks).collect();
    breaks.sort_unstable_by(f64::total_cmp);
    breaks.dedup();
    let reached = breaks.partition_point(|&sigma| outcome(sigma).sum::<f64>() < scale);
    let Some(&to) = breaks.get(reached) else {
        // All ask for the most of everything that anybody does: they agree, to rounding.
        return outcome(f64::MAX).collect();
    };
    let from = reached.checked_sub(1).map_or(0.0, |before| breaks[before]);
    let inside = from + 0.5 * (to - from);
    let pieces: Vec<Piece> = columns.iter().map(|column| column.piece(inside)).collect();
    let (mut held, mut slope) = (0.0, 0.0);
    for piece in &pieces {
        match piece {
            Piece::Held(at) => held += at,
            Piece::Rising(share) => slope += share,
        }
    }
    let sigma = if slope > 0.0 {
        ((scale - held) / slope).clamp(from, to)
    } else {
        to
    };
    pieces.iter().map(|piece| piece.at(sigma)).collect()
}
