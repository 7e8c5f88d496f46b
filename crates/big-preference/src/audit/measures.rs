//! What one annotator can do to the estimate: an errand.

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_numeric::Cholesky;

use crate::bytes::{Reader, Writer};
use crate::data::Source;
use crate::errand::Errand;
use crate::fit::FitError;
use crate::likelihood::Model;
use crate::wire::{Wire, wired};

use super::difference;
use super::own::Own;
use super::power::{Lever, farthest_shift, widest};
use super::span::Span;

/// What is known of the pooled estimate, and of the population.
pub(crate) struct Measures {
    pub(super) model: Model,
    pub(super) position: Vec<f64>,
    /// Of the Hessian.
    pub(super) factor: Cholesky,
    /// The mean square of a margin's change, `d × d`.
    pub(super) margins: Vec<f64>,
    pub(super) spec: SpaceSpec<f64>,
    pub(super) space: ActionSpace,
    /// How far the population's centre is from the estimate, and its variances.
    pub(super) population: Option<(Vec<f64>, Vec<f64>)>,
}

/// What is measured of one annotator.
pub(crate) struct Measured {
    pub(super) influence: f64,
    pub(super) reach: f64,
    pub(super) worst_report: Vec<f64>,
    pub(super) margin_reach: f64,
    /// The largest difference of two estimates, and of the reports that make it.
    pub(super) range: f64,
    pub(super) between: Vec<f64>,
    pub(super) pull: Option<f64>,
    pub(super) extremeness: Option<f64>,
}

wired!(Measured {
    influence,
    reach,
    worst_report,
    margin_reach,
    range,
    between,
    pull,
    extremeness
});

impl Errand for Measures {
    const KIND: u8 = 4;
    type Output = Measured;

    fn one(&self, _: usize, part: &dyn Source) -> Result<Measured, FitError> {
        let position = &self.position;
        let information = Own::of(part, self.model, position)?;
        let means = information.through(&self.factor, Some(&self.margins));
        let span = Span::of(information.rows(), &self.spec, position);
        let farthest = |lever: &Lever<'_>| match &span {
            Some(span) => span.farthest_shift(lever, position),
            None => farthest_shift(&self.space, lever, position),
        };
        let (reach, worst_report) = farthest(&information.moves(&means));
        let (margin_reach, _) = farthest(&information.margins(&means, &self.margins));
        let lever = information.range(&means);
        let (range, x, y) = match &span {
            Some(span) => span.widest(&lever),
            None => widest(&self.space, &self.spec, &lever),
        };
        Ok(Measured {
            influence: means.trace() / position.len() as f64,
            reach,
            worst_report,
            margin_reach,
            range,
            between: difference(&x, &y),
            pull: information.pull(&means),
            extremeness: self
                .population
                .as_ref()
                .map(|(away, variance)| information.extremeness(away, variance)),
        })
    }

    fn shared(&self, out: &mut Writer) {
        self.model.write(out);
        self.position.write(out);
        self.factor.write(out);
        self.margins.write(out);
        self.spec.write(out);
        self.population.write(out);
    }

    fn read(shared: &mut Reader<'_>, _: &mut Reader<'_>) -> Option<Self> {
        let (model, position) = (Wire::read(shared)?, Wire::read(shared)?);
        let (factor, margins) = (Wire::read(shared)?, Wire::read(shared)?);
        let spec = Wire::read(shared)?;
        Some(Self {
            model,
            position,
            factor,
            margins,
            space: ActionSpace::new(&spec).ok()?,
            spec,
            population: Wire::read(shared)?,
        })
    }
}
