//! A profile: one action an influencer, contiguous.

use big_numeric::Doubles;

use crate::action_space::ConvexSet;
use crate::game::Game;

/// All influencers' actions, one after the other in one vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    data: Doubles,
    layout: Layout,
}

#[derive(Clone, Debug, PartialEq)]
enum Layout {
    /// All actions have this dimension.
    Even(usize),
    /// Action `i` is at `ends[i-1]..ends[i]`.
    Ragged(Vec<usize>),
}

/// How many influencers' actions of `d` numbers are written together: what fits into a core's cache.
pub(crate) fn rows_together(d: usize) -> usize {
    ((1 << 14) / d).max(16)
}

impl Profile {
    /// A profile of zeros with the game's shape.
    pub fn zeros(game: &Game) -> Self {
        let n = game.influencers();
        let m = game.space(0).dim();
        if (0..game.spaces().len()).all(|s| game.spaces()[s].dim() == m) {
            return Self {
                data: Doubles::zeros(n * m),
                layout: Layout::Even(m),
            };
        }
        let ends: Vec<usize> = (0..n)
            .scan(0, |end, i| {
                *end += game.space(i).dim();
                Some(*end)
            })
            .collect();
        Self {
            data: Doubles::zeros(ends.last().copied().unwrap_or(0)),
            layout: Layout::Ragged(ends),
        }
    }

    /// A profile of nobody, whose actions have `m` numbers.
    pub(crate) fn none(m: usize) -> Self {
        Self {
            data: Doubles::zeros(0),
            layout: Layout::Even(m),
        }
    }

    /// A profile from one action an influencer; `None` when the shape is not the game's.
    pub fn from_actions<'a>(
        game: &Game,
        actions: impl IntoIterator<Item = &'a [f64]>,
    ) -> Option<Self> {
        let mut profile = Self::zeros(game);
        let mut count = 0;
        for (i, action) in actions.into_iter().enumerate() {
            if i >= game.influencers() || action.len() != game.space(i).dim() {
                return None;
            }
            profile.action_mut(i).copy_from_slice(action);
            count += 1;
        }
        (count == game.influencers()).then_some(profile)
    }

    /// Influencer `i`'s action.
    #[inline]
    pub fn action(&self, i: usize) -> &[f64] {
        &self.data[self.span(i)]
    }

    /// Influencer `i`'s action, to be changed.
    #[inline]
    pub fn action_mut(&mut self, i: usize) -> &mut [f64] {
        let span = self.span(i);
        &mut self.data[span]
    }

    /// All actions, one after the other.
    pub fn values(&self) -> &[f64] {
        &self.data
    }

    /// All actions, one after the other, to be changed.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// The number of influencers.
    pub fn len(&self) -> usize {
        match &self.layout {
            Layout::Even(m) => self.data.len().checked_div(*m).unwrap_or(0),
            Layout::Ragged(ends) => ends.len(),
        }
    }

    /// Is there nobody? (Never, for the profile of a game.)
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn span(&self, i: usize) -> std::ops::Range<usize> {
        match &self.layout {
            Layout::Even(m) => i * m..(i + 1) * m,
            Layout::Ragged(ends) => i.checked_sub(1).map_or(0, |before| ends[before])..ends[i],
        }
    }
}
