"""The baseline of the pipeline's benchmark: landing to gold as a person would script it with DuckDB.

It reads all landing files of a source with one `read_csv`, writes them as one Parquet file, and runs the SQL of `marts/models`
over it: the same models, rendered here by Jinja2 instead of by the program. It hashes no file, keeps no malformed line,
checks no contract and publishes nothing.

    python landing_to_gold.py --landing data/real/landing --data /tmp/baseline [--compare data/real/releases/<id>/gold.duckdb]

Prints one line of JSON: seconds for bronze, silver, gold and in all, and the rows of each gold table.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import duckdb
import jinja2

REPOSITORY = Path(__file__).resolve().parents[2]
ZONE = "America/New_York"
SOURCES = ("users", "schools", "products", "purchases")
# Which the data does not have.
EMPTY = {
    "referrals": ("referral_id", "inviter_user_id", "invitee_key", "channel", "invited_at", "op", "updated_at"),
    "events": ("event_id", "event_type", "user_id", "occurred_at", "properties"),
}
# Spark's names for what DuckDB has under others.
SPARK_FUNCTIONS = (
    "from_utc_timestamp(ts, zone) as timezone(zone, timezone('UTC', cast(ts as timestamp)))",
    "get_json_object(json, path) as case when json_valid(json) then json_extract_string(json, path) end",
    "sha2(text, bits) as sha256(text)",
)
# Where a row stands in its file; the baseline numbers rows otherwise than the program does.
OF_THE_FILE = ("_file_id", "_row_number")

# Not `union_by_name`, which takes five times as long over a file a day: the headers of a source are the same.
BRONZE_SQL = """
    copy (
        select
            * exclude (filename, dt),
            filename as _file_id,
            row_number() over () as _row_number,
            1000000 * datediff('day', date '1970-01-01', cast(dt as date)) as _ingest_seq,
            cast(null as varchar) as _rescued,
            cast(dt as date) as _dt,
            -- No row of the data is there twice, so a row's hash is not needed to tell copies.
            0 as _row_hash,
            1 as _load_seq
        from read_csv('{landing}/{source}/*/*.csv', all_varchar = true, filename = true, hive_partitioning = true)
    ) to '{file}' (format parquet)
"""


class Models:
    """The models of a dbt project, each rendered and built after those that it reads."""

    def __init__(self, project, db, bronze, business_date):
        self.db = db
        self.bronze = bronze
        self.files = {file.stem: file for file in sorted((project / "models").rglob("*.sql"))}
        self.seconds = {"silver": 0.0, "gold": 0.0}
        self.built = {}
        self.vars = {
            "reporting_zone": ZONE,
            "pseudonym_key": "baseline",
            "business_date": str(business_date),
            "state_seq": 1,
            "release_seq": 0,
            "loaded_seq": 0,
        }
        self.env = jinja2.Environment(loader=jinja2.FileSystemLoader(project), undefined=jinja2.StrictUndefined)
        self.imports = ""
        for file in sorted((project / "macros").glob("*.sql")):
            name = f"macros/{file.name}"
            exported = [n for n in vars(self.env.get_template(name).module) if not n.startswith("_")]
            self.imports += f"{{% from '{name}' import {', '.join(exported)} with context %}}"

    def build_all(self):
        for name in self.files:
            self.build(name)

    def build(self, name):
        """Builds a model and returns its relation's name."""
        if name in self.built:
            return self.built[name]
        file = self.files[name]
        layer = "gold" if "gold" in file.parts else "silver"
        self.built[name] = f"{layer}.{name}"
        config = {}
        names = {
            "ref": self.build,
            "source": lambda _, table: f"read_parquet('{self.bronze / table}.parquet')",
            "var": self.vars.__getitem__,
            "config": lambda **given: config.update(given) or "",
            "is_incremental": lambda: False,
            "this": self.built[name],
        }
        select = self.env.from_string(self.imports + file.read_text(encoding="utf-8")).render(names)
        kind = config.get("materialized", "table")
        start = time.perf_counter()
        self.db.execute(f"create {'view' if kind == 'view' else 'table'} {self.built[name]} as {select}")
        self.seconds[layer] += time.perf_counter() - start
        return self.built[name]


def run(landing, data, project, threads):
    """Builds everything in `data`. Returns the connection to it and the figures."""
    started = time.perf_counter()
    bronze = data / "bronze"
    bronze.mkdir(parents=True)
    db = duckdb.connect(data / "baseline.duckdb", config={"threads": threads})
    db.execute("set timezone = 'UTC'")
    for source in SOURCES:
        db.execute(BRONZE_SQL.format(landing=landing, source=source, file=bronze / f"{source}.parquet"))
    for source, columns in EMPTY.items():
        texts = ", ".join(f"cast(null as varchar) as {column}" for column in columns)
        numbers = (
            "cast(null as varchar) as _file_id, 0 as _row_number, 0 as _ingest_seq, cast(null as varchar) as _rescued, "
            "cast(null as date) as _dt, 0 as _row_hash, 1 as _load_seq"
        )
        db.execute(f"copy (select {texts}, {numbers} where false) to '{bronze / source}.parquet' (format parquet)")
    read = time.perf_counter() - started
    # Row order was wanted for the numbers of rows only.
    db.execute("set preserve_insertion_order = false")
    db.execute("create schema silver; create schema gold")
    for macro in SPARK_FUNCTIONS:
        db.execute(f"create macro {macro}")
    business_date = max(day.name[3:] for source in SOURCES for day in (landing / source).glob("dt=*"))
    models = Models(project, db, bronze, business_date)
    models.build_all()
    db.execute("checkpoint")
    total = time.perf_counter() - started
    tables = {
        name: db.execute(f"select count(*) from {relation}").fetchone()[0]
        for name, relation in sorted(models.built.items())
        if relation.startswith("gold.")
    }
    seconds = {"bronze": read, **models.seconds, "total": total}
    return db, {"seconds": {name: round(value, 3) for name, value in seconds.items()}, "tables": tables}


def compare(db, tables, gold):
    """Raises SystemExit where a gold table of the program differs in any row from the baseline's."""
    db.execute(f"attach '{gold}' as program (read_only)")
    for table in tables:
        columns = [row[0] for row in db.execute(f"describe gold.{table}").fetchall()]
        names = ", ".join(column for column in columns if column not in OF_THE_FILE)
        ours, theirs = f"select {names} from gold.{table}", f"select {names} from program.main.{table}"
        for left, right, where in ((ours, theirs, "the baseline"), (theirs, ours, "the program")):
            rows = db.execute(f"select count(*) from ({left} except all {right})").fetchone()[0]
            if rows:
                sys.exit(f"{table}: {rows} rows stand only in the tables of {where}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder to build in; what is there is removed")
    parser.add_argument("--project", type=Path, default=REPOSITORY / "marts")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--compare", type=Path, help="the gold.duckdb of the program's release over the same landing")
    options = parser.parse_args()
    shutil.rmtree(options.data, ignore_errors=True)
    db, figures = run(options.landing, options.data, options.project, options.threads)
    if options.compare:
        compare(db, figures["tables"], options.compare)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
