//! What only some kinds of panels have, checked: the table of a register, the rows that a roll-forward leads to, lines of
//! one unit.

use serde_saphyr::Spanned;

use super::{Checking, PanelSpec};
use crate::project::catalogue::{Dimension, SemanticModel};
use crate::project::error::ProjectError;
use crate::project::planner;
use crate::{Ask, FilterControl, LineDrill, PanelKind, RowPolicy, Rows};

impl Checking<'_> {
    pub(super) fn has_one_unit(&self, metrics: &[Spanned<String>]) -> bool {
        let mut units = metrics
            .iter()
            .filter_map(|name| Some(self.catalogue.metric(&name.value).ok()?.unit));
        let first = units.next();
        units.all(|unit| Some(unit) == first)
    }

    /// The table of a register.
    pub(super) fn own_relation(
        &self,
        spec: &PanelSpec,
    ) -> Result<Option<&SemanticModel>, ProjectError> {
        match (&spec.relation, spec.kind) {
            (Some(name), PanelKind::Register) => self
                .catalogue
                .relation(&name.value)
                .map(Some)
                .map_err(|message| self.error(name, message)),
            (Some(name), _) => Err(self.error(name, "only a register has a `relation`")),
            (None, PanelKind::Register) => Err(self.error(
                &spec.key,
                format!(
                    "the register `{}` needs the `relation` whose rows it lists",
                    spec.key.value
                ),
            )),
            (None, _) => Ok(None),
        }
    }

    /// What a register would be refused for is a mistake of the file.
    pub(super) fn check_register(
        &self,
        spec: &PanelSpec,
        relation: &SemanticModel,
        dimensions: &[&Dimension],
        filters: &[FilterControl],
    ) -> Result<(), ProjectError> {
        let filtered = filters
            .iter()
            .filter_map(|filter| self.catalogue.dimension(&filter.dimension).ok());
        for dimension in dimensions.iter().copied().chain(filtered) {
            if !relation.reaches(dimension) {
                let message = format!("`{}` does not describe {}", dimension.name, relation.name);
                return Err(self.error(&spec.key, message));
            }
        }
        let columns = dimensions.iter().map(|dimension| dimension.name.clone());
        let metrics = spec.metrics.iter().map(|metric| metric.value.clone());
        let rows = Ask::Rows(Rows {
            relation: relation.name.clone(),
            columns: columns.chain(metrics).collect(),
            limit: 1,
            ..Rows::default()
        });
        planner::plan(self.catalogue, &RowPolicy::Unrestricted, &rows)
            .map(|_| ())
            .map_err(|failure| self.error(&spec.key, failure.message))
    }

    /// Where the cells of a roll-forward lead to.
    pub(super) fn drill(&self, spec: &PanelSpec) -> Result<Option<LineDrill>, ProjectError> {
        let Some(drill) = &spec.drill else {
            return Ok(None);
        };
        if spec.kind != PanelKind::RollForward {
            return Err(self.error(&drill.metric, "only a roll_forward has a `drill`"));
        }
        let metric = self
            .catalogue
            .metric(&drill.metric.value)
            .map_err(|message| self.error(&drill.metric, message))?;
        let by = self.dimension(&drill.by)?;
        for dimension in std::iter::once(by).chain(self.dimensions(&spec.dimensions)?) {
            if !self.catalogue.reaches(metric, dimension) {
                let message = format!(
                    "`{}` cannot be filtered by `{}`",
                    metric.name, dimension.name
                );
                return Err(self.error(&drill.by, message));
            }
        }
        Ok(Some(LineDrill {
            metric: metric.name.clone(),
            by: by.name.clone(),
        }))
    }
}
