//! What only some kinds of panels have, checked: the table of a register, the rows that a roll-forward leads to, lines of
//! one unit.

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::{Checking, PanelSpec};
use crate::project::catalogue::{Dimension, SemanticModel};
use crate::project::error::ProjectError;
use crate::project::planner;
use crate::{Ask, FilterControl, PanelDays, PanelDrill, PanelKind, RowPolicy, Rows};

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

    /// Where the cells of a panel lead to, if not to the rows of its own metrics. `aside`: what it is not filtered by.
    pub(super) fn drill(
        &self,
        spec: &PanelSpec,
        aside: &[&Dimension],
    ) -> Result<Option<PanelDrill>, ProjectError> {
        let Some(drill) = &spec.drill else {
            return Ok(None);
        };
        let wrong = |message: String| Err(self.error(&drill.metric, message));
        let is_statement = spec.kind == PanelKind::RollForward;
        let holds_balances = spec.days == PanelDays::AsOf
            && matches!(
                spec.kind,
                PanelKind::Headline | PanelKind::Table | PanelKind::Histogram
            );
        if !is_statement && !holds_balances {
            return wrong(
                "only a roll_forward, or a headline, table or histogram with `days: as_of`, has a `drill`"
                    .to_owned(),
            );
        }
        if is_statement != drill.by.is_some() || (!is_statement && drill.cells.is_empty()) {
            return wrong(
                "the `drill` of a roll_forward has `by`, and that of other kinds has `cells`"
                    .to_owned(),
            );
        }
        let metric = self
            .catalogue
            .metric(&drill.metric.value)
            .map_err(|message| self.error(&drill.metric, message))?;
        for name in drill.called.keys() {
            if spec.dimensions.iter().all(|own| own.value != *name) {
                return wrong(format!("`{name}` is no dimension of the panel"));
            }
        }
        for name in drill.cells.keys() {
            if spec.metrics.iter().all(|own| own.value != *name) {
                return wrong(format!("`{name}` is no metric of the panel"));
            }
        }
        let own = self.dimensions(&spec.dimensions)?;
        let mut told_by: Vec<&Dimension> = aside.to_vec();
        for dimension in own {
            told_by.push(match drill.called.get(&dimension.name) {
                Some(called) => self.dimension(called)?,
                None => dimension,
            });
        }
        if let Some(by) = &drill.by {
            told_by.push(self.dimension(by)?);
        }
        for name in drill.cells.values().flat_map(BTreeMap::keys) {
            let found = self.catalogue.dimension(name);
            told_by.push(found.map_err(|message| self.error(&drill.metric, message))?);
        }
        for dimension in told_by {
            if !self.catalogue.reaches(metric, dimension) {
                let (metric, dimension) = (&metric.name, &dimension.name);
                return wrong(format!("`{metric}` cannot be filtered by `{dimension}`"));
            }
        }
        Ok(Some(PanelDrill {
            metric: metric.name.clone(),
            by: drill.by.as_ref().map(|by| by.value.clone()),
            called: drill
                .called
                .iter()
                .map(|(name, called)| (name.clone(), called.value.clone()))
                .collect(),
            cells: drill.cells.clone(),
        }))
    }
}
