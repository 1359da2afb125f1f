"""MetricFlow over the project's own semantic models, on the tables of a release. One process answers all questions."""

import datetime
import decimal
import json
import sys
from pathlib import Path

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dbt"))

from dbt_command import Dbt  # noqa: E402

# dbt names a DuckDB database by its file.
DATABASE = "oracle"


class DuckDbDialect:
    """What MetricFlow asks of a client that it writes SQL for and that runs nothing."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    """Answers questions; `manifest` is dbt's semantic manifest of the project, as a dict."""

    def __init__(self, project, gold, variables, folder):
        Dbt(project, folder / "dbt").run(
            "parse", "--quiet", "--log-level-file", "none", file=folder / f"{DATABASE}.duckdb", variables=variables
        )
        text = (folder / "dbt" / "target" / "semantic_manifest.json").read_text(encoding="utf-8")
        self.manifest = json.loads(text)
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(manifest_json_string=text))
        self.engine = MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=DuckDbDialect())
        self.db = duckdb.connect()
        self.db.execute("set timezone = 'UTC'")
        self.db.execute("attach '" + str(gold).replace("'", "''") + "' as gold (read_only)")
        self.db.execute(f"attach ':memory:' as {DATABASE}")
        for model in self.manifest["semantic_models"]:
            relation = model["node_relation"]
            self.db.execute(f'create schema if not exists {DATABASE}."{relation["schema_name"]}"')
            self.db.execute(f'create view if not exists {relation["relation_name"]} as from gold."{relation["alias"]}"')

    def sql(self, question):
        """What MetricFlow would run for a `questions.Question`."""
        request = MetricFlowQueryRequest.create(
            metric_names=list(dict.fromkeys(question.metrics + question.parts)),
            group_by_names=[key.metricflow for key in question.keys()] or None,
            where_constraints=question.where() or None,
            order_by_names=question.order_by() or None,
            limit=question.limit + question.skip if question.limit else None,
        )
        return self.engine.explain(request).sql_statement.sql

    def rows(self, sql):
        """[{column: value}]; dates are dates, whole numbers int, decimals Decimal, quotients float."""
        found = self.db.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, map(plain, row))) for row in found.fetchall()]

    def values(self, dimension):
        """The values that a `catalogue.Dimension` has in the release, None among them where there are rows without one."""
        found = self.db.execute(f'select distinct {dimension.expr} from gold."{dimension.table}" order by 1').fetchall()
        return [row[0] for row in found]


def plain(value):
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    if isinstance(value, decimal.Decimal) and value == value.to_integral_value():
        return int(value)
    return value
