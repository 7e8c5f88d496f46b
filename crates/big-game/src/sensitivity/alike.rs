//! At a kink: what needs no game solved anew, and what needs one for all who play the same.

use std::collections::HashMap;

use super::curvature::curvature;
use super::{Derivative, Local, pull, tie_of};
use crate::equilibrium::SolutionConcept;
use crate::weight::Weight;

/// Derivatives in weights at a kink, by the actions that the weights scale.
///
/// Whoever plays one action, whatever the others do, pushes the receiver along that action when its weight grows: to first order
/// `(w + ε) h(t − y)` is `w h(t − y) + ε ⟨x, t − y⟩`. So does everybody who plays the same.
#[derive(Default)]
pub(super) struct Alike(HashMap<Vec<u64>, Option<Derivative>>);

impl Alike {
    /// The derivative in the weight of influencer `i`, measured by `measure` if nobody has played its action before.
    pub(super) fn weight(
        &mut self,
        local: Option<&Local<'_>>,
        i: usize,
        measure: impl FnOnce() -> Option<Derivative>,
    ) -> Option<Derivative> {
        let Some(local) = local.filter(|local| local.plays_one_action(i)) else {
            return measure();
        };
        let action = local.equilibrium.actions.action(i);
        let key = action.iter().map(|x| (x + 0.0).to_bits()).collect();
        self.0.entry(key).or_insert_with(measure).clone()
    }
}

impl Local<'_> {
    /// Is there one maximiser of influencer `i`'s pull, and does its weight scale it?
    fn plays_one_action(&self, i: usize) -> bool {
        matches!(self.game.weight(i), Weight::Scalar(w) if w != 0.0) && self.is_untied(i)
    }

    /// Does influencer `i` play the same whatever its target becomes, if that is near?
    pub(super) fn stays(&self, i: usize) -> bool {
        self.is_untied(i)
            && curvature(self.game, i, &pull(self.game, self.equilibrium, i)).is_none()
    }

    fn is_untied(&self, i: usize) -> bool {
        self.equilibrium.concept == SolutionConcept::PureNash
            && self.game.lying_cost(i) == 0.0
            && tie_of(&self.ties, i).is_none()
    }
}
