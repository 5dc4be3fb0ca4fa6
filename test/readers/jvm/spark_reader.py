"""What Spark reads in Parquet files, for test/readers/jvm/spark*.test.ts. A JSON request a line on stdin, a JSON answer a line on stdout.

  {"do": "version"}
  {"do": "add", "table", "folder"}
      adds the files of a folder to the Iceberg table of this name, whose metadata is below DRACULA_TEST_WAREHOUSE; its rows, or why not
  {"do": "values", "files" or "table", "columns": [{"name", "type"}], "vectorised", "calendar"}
      every value in the order of id, nested as it is, with texts at the leaves: floats as the hex of their bits, dates as days and
      timestamps as microseconds since 1970-01-01; and of each scan, whether it read whole batches and whether its columns have parts.
      With the calendar "default" the line's own way with dates before 1582-10-15, else as they are
  {"do": "filters", "files" or "table", "column", "type", "sparkType", "targets", "vectorised"}
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

from pyspark.sql import SparkSession

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


VIEWS = {}


def read(request):
    """The name of a view of what is asked for, as one SQL text costs one call to the JVM and an expression of columns hundreds."""
    vectorised = str(request["vectorised"]).lower()
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", vectorised)
    spark.conf.set("spark.sql.parquet.enableNestedColumnVectorizedReader", vectorised)
    spark.conf.set("spark.sql.iceberg.vectorization.enabled", vectorised)
    if request.get("calendar") == "default":
        spark.conf.unset("spark.sql.parquet.datetimeRebaseModeInRead")
    else:
        spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
    if "table" in request:
        return "ice.v." + request["table"]
    # A filter's plan has a branch a condition: with every column of a wide file in each of them it takes seconds to make.
    schema = "%s %s" % (quoted(request["column"]), request["sparkType"]) if "column" in request else None
    key = (schema, *request["files"])
    if key not in VIEWS:
        reader = spark.read if schema is None else spark.read.schema(schema)
        reader.parquet(*request["files"]).createOrReplaceTempView("files_%d" % len(VIEWS))
        VIEWS[key] = "files_%d" % len(VIEWS)
    return VIEWS[key]


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


def plain(x, kind, depth=0):
    """SQL of what Python can hold: its own dates end in the year 9999."""
    if not has_times(kind):
        return x
    name, e = kind["kind"], "e%d" % depth
    if name == "list":
        return "transform(%s, %s -> %s)" % (x, e, plain(e, kind["element"], depth + 1))
    if name == "map":
        entry = "struct(%s.key AS key, %s AS value)" % (e, plain(e + ".value", kind["value"], depth + 1))
        return "map_from_entries(transform(map_entries(%s), %s -> %s))" % (x, e, entry)
    if name == "struct":
        parts = ["%s AS %s" % (plain("%s.%s" % (x, quoted(f["name"])), f["type"], depth), quoted(f["name"])) for f in kind["fields"]]
        return "if(%s IS NULL, NULL, struct(%s))" % (x, ", ".join(parts))
    return "unix_date(%s)" % x if name == "date" else "unix_micros(CAST(%s AS TIMESTAMP))" % x


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
    view = read(request)
    columns = request["columns"]
    found, batched = {}, []
    for group in groups(columns):
        expressions = ["%s AS c%d" % (plain(quoted(c["name"]), c["type"]), i) for i, c in enumerate(group)]
        frame = spark.sql("SELECT id AS id_, %s FROM %s" % (", ".join(expressions), view))
        rows = sorted(frame.collect(), key=lambda row: row[0])
        batched += [[bool(scan.supportsColumnar()), has_parts(group[0]["type"])] for scan in scans(frame)]
        for i, column in enumerate(group):
            found[column["name"]] = [cell(row[i + 1], column["type"]) for row in rows]
    types = {field.name: field.dataType.simpleString() for field in spark.table(view).schema.fields}
    names = [c["name"] for c in columns]
    return {"rows": list(zip(*[found[name] for name in names])), "types": [types[name] for name in names], "batched": batched}


def column(request):
    """A file is read in its order: one task, one row group after the other."""
    kind = request["type"]
    try:
        return {"values": [cell(row[0], kind) for row in spark.sql("SELECT c FROM " + read(request)).collect()]}
    except Exception as error:
        return {"refused": str(error)[:500]}


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text, kind):
    """A constant of a value in the form of `values`."""
    name = kind["kind"]
    if name in ("bytes", "geometry"):
        return "X'%s'" % text
    if name == "date":
        return "date_from_unix_date(%s)" % text
    if name == "timestamp":
        return "CAST(timestamp_micros(CAST('%s' AS BIGINT)) AS %s)" % (text, "TIMESTAMP" if kind["utc"] else "TIMESTAMP_NTZ")
    if name in ("float32", "float64"):
        value = struct.unpack(">f" if name == "float32" else ">d", bytes.fromhex(text))[0]
        return "CAST(CAST('%r' AS DOUBLE) AS %s)" % (value, "FLOAT" if name == "float32" else "DOUBLE")
    if name == "decimal":
        return "CAST('%s' AS DECIMAL(%d, %d))" % (text, kind["precision"], kind["scale"])
    if name == "bool":
        return text
    if name.startswith(("int", "uint")):
        return "CAST('%s' AS %s)" % (text, "INT" if name in ("int16", "int32") else "BIGINT")
    return "CAST(X'%s' AS STRING)" % text.encode().hex()


def filters(request):
    view, column = read(request), quoted(request["column"])
    conditions = [("is null", column + " IS NULL"), ("is not null", column + " IS NOT NULL")]
    for target in request["targets"]:
        constant = literal(target, request["type"])
        conditions += [("%s %s" % (operator, target), "%s %s %s" % (column, operator, constant)) for operator in ("=", "<=", ">")]
    counts = ", ".join("count_if(%s)" % condition for _, condition in conditions)
    rows, *whole = spark.sql("SELECT count(1), %s FROM %s" % (counts, view)).collect()[0]
    parts = ["SELECT %d AS i FROM %s WHERE %s" % (i, view, condition) for i, (_, condition) in enumerate(conditions)]
    union = spark.sql(" UNION ALL ".join(parts))
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
