"""What polars reads in Parquet files. One JSON request on stdin, one JSON answer on stdout.

  {"do": "version"}
  {"do": "nested", "files"}                      of each file's column "c" every value as a text (floats as the hex of their bits), or
                                                 why it is not read
  {"do": "values", "files", "columns": [name]}   every value in the order of id, nested as it is, each leaf as the text that Postgres
                                                 prints, and the types of polars
  {"do": "filters", "files", "columns": [name]}  filters at and around min and max, which row groups' statistics cut short, against the
                                                 same expression over the whole column in memory; what it says of NaN
"""
import datetime
import json
import os
import re
import struct
import sys
import tempfile

import polars as pl

from arrow_cells import as_numbers, cells, printed_leaf, targets_of


def text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.time):
        return str(((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)
    return str(value)


def column(path):
    try:
        values = pl.read_parquet(path, hive_partitioning=False)["c"]
    except Exception as error:
        return {"error": type(error).__name__}
    return {"type": str(values.dtype), "values": [text(value) for value in values.to_list()]}


def read(files):
    return pl.concat([pl.read_parquet(f, hive_partitioning=False) for f in files]).sort("id")


def values(request):
    frame = read(request["files"])
    columns = [cells(frame[name].to_arrow(), printed_leaf) for name in request["columns"]]
    return {"types": [str(frame.schema[name]) for name in request["columns"]], "rows": [list(row) for row in zip(*columns)]}


OPERATORS = {
    "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def constant(scalar, dtype):
    """Of a date or timestamp by its number: Python's own end in the year 9999."""
    number = scalar.cast(as_numbers(scalar.type)).as_py()
    if isinstance(dtype, pl.Date):
        return pl.lit(number, dtype=pl.Int32).cast(dtype)
    return pl.lit(number, dtype=pl.Int64).cast(dtype) if isinstance(dtype, pl.Datetime) else pl.lit(number, dtype=dtype)


def conditions_of(frame, name):
    field, dtype = pl.col(name), frame.schema[name]
    found = [("is null", field.is_null()), ("is not null", field.is_not_null())]
    for scalar in targets_of(frame[name].to_arrow()):
        found += [("%s <a %s>" % (sign, dtype), operator(field, constant(scalar, dtype))) for sign, operator in OPERATORS.items()]
    return found


def counts(files, conditions):
    """Rows found through the files, and what polars printed on stderr."""
    with tempfile.TemporaryFile() as printed:
        stderr = os.dup(2)
        os.dup2(printed.fileno(), 2)
        try:
            pl.Config.set_verbose(True)  # says which row groups are read
            found = [pl.scan_parquet(files, hive_partitioning=False).filter(c).select(pl.len()).collect().item() for _, c in conditions]
        finally:
            pl.Config.set_verbose(False)
            os.dup2(stderr, 2)
            os.close(stderr)
        printed.seek(0)
        return found, printed.read().decode()


def filters(request):
    frame = read(request["files"])
    compared, wrong, left_out, nan = 0, [], 0, set()
    for name in request["columns"]:
        conditions = conditions_of(frame, name)
        found, printed = counts(request["files"], conditions)
        whole = frame.select(condition.sum().alias(str(i)) for i, (_, condition) in enumerate(conditions)).row(0)
        for (what, _), got, want in zip(conditions, found, whole):
            compared += 1
            if got != want:
                wrong.append("%s %s: %d instead of %d rows" % (name, what, got, want))
        for some, of in re.findall(r"Predicate pushdown: reading (\d+) / (\d+) row groups", printed):
            left_out += int(of) - int(some)
        if frame.schema[name].is_float():
            nans = frame.filter(pl.col(name).is_nan())[name]
            nan |= set(zip(nans > 5, nans == float("nan")))
    return {"compared": compared, "wrong": wrong, "rowGroupsLeftOut": left_out, "nan": sorted(nan)}


request = json.load(sys.stdin)
ANSWERS = {
    "version": lambda _: {"polars": pl.__version__},
    "nested": lambda r: {"files": [column(path) for path in r["files"]]},
    "values": values,
    "filters": filters,
}
sys.stdout.write(json.dumps(ANSWERS[request["do"]](request)))
