"""What Spark reads in Parquet files, for test/readers/jvm/spark.test.ts. A JSON request a line on stdin, a JSON answer a line on stdout.

  {"do": "version"}
  {"do": "values", "files", "columns": [{"name", "type"}], "vectorised"}
      every value in the order of id, nested as it is, with texts at the leaves: floats as the hex of their bits, dates as days and
      timestamps as microseconds since 1970-01-01; and whether the scan read whole batches
  {"do": "filters", "files", "column", "type", "targets", "vectorised"}
      for each target, in the form of values, and each operator: rows found through the files (pruned by their statistics) and rows found
      by an expression that no statistics are asked about
"""
import decimal
import json
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
    .config("spark.ui.showConsoleProgress", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

# Of more than 100 a scan gives rows and not batches (spark.sql.codegen.maxFields); `id` is one.
FIELDS_A_QUERY = 99


def read(request):
    vectorised = str(request["vectorised"]).lower()
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", vectorised)
    spark.conf.set("spark.sql.parquet.enableNestedColumnVectorizedReader", vectorised)
    return spark.read.parquet(*request["files"])


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


LEAVES = {
    "bool": lambda v, _: "true" if v else "false",
    "float32": lambda v, _: struct.pack(">f", v).hex(),
    "float64": lambda v, _: struct.pack(">d", v).hex(),
    "decimal": decimal_text,
    "bytes": lambda v, _: v.hex(),
    "geometry": lambda v, _: v.hex(),
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
    """The columns in runs of few enough fields."""
    runs, fields = [[]], 0
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
    rows, batched = None, []
    for group in groups(columns):
        frame = table.select(F.col("id").alias("id_"), *[plain(F.col(quoted(c["name"])), c["type"]).alias("c%d" % i) for i, c in enumerate(group)])
        found = sorted(frame.collect(), key=lambda row: row[0])
        batched += [bool(scan.supportsColumnar()) for scan in scans(frame)]
        cells = [[cell(row[i + 1], c["type"]) for i, c in enumerate(group)] for row in found]
        rows = cells if rows is None else [a + b for a, b in zip(rows, cells)]
    types = {field.name: field.dataType.simpleString() for field in table.schema.fields}
    return {"rows": rows, "types": [types[c["name"]] for c in columns], "batched": batched}


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
    ">=": lambda a, b: a >= b,
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


ANSWERS = {"version": lambda _: {"spark": spark.version, "java": spark._jvm.System.getProperty("java.version")}, "values": values, "filters": filters}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = ANSWERS[request["do"]](request)
    except Exception as error:
        answer = {"error": str(error)[:2000]}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
