"""What can be asked: the metrics and dimensions of dbt's semantic manifest, under the names of both sides."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Dimension:
    """`name` is ours, `metricflow` its name in a `--group-by`, `reference` in a `where`; `expr` is a column of `table`."""

    name: str
    metricflow: str
    reference: str
    model: str
    entity: str
    table: str
    expr: str


class Catalogue:
    def __init__(self, manifest):
        self.models = {model["name"]: model for model in manifest["semantic_models"]}
        self.metrics = {metric["name"]: metric for metric in manifest["metrics"]}
        self.measures = {m["name"]: (m, model["name"]) for model in self.models.values() for m in model["measures"]}
        self.dimensions = [d for model in self.models.values() for d in dimensions_of(model)]

    def parts(self, name):
        """The simple metrics that a metric is made of."""
        metric = self.metrics[name]
        params = metric["type_params"]
        if metric["type"] == "simple":
            return [name]
        if metric["type"] == "ratio":
            return [part for side in ("numerator", "denominator") for part in self.parts(params[side]["name"])]
        return [part for used in params.get("metrics") or [] for part in self.parts(used["name"])]

    def measure(self, simple):
        """(the measure of a simple metric, the name of its semantic model)."""
        return self.measures[self.metrics[simple]["type_params"]["measure"]["name"]]

    def is_quotient(self, name):
        """Whether MetricFlow divides for it, in doubles."""
        metric = self.metrics[name]
        return metric["type"] == "ratio" or any("/" in self.metrics[used]["type_params"]["expr"] for used in self.derived(name))

    def derived(self, name):
        """The derived metrics that a metric is or is made of."""
        metric = self.metrics[name]
        if metric["type"] != "derived":
            return []
        return [name] + [inner for used in metric["type_params"]["metrics"] for inner in self.derived(used["name"])]

    def is_balance(self, name):
        """Whether only rows of some days count in a part of it."""
        return any(self.measure(part)[0]["non_additive_dimension"] for part in self.parts(name))

    def is_additive(self, name):
        """Whether no rows mean 0 of it, not "no figure"."""
        return self.figure(name, {}) == 0

    def figure(self, name, parts):
        """A metric of simple ones, of which those without rows are 0 or, as a balance, no figure; None where it has none."""
        metric = self.metrics[name]
        params = metric["type_params"]
        if metric["type"] == "simple":
            if parts.get(name) is not None:
                return parts[name]
            measure = self.measure(name)[0]
            adds = measure["agg"] in ("sum", "count", "count_distinct") and not measure["non_additive_dimension"]
            return 0 if adds else None
        if metric["type"] == "ratio":
            above, below = (self.figure(params[side]["name"], parts) for side in ("numerator", "denominator"))
            return float(above) / float(below) if above is not None and below else None
        called = {used.get("alias") or used["name"]: self.figure(used["name"], parts) for used in params["metrics"]}
        return calculated(ast.parse(params["expr"].strip(), mode="eval").body, called)

    def reachable(self, metrics):
        """The dimensions that describe all rows of these metrics: of their own table, or one entity away."""
        measures = [self.measure(part) for metric in metrics for part in self.parts(metric)]
        tables = {table for _, table in measures}
        # A balance by its own days is asked for by a grain. As a dimension they are days of which the last one counts in ours,
        # in MetricFlow the grain again.
        of_balances = {(table, measure["non_additive_dimension"]["name"]) for measure, table in measures if measure.get("non_additive_dimension")}
        return [
            d
            for d in self.dimensions
            if all(reaches(self.models[table], d) for table in tables) and (d.model, d.name.split("__")[-1]) not in of_balances
        ]


def calculated(node, called):
    """What an expression of names, numbers and the four operations comes to; None where a name has no figure, or over 0."""
    match node:
        case ast.Name(id=name):
            return called[name]
        case ast.Constant(value=number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=of):
            inner = calculated(of, called)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=operation, right=right):
            left, right = calculated(left, called), calculated(right, called)
            if left is None or right is None:
                return None
            match operation:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right if isinstance(left, type(right)) else float(left) * float(right)
                case ast.Div():
                    return float(left) / float(right) if right else None
    raise ValueError(f"not understood: {ast.dump(node)}")


def dimensions_of(model):
    primary = next(entity for entity in model["entities"] if entity["type"] == "primary")
    for dimension in model["dimensions"]:
        expr = dimension["expr"] or dimension["name"]
        name = f"{primary['name']}__{dimension['name']}"
        if dimension["type"] == "time":
            grain = (dimension["type_params"] or {}).get("time_granularity", "day")
            if grain != "day":
                # Moments are told by the clocks of the reporting zone in ours, in UTC there.
                continue
            spoken, reference = f"{name}__{grain}", f"{{{{ TimeDimension('{name}', '{grain}') }}}}"
        elif expr == primary["expr"]:
            # An entity's own key: ours reads it in the fact, so that a row whose entity is in no table keeps it. MetricFlow
            # calls that the entity; its dimension of the same column is the joined table's, which is empty for such a row.
            spoken, reference = primary["name"], f"{{{{ Entity('{primary['name']}') }}}}"
        else:
            spoken, reference = name, f"{{{{ Dimension('{name}') }}}}"
        yield Dimension(name, spoken, reference, model["name"], primary["name"], model["node_relation"]["alias"], expr)


def reaches(model, dimension):
    foreign = {entity["name"] for entity in model["entities"] if entity["type"] == "foreign"}
    return dimension.model == model["name"] or dimension.entity in foreign
