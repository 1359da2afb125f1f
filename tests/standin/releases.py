"""A local release's gold tables in Spark: Parquet that DuckDB writes, a schema per release, and the pointer."""

import json
import re
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

# Where the pointer lives: which releases there are, and which one is current.
POINTER = "carton_caps"
RELEASES = f"""
CREATE TABLE IF NOT EXISTS {POINTER}.releases (
  release_id STRING, schema_name STRING, business_date DATE, zone STRING, observed_from DATE, observed_to DATE, published_at TIMESTAMP, manifest STRING
) USING parquet"""


def release_of(data: Path) -> Path:
    """The current release's folder of a data folder, which `current` names."""
    return data / "releases" / (data / "current").read_text().strip()


def schema_name(release_id) -> str:
    return f"{POINTER}_" + re.sub(r"\W", "_", release_id)


def to_parquet(gold: Path, folder: Path) -> list[str]:
    """Writes every table of the DuckDB file `gold` as `<folder>/<table>/part.parquet`. Returns the tables' names.

    Timestamps without a zone are UTC, which Parquet can say; Spark would otherwise make another type of them than Databricks' TIMESTAMP.
    """
    with duckdb.connect(str(gold), read_only=True) as db:
        db.execute("SET TimeZone = 'UTC'")
        columns = db.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal ORDER BY ALL").fetchall()
        tables = sorted({table for table, _, _ in columns})
        for table in tables:
            instants = [f'CAST("{c}" AS TIMESTAMPTZ) AS "{c}"' for t, c, type_ in columns if t == table and type_ == "TIMESTAMP"]
            replaced = f" REPLACE ({', '.join(instants)})" if instants else ""
            (folder / table).mkdir(parents=True, exist_ok=True)
            db.execute(f"COPY (SELECT *{replaced} FROM \"{table}\") TO '{folder / table / 'part.parquet'}' (FORMAT parquet)")
    return tables


def load(session: SparkSession, release: Path, folder: Path) -> str:
    """Loads the release and makes it the current one. Returns its schema's name."""
    text = (release / "manifest.json").read_text()
    manifest = json.loads(text)
    schema = schema_name(manifest["release_id"])
    session.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table in to_parquet(release / "gold.duckdb", folder / schema):
        session.sql(f"CREATE TABLE {schema}.{table} USING parquet LOCATION '{folder / schema / table}'")
    make_pointer(session)
    begin, end = manifest.get("observed") or (None, None)
    session.sql(
        f"INSERT INTO {POINTER}.releases SELECT :id, :schema, CAST(:day AS DATE), :zone, CAST(:begin AS DATE), CAST(:end AS DATE),"
        " CAST(:published AS TIMESTAMP), :manifest",
        args={
            "id": manifest["release_id"],
            "schema": schema,
            "day": manifest["business_date"],
            "zone": manifest["zone"],
            "begin": begin,
            "end": end,
            "published": manifest["published_at"],
            "manifest": text,
        },
    )
    session.sql(f"INSERT OVERWRITE {POINTER}.current_release SELECT :id", args={"id": manifest["release_id"]})
    return schema


def make_pointer(session: SparkSession):
    session.sql(f"CREATE SCHEMA IF NOT EXISTS {POINTER}")
    session.sql(RELEASES)
    session.sql(f"CREATE TABLE IF NOT EXISTS {POINTER}.current_release (release_id STRING) USING parquet")
