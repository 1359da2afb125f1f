"""Real Spark, small: one process, two threads, 2 GB at most, no web page, everything in a folder that is thrown away."""

import logging
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

# The JIT's second stage costs more than it gives in minutes of life; what the first one makes of some hundred statements does
# not fit into the 48 MB that are its own without it, and Java ends when they are full.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC -Duser.timezone=UTC"

SETTINGS = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    # A cancelled task lets go between two batches; with thousands of rows against a whole table that would take its time.
    "spark.sql.parquet.columnarReaderBatchSize": "256",
    # The size of results is bounded by the interface, not by Spark.
    "spark.driver.maxResultSize": "0",
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    "spark.scheduler.mode": "FAIR",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    # A class made and compiled for every statement costs more than tables as small as these give back.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
    "spark.log.level": "OFF",
    "spark.ui.showConsoleProgress": "false",
}

# What Databricks calls Spark's types in `type_name`; every other type keeps its own name.
TYPE_NAMES = {
    "boolean": "BOOLEAN",
    "tinyint": "BYTE",
    "smallint": "SHORT",
    "int": "INT",
    "bigint": "LONG",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "STRING",
    "binary": "BINARY",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP_NTZ",
    "variant": "VARIANT",
    "void": "NULL",
}


class StatementFailed(Exception):
    """Spark refused a statement or failed at it. `sql_state` is five characters or None."""

    def __init__(self, message, sql_state=None):
        super().__init__(message)
        self.sql_state = sql_state


@dataclass
class Column:
    """A column as the manifest tells of it. `spark_type` is Spark's own name of the type, such as `decimal(18,2)`."""

    name: str
    spark_type: str

    @property
    def type_name(self):
        base = self.spark_type.split("(")[0].split("<")[0]
        return "INTERVAL" if base.startswith("interval") else TYPE_NAMES.get(base, base.upper())

    @property
    def type_text(self):
        return self.spark_type.upper()

    def described(self, position):
        """The column as JSON of the manifest."""
        column = {"name": self.name, "position": position, "type_name": self.type_name, "type_text": self.type_text}
        if self.type_name == "DECIMAL":
            precision, scale = self.spark_type[len("decimal(") : -1].split(",")
            column |= {"type_precision": int(precision), "type_scale": int(scale)}
        return column


@dataclass
class Rows:
    """What a statement gave. `table` has Arrow's types, or texts only; None where the statement has no columns."""

    columns: list[Column] = field(default_factory=list)
    table: pa.Table | None = None


def start(folder: Path) -> SparkSession:
    """Starts Spark with its tables and temporary files in `folder`."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Each refused statement would be told with Java's whole stack; the client is told in a sentence.
    for name in ("py4j", "SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).disabled = True
    logging_file = folder / "log4j2.properties"
    logging_file.write_text("rootLogger.level = off\n")
    builder = SparkSession.builder.appName("stand-in")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    builder = builder.config("spark.driver.extraJavaOptions", f"{JAVA_OPTIONS} -Dlog4j2.configurationFile=file:{logging_file}")
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "tables")).config("spark.local.dir", str(folder / "local"))
    return builder.getOrCreate()


def reason(error: PySparkException) -> StatementFailed:
    """The refusal as Databricks words it: condition, sentence and SQLSTATE, without Java's stack."""
    return StatementFailed(str(error).split("\n\nJVM stacktrace:")[0].strip(), error.getSqlState())


def from_java(error) -> StatementFailed:
    """What fails while rows are fetched comes as Java's exception, with the reason inside others."""
    cause = error.java_exception
    innermost = cause
    while cause is not None:
        innermost = cause
        if hasattr(cause, "getSqlState") and cause.getSqlState():
            return StatementFailed(str(cause.getMessage()), str(cause.getSqlState()))
        cause = cause.getCause()
    return StatementFailed(str(innermost.getMessage()), None)


def cancel(session: SparkSession, group: str):
    """Stops the jobs of a statement, those that run and those that would follow."""
    session.sparkContext._jsc.sc().cancelJobGroupAndFutureJobs(group)


def columns_of(frame: DataFrame) -> list[Column]:
    return [Column(f.name, f.dataType.simpleString()) for f in frame.schema.fields]


def session_in(session: SparkSession, schema: str | None) -> SparkSession:
    """A session of its own, as each statement of the API has, with `schema` as its current one. Raises PySparkException."""
    own = session.newSession()
    if schema:
        own.sql(f"USE `{schema.replace('`', '``')}`")
    return own
