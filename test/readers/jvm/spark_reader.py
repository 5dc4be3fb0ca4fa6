"""What Spark reads in Parquet files, for test/readers/jvm/spark*.test.ts. A JSON request a line on stdin, a JSON answer a line on stdout.

  {"do": "version"}
  {"do": "add", "table", "folder"}
      adds the files of a folder to the Iceberg table of this name, whose metadata is below DRACULA_TEST_WAREHOUSE; its rows, or why not
  {"do": "values", "files" or "table", "columns": [{"name", "type"}], "vectorised"}
      every value in the order of id, nested as it is, with texts at the leaves: floats as the hex of their bits, dates as days and
      timestamps as microseconds since 1970-01-01; and of each scan, whether it read whole batches and whether its columns have parts
  {"do": "filters", "files" or "table", "column", "type", "targets", "vectorised"}
      for each target, in the form of values, and each operator: rows found through the files (pruned by their statistics) and rows found
      by an expression that no statistics are asked about
  {"do": "column", "files" or "table", "type", "vectorised"}
      the values of the column "c" in the order of the file, or why they cannot be read
"""
import datetime
import decimal
import json
import os
import struct
import sys

from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import BinaryType

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.adaptive.enabled", "false")
    .config("spark.sql.files.maxPartitionBytes", "1g")
    .config("spark.sql.shuffle.partitions", "1")  # add_files makes 200 tasks otherwise
    .config("spark.default.parallelism", "1")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.jars", os.environ["DRACULA_TEST_ICEBERG"])
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.ice.type", "hadoop")
    .config("spark.sql.catalog.ice.warehouse", os.environ["DRACULA_TEST_WAREHOUSE"])
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

# Of more than 100 a scan gives rows and not batches (spark.sql.codegen.maxFields); `id` is one.
FIELDS_A_QUERY = 99


def read(request):
    vectorised = str(request["vectorised"]).lower()
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", vectorised)
    spark.conf.set("spark.sql.parquet.enableNestedColumnVectorizedReader", vectorised)
    spark.conf.set("spark.sql.iceberg.vectorization.enabled", vectorised)
    return spark.table("ice.v." + request["table"]) if "table" in request else spark.read.parquet(*request["files"])


def add(request):
    try:
        spark.sql("CALL ice.system.add_files(table => 'v.%s', source_table => '`parquet`.`%s`')" % (request["table"], request["folder"]))
        return {"rows": spark.table("ice.v." + request["table"]).count()}
    except Exception as error:
        return {"refused": str(error)[:500]}


def has_times(kind):
    parts = {
        "list": lambda: [kind["element"]],
        "struct": lambda: [field["type"] for field in kind["fields"]],
        "map": lambda: [kind["value"]],
    }.get(kind["kind"])
    return kind["kind"] in ("date", "timestamp") if parts is None else any(map(has_times, parts()))


def plain(value, kind):
    """A column expression of what Python can hold: its own dates end in the year 9999."""
    if not has_times(kind):
        return value
    name = kind["kind"]
    if name == "list":
        return F.transform(value, lambda element: plain(element, kind["element"]))
    if name == "map":
        entries = F.transform(F.map_entries(value), lambda e: F.struct(e.key.alias("key"), plain(e.value, kind["value"]).alias("value")))
        return F.map_from_entries(entries)
    if name == "struct":
        fields = [plain(value.getField(f["name"]), f["type"]).alias(f["name"]) for f in kind["fields"]]
        return F.when(value.isNotNull(), F.struct(*fields))
    return F.unix_date(value) if name == "date" else F.unix_micros(value if kind["utc"] else value.cast("timestamp"))


EXACT = decimal.Context(prec=100, traps=[decimal.Inexact])


def decimal_text(value, kind):
    """All digits of the scale. What comes from the JVM is in engineering notation, which adds zeros; a digit that is lost is an error."""
    return format(value.quantize(decimal.Decimal(1).scaleb(-kind["scale"]), context=EXACT), "f")


