"""Typed named parameters. Spark takes literals only, so a value goes in as text and `:name` becomes `CAST(:name AS TYPE)`."""

import re

from .errors import Refused

TYPES = re.compile(
    r"(?i)^\s*(STRING|BOOLEAN|TINYINT|BYTE|SMALLINT|SHORT|INT|INTEGER|BIGINT|LONG|FLOAT|DOUBLE|BINARY|DATE|TIMESTAMP|TIMESTAMP_NTZ|VOID"
    r"|(DECIMAL|DEC|NUMERIC)(\s*\(\s*\d+\s*(,\s*\d+\s*)?\))?|INTERVAL\s+[A-Z ]+)\s*$"
)
NAME = re.compile(r"^[A-Za-z_]\w*$")
# What is skipped, then a parameter: comments, quoted text, `::`, and a colon behind a name (a path into a variant).
TOKENS = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|::|(?<=[\w)\]]):(?=\w)|:(?P<name>[A-Za-z_]\w*)",
    re.DOTALL,
)


def bind(statement, parameters):
    """The statement as Spark takes it, and its values by name.

    Raises Refused for parameters that the API refuses: without a name, of an unknown type, arrays.
    """
    types, values = {}, {}
    for parameter in parameters:
        name, type_, value = parameter.get("name"), parameter.get("type") or "STRING", parameter.get("value")
        if not isinstance(name, str) or not NAME.match(name):
            raise Refused(400, f"Parameter names must be identifiers, not {name!r}. Positional parameters are not supported here.")
        if not isinstance(type_, str) or not TYPES.match(type_):
            raise Refused(400, f"Unsupported parameter type {type_!r} of parameter {name}.")
        if value is not None and not isinstance(value, str):
            raise Refused(400, f"The value of parameter {name} must be a string.")
        if name in types:
            raise Refused(400, f"Parameter {name} is given twice.")
        types[name], values[name] = type_.strip().upper(), value

    def cast(token):
        name = token.group("name")
        if name is None or name not in types or (types[name] == "STRING" and values[name] is not None):
            return token.group(0)
        return f"CAST(:{name} AS {types[name]})"

    return TOKENS.sub(cast, statement), values
