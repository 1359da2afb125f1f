"""The DuckDB file that dbt builds in, with what a run finds there: bronze as views, and Spark's functions as macros."""

from pathlib import Path

import duckdb
import yaml

# What every bronze file has beside its source's columns; as in server/warehouse/src/duckdb/bronze.rs.
BOOKKEEPING = {
    "_ingested_at": "timestamp",
    "_run_id": "varchar",
    "_source_file": "varchar",
    "_file_id": "varchar",
    "_row_number": "bigint",
    "_ingest_seq": "bigint",
    "_rescued": "varchar",
    "_dt": "date",
    "_row_hash": "bigint",
    "_load_seq": "bigint",
}


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def files_of(data):
    """The bronze files of a data folder, source by source, and those of closed periods."""
    closes = {
        "closed_ledger": sorted(data.glob("closes/[0-9][0-9][0-9][0-9]-[0-9][0-9]/ledger.parquet")),
        "accounting_periods": sorted(data.glob("ops/accounting_periods/*.parquet")),
    }
    return closes | {folder.name: sorted(folder.glob("*.parquet")) for folder in sorted((data / "bronze").iterdir())}


def last_load(data):
    """The number of the load that took in the newest bronze files; 0 where there are none."""
    if not any(data.glob("bronze/*/*.parquet")):
        return 0
    scan = f"read_parquet({literal(data / 'bronze' / '*' / '*.parquet')}, union_by_name = true)"
    return duckdb.sql(f"select max(_load_seq) from {scan}").fetchone()[0]


def sources_of(project):
    """The declared sources' columns: {(source, table): [column]}."""
    declared = {}
    for file in sorted((project / "models").rglob("*.yml")):
        for source in yaml.safe_load(file.read_text(encoding="utf-8")).get("sources", []):
            for table in source["tables"]:
                columns = [column["name"] for column in table["columns"]]
                declared[source["name"], table["name"]] = [c for c in columns if c not in BOOKKEEPING]
    return declared


def copy_functions(db, gold):
    """Defines the macros that the attached release `gold` carries for its readers in the database in use."""
    macros = db.execute(
        "select function_name, parameters, macro_definition from duckdb_functions() "
        "where database_name = ? and schema_name = 'main' and not internal and function_type = 'macro'",
        [gold],
    ).fetchall()
    for name, parameters, body in macros:
        names = ", ".join(map(identifier, parameters))
        db.execute(f"create or replace macro main.{identifier(name)}({names}) as {body}")


def write(file, project, files, gold):
    """Makes or renews the views and macros in `file`; what dbt has built there stays.

    files: bronze files by source, as `files_of` gives them. gold: a release's `gold.duckdb`.
    """
    with duckdb.connect(file) as db:
        db.execute(f"attach {literal(gold)} as release (read_only)")
        copy_functions(db, "release")
        for (source, table), columns in sources_of(project).items():
            db.execute(f"create schema if not exists {identifier(source)}")
            relation = f"{identifier(source)}.{identifier(table)}"
            db.execute(f"create or replace view {relation} as {select(db, columns, files.get(table, []))}")


def select(db, columns, files):
    """Bronze files as one relation: every column of the source as text, NULL where no file has it."""
    present = set()
    scan = "(select 1) where false"
    if files:
        scan = f"read_parquet([{', '.join(literal(Path(file).resolve()) for file in files)}], union_by_name = true)"
        present = {row[0] for row in db.execute(f"describe select * from {scan}").fetchall()}
    types = {column: "varchar" for column in columns} | BOOKKEEPING
    expressions = [
        f"cast({identifier(column) if column in present else 'null'} as {sql_type}) as {identifier(column)}"
        for column, sql_type in types.items()
    ]
    return f"select {', '.join(expressions)} from {scan}"
