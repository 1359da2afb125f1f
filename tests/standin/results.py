"""Rows as the API gives them: manifest, chunks, Arrow streams, and JSON_ARRAY with Databricks' formatting."""

import json
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from .settings import Settings
from .spark import Column, Rows, columns_of


@dataclass
class Chunk:
    index: int
    row_offset: int
    row_count: int
    # As a link gives it: an Arrow stream with its schema, or a JSON array of rows.
    body: bytes


@dataclass
class Result:
    """A statement's whole result, cut into chunks and encoded."""

    format: str
    columns: list[Column]
    chunks: list[Chunk]
    row_count: int
    truncated: bool

    @property
    def byte_count(self):
        return sum(len(chunk.body) for chunk in self.chunks)

    def manifest(self):
        """A statement without columns (DDL) has neither columns nor chunks."""
        schema = {"column_count": len(self.columns)}
        if self.columns:
            schema["columns"] = [column.described(position) for position, column in enumerate(self.columns)]
        manifest = {"format": self.format, "schema": schema, "total_chunk_count": len(self.chunks)}
        if not self.columns:
            return manifest
        chunks = [
            {"chunk_index": c.index, "row_offset": c.row_offset, "row_count": c.row_count, "byte_count": len(c.body)} for c in self.chunks
        ]
        counts = {"total_row_count": self.row_count, "total_byte_count": self.byte_count, "truncated": self.truncated}
        return manifest | {"chunks": chunks} | counts


def _as_text(column, type_):
    """The value as JSON_ARRAY has it: timestamps in ISO with milliseconds and the session's offset, nested values as JSON."""
    if isinstance(type_, T.TimestampType):
        return F.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
    if isinstance(type_, T.TimestampNTZType):
        return F.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSS")
    if isinstance(type_, T.BinaryType):
        return F.base64(column)
    if isinstance(type_, (T.ArrayType, T.MapType, T.StructType, T.VariantType)):
        return F.to_json(column)
    return column.cast("string")


def _for_arrow(column, type_):
    """Arrow from Spark has no intervals of months and no variants; Databricks gives both as texts."""
    if isinstance(type_, (T.YearMonthIntervalType, T.DayTimeIntervalType, T.CalendarIntervalType)):
        return column.cast("string")
    if isinstance(type_, T.VariantType):
        return F.to_json(column)
    return column


def fetch(frame: DataFrame, format_: str, limit: int | None) -> Rows:
    """Runs the query and brings its rows, at most `limit` of them."""
    columns = columns_of(frame)
    if not columns:
        return Rows()
    # Columns may share a name, which Spark can only tell apart by position.
    names = [f"c{position}" for position in range(len(columns))]
    shape = _as_text if format_ == "JSON_ARRAY" else _for_arrow
    types = [f.dataType for f in frame.schema.fields]
    rows = frame.toDF(*names)
    if format_ == "JSON_ARRAY" or any(isinstance(t, (T.AnsiIntervalType, T.CalendarIntervalType, T.VariantType)) for t in types):
        rows = rows.select(*(shape(F.col(name), type_).alias(name) for name, type_ in zip(names, types)))
    if limit is not None:
        rows = rows.limit(limit)
    table = rows.toArrow()
    # Whether a column may be NULL is not part of the contract.
    fields = [pa.field(column.name, field.type) for column, field in zip(columns, table.schema)]
    return Rows(columns, pa.Table.from_arrays(table.columns, schema=pa.schema(fields)))


def encode(rows: Rows, format_: str, settings: Settings, row_limit: int | None, byte_limit: int | None) -> Result:
    """Cuts and encodes. `rows` may have one row more than `row_limit`, by which truncation is known."""
    if rows.table is None:
        return Result(format_, [], [], 0, False)
    table, truncated = rows.table, False
    if row_limit is not None and table.num_rows > row_limit:
        table, truncated = table.slice(0, row_limit), True
    if byte_limit is not None and table.nbytes > byte_limit:
        table, truncated = table.slice(0, int(table.num_rows * byte_limit / table.nbytes)), True
    per_row = max(1, table.nbytes // max(1, table.num_rows))
    step = max(1, min(settings.chunk_rows, settings.chunk_bytes // per_row))
    body = _json if format_ == "JSON_ARRAY" else _arrow
    chunks = []
    for offset in range(0, table.num_rows, step):
        part = table.slice(offset, step)
        chunks.append(Chunk(len(chunks), offset, part.num_rows, body(part)))
    return Result(format_, rows.columns, chunks, table.num_rows, truncated)


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def _json(table: pa.Table) -> bytes:
    columns = [column.to_pylist() for column in table.columns]
    return json.dumps(list(zip(*columns)), ensure_ascii=False, separators=(",", ":")).encode()
