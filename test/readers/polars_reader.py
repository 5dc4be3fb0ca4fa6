"""What polars reads in Parquet files. One JSON request on stdin, one JSON answer on stdout.

  {"do": "version"}
  {"do": "nested", "files"}   of each file's column "c" every value as a text (floats as the hex of their bits), or why it is not read
"""
import datetime
import json
import struct
import sys

import polars as pl


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


def read(path):
    try:
        column = pl.read_parquet(path, hive_partitioning=False)["c"]
    except Exception as error:
        return {"error": type(error).__name__}
    return {"type": str(column.dtype), "values": [text(value) for value in column.to_list()]}


request = json.load(sys.stdin)
ANSWERS = {
    "version": lambda _: {"polars": pl.__version__},
    "nested": lambda r: {"files": [read(path) for path in r["files"]]},
}
sys.stdout.write(json.dumps(ANSWERS[request["do"]](request)))