def time_text(value, _):
    """Microseconds, where a time is one."""
    if not isinstance(value, datetime.time):
        return str(value)
    return str(((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)


LEAVES = {
    "bool": lambda v, _: "true" if v else "false",
    "float32": lambda v, _: struct.pack(">f", v).hex(),
    "float64": lambda v, _: struct.pack(">d", v).hex(),
    "decimal": decimal_text,
    "bytes": lambda v, _: v.hex(),
    "geometry": lambda v, _: v.hex(),
    "time": time_text,
}


def cell(value, kind):
    if value is None:
        return None
    name = kind["kind"]
    if name == "list":
        return [cell(element, kind["element"]) for element in value]
    if name == "struct":
        return [cell(value[field["name"]], field["type"]) for field in kind["fields"]]
    if name == "map":
        return [[key, cell(item, kind["value"])] for key, item in value.items()]
    return LEAVES[name](value, kind) if name in LEAVES else str(value)


def fields_of(kind):
    """As Spark counts them."""
    parts = {
        "list": lambda: [kind["element"]],
        "struct": lambda: [field["type"] for field in kind["fields"]],
        "map": lambda: [{"kind": "text"}, kind["value"]],
    }.get(kind["kind"])
    return 1 if parts is None else sum(map(fields_of, parts()))


def groups(columns):
    """The columns in runs of few enough fields, those with parts apart: Iceberg reads none of them in batches."""
    return [run for parts in (False, True) for run in runs_of([c for c in columns if has_parts(c["type"]) == parts])]


def has_parts(kind):
    return kind["kind"] in ("list", "struct", "map")


def runs_of(columns):
    runs, fields = ([[]] if columns else []), 0
    for column in columns:
        more = fields_of(column["type"])
        if runs[-1] and fields + more > FIELDS_A_QUERY:
            runs.append([])
            fields = 0
        runs[-1].append(column)
        fields += more
    return runs


def scans(frame):
    """The scans of a frame that has run."""
    leaves = frame._jdf.queryExecution().executedPlan().collectLeaves()
    return [leaves.apply(i) for i in range(leaves.length())]


def values(request):
    table = read(request)
    columns = request["columns"]
    found, batched = {}, []
    for group in groups(columns):
        frame = table.select(F.col("id").alias("id_"), *[plain(F.col(quoted(c["name"])), c["type"]).alias("c%d" % i) for i, c in enumerate(group)])
        rows = sorted(frame.collect(), key=lambda row: row[0])
        batched += [[bool(scan.supportsColumnar()), has_parts(group[0]["type"])] for scan in scans(frame)]
        for i, column in enumerate(group):
            found[column["name"]] = [cell(row[i + 1], column["type"]) for row in rows]
    types = {field.name: field.dataType.simpleString() for field in table.schema.fields}
    names = [c["name"] for c in columns]
    return {"rows": list(zip(*[found[name] for name in names])), "types": [types[name] for name in names], "batched": batched}


def column(request):
    """A file is read in its order: one task, one row group after the other."""
    kind = request["type"]
    try:
        return {"values": [cell(row[0], kind) for row in read(request).select("c").collect()]}
    except Exception as error:
        return {"refused": str(error)[:500]}


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text, kind):
    """A constant of a value in the form of `values`."""
    name = kind["kind"]
    if name == "bytes":
        return F.lit(bytearray.fromhex(text)).cast(BinaryType())
    if name == "date":
        return F.date_from_unix_date(F.lit(int(text)))
    if name == "timestamp":
        instant = F.timestamp_micros(F.lit(int(text)).cast("bigint"))
        return instant if kind["utc"] else instant.cast("timestamp_ntz")
    if name in ("float32", "float64"):
        value = struct.unpack(">f" if name == "float32" else ">d", bytes.fromhex(text))[0]
        return F.lit(value).cast("float" if name == "float32" else "double")
    if name == "decimal":
        return F.lit(text).cast("decimal(%d,%d)" % (kind["precision"], kind["scale"]))
    if name == "bool":
        return F.lit(text == "true")
    if name.startswith(("int", "uint")):
        return F.lit(int(text)).cast("int" if name in ("int16", "int32") else "bigint")
    return F.lit(text)


OPERATORS = {
    "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
}


def filters(request):
    table = read(request)
    rows = table.count()
    column = F.col(quoted(request["column"]))
    conditions = [("is null", column.isNull()), ("is not null", column.isNotNull())]
    for target in request["targets"]:
        constant = literal(target, request["type"])
        conditions += [("%s %s" % (name, target), operator(column, constant)) for name, operator in OPERATORS.items()]
    whole = table.select(*[F.count_if(condition) for _, condition in conditions]).collect()[0]
    parts = [table.filter(condition).select(F.lit(i).alias("i")) for i, (_, condition) in enumerate(conditions)]
    union = parts[0]
    for part in parts[1:]:
        union = union.union(part)
    found = [0] * len(parts)
    for row in union.collect():
        found[row[0]] += 1
    read_rows = sum(scan.metrics().apply("numOutputRows").value() for scan in scans(union))
    return {
        "answers": [[name, found[i], whole[i]] for i, (name, _) in enumerate(conditions)],
        "rowsLeftOut": len(parts) * rows - read_rows,
    }


ANSWERS = {
    "version": lambda _: {"spark": spark.version, "java": spark._jvm.System.getProperty("java.version")},
    "add": add,
    "values": values,
    "filters": filters,
    "column": column,
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = ANSWERS[request["do"]](request)
    except Exception as error:
        answer = {"error": str(error)[:2000]}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
