"""What pyarrow reads in Parquet files, for test/readers/pyarrow.test.ts. One JSON request on stdin, one JSON answer on stdout.

  {"do": "version"}
  {"do": "values", "files", "columns": [{"name", and its logical type}]}   every value in the order of id, as the text that
                                                      Postgres prints (floats as the hex of their bits), and the Arrow types
  {"do": "filters", "files", "columns"}               filters at and around min and max against a full scan
  {"do": "metadata", "files"}                         what the footers say, and whether it can be true
  {"do": "nested", "files"}                           of each file's column "c" every value, nested as it is, with texts at the leaves
  {"do": "fields", "files"}                           of each file's column "c" the Arrow type, and field ids by path
  {"do": "plain filters", "files"}                    filters on the column "c", by statistics against in memory
  {"do": "nested filters", "files", "path"}           filters on a field below structs, by statistics against in memory
"""
import datetime
import decimal
import json
import math
import os
import re
import struct
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

decimal.getcontext().prec = 100


def civil(days):
    """The proleptic Gregorian date of a day since 1970-01-01, as Postgres prints it: year, month, day, era."""
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    day = doy - (153 * mp + 2) // 5 + 1
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (1 if month <= 2 else 0)
    text = "%04d-%02d-%02d" % (year if year > 0 else 1 - year, month, day)
    return text, "" if year > 0 else " BC"


def date_text(days, _column):
    text, era = civil(days)
    return text + era


def timestamp_text(micros, column):
    text, era = civil(micros // 86_400_000_000)
    rest = micros % 86_400_000_000
    seconds, fraction = divmod(rest, 1_000_000)
    text += " %02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    if fraction:
        text += (".%06d" % fraction).rstrip("0")
    return text + ("+00" if column["utc"] else "") + era


def plain(value, _column):
    return value if isinstance(value, str) else str(value)


RENDER = {
    "bool": lambda v, _: "true" if v else "false",
    "int16": plain,
    "int32": plain,
    "int64": plain,
    "uint32": plain,
    "float32": lambda v, _: struct.pack(">f", v).hex(),
    "float64": lambda v, _: struct.pack(">d", v).hex(),
    "decimal": lambda v, _: format(v, "f"),
    "text": plain,
    "bytes": lambda v, _: v.hex(),
    "uuid": plain,
    "json": plain,
    "date": date_text,
    "time": lambda v, _: v if isinstance(v, str) else v.isoformat(timespec="microseconds"),
    "timestamp": timestamp_text,
}
# Read as numbers: Python's own dates end in the year 9999.
AS_NUMBER = {"date": pa.int32(), "timestamp": pa.int64()}


def with_numbers(kind):
    """The Arrow type with dates and timestamps as numbers, at any depth."""
    if pa.types.is_date(kind):
        return AS_NUMBER["date"]
    if pa.types.is_timestamp(kind):
        return AS_NUMBER["timestamp"]
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(with_numbers(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(with_numbers(field.type)) for field in kind])
    return kind


def text_of(value, column):
    """A value of the logical type, with texts at its leaves: a struct as the list of its fields, a map as its entries by key."""
    if value is None:
        return None
    if column["kind"] == "list":
        return [text_of(element, column["element"]) for element in value]
    if column["kind"] == "struct":
        return [text_of(value[field["name"]], field["type"]) for field in column["fields"]]
    if column["kind"] == "map":
        return sorted([key, text_of(item, column["value"])] for key, item in value)
    return RENDER[column["kind"]](value, column)


def cells(array, column):
    kind = with_numbers(array.type)
    array = array if kind.equals(array.type) else array.cast(kind)
    return [text_of(value, column) for value in array.to_pylist()]


def read(files):
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files]).sort_by("id")


def type_text(kind):
    """The type without the names of elements and of a map's entries."""
    return re.sub(r" \('[^']*'\)|(?<=list<)(element|item): ", "", str(kind))


def values(request):
    table = read(request["files"])
    columns = [cells(table.column(c["name"]).combine_chunks(), c) for c in request["columns"]]
    return {
        "types": [type_text(table.schema.field(c["name"]).type) for c in request["columns"]],
        "rows": [list(row) for row in zip(*columns)],
    }


def around(value, kind):
    """The value, the next one above and the next one below, where the type has them."""
    if kind in ("float32", "float64"):
        if math.isnan(value) or math.isinf(value):
            return [value]
        if kind == "float64":
            return [value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]
        step = lambda n: struct.unpack("<f", struct.pack("<i", n))[0]
        bits = struct.unpack("<i", struct.pack("<f", value))[0]
        return [v for v in (value, step(bits + 1), step(bits - 1)) if not math.isnan(v) and not math.isinf(v)]
    if kind == "decimal":
        unit = decimal.Decimal(1).scaleb(value.as_tuple().exponent)
        return [value, value + unit, value - unit]
    if kind == "bytes":
        return [value, value + b"\x00", value[:-1]]
    if isinstance(value, str):
        return [value, value + "\x01", value[:-1]]
    if isinstance(value, bool):
        return [True, False]
    return [value, value + 1, value - 1]


OPERATORS = {
    "==": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
IN_MEMORY = {"==": pc.equal, "<=": pc.less_equal, ">=": pc.greater_equal}


def filters(request):
    """Each filter through the files (row groups are pruned by their statistics) and over the whole column in memory."""
    table = read(request["files"])
    fragments = list(ds.dataset(request["files"], format="parquet").get_fragments())
    for fragment in fragments:
        fragment.ensure_complete_metadata()  # once, and not for each filter
    compared, wrong, pruned = 0, [], 0
    for column in request["columns"]:
        array = table.column(column["name"]).combine_chunks()
        if pa.types.is_list(array.type) or array.null_count == len(array):
            continue
        number = AS_NUMBER.get(column["kind"])
        plain_values = [v for v in (array.cast(number) if number else array).to_pylist() if v is not None]
        ordered = sorted(v for v in plain_values if not (isinstance(v, float) and math.isnan(v)))
        if not ordered:
            continue
        targets = {ordered[0], ordered[-1]}
        for target in sorted({t for at in targets for t in around(at, column["kind"])}):
            try:
                scalar = pa.scalar(target, number).cast(array.type) if number else pa.scalar(target, array.type)
            except (pa.ArrowInvalid, OverflowError):
                continue  # one beyond the type's own end
            for name, operator in OPERATORS.items():
                condition = operator(ds.field(column["name"]), scalar)
                got = sum(fragment.count_rows(filter=condition) for fragment in fragments)
                want = pc.sum(IN_MEMORY[name](array, scalar)).as_py() or 0
                compared += 1
                if got != want:
                    wrong.append("%s %s <%s of %s>: %d instead of %d rows" % (column["name"], name, "a value", column["kind"], got, want))
                if name == "==":
                    pruned += sum(f.num_row_groups - f.subset(filter=condition).num_row_groups for f in fragments)
    return {"compared": compared, "wrong": wrong, "prunedRowGroups": pruned}


def metadata(request):
    problems, row_groups, with_bounds = [], 0, 0
    for path in request["files"]:
        meta = pq.read_metadata(path)
        size = os.path.getsize(path)
        if not re.fullmatch(r"dracula-etl version \d+\.\d+\.\d+\S* \(build [^()]+\)", meta.created_by):
            problems.append("created_by " + meta.created_by)
        if sum(meta.row_group(g).num_rows for g in range(meta.num_row_groups)) != meta.num_rows:
            problems.append("rows of the row groups are not those of the file")
        for g in range(meta.num_row_groups):
            group = meta.row_group(g)
            row_groups += 1
            chunks = [group.column(c) for c in range(group.num_columns)]
            if group.total_byte_size != sum(c.total_uncompressed_size for c in chunks):
                problems.append("row group %d: total_byte_size is not the sum of its columns" % g)
            for chunk in chunks:
                where = "row group %d, %s: " % (g, chunk.path_in_schema)
                start = chunk.dictionary_page_offset or chunk.data_page_offset
                if not 4 <= start < start + chunk.total_compressed_size < size:
                    problems.append(where + "is not within the file")
                if not set(chunk.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY"}:
                    problems.append(where + "encodings " + str(chunk.encodings))
                if not chunk.has_offset_index:
                    problems.append(where + "no offset index")
                stats = chunk.statistics
                if stats is None:
                    if chunk.physical_type not in ("FLOAT", "DOUBLE"):
                        problems.append(where + "no statistics")  # only a NaN is a reason for none here
                    continue
                if not stats.has_null_count:
                    problems.append(where + "no count of nulls")
                if stats.has_min_max != chunk.has_column_index and stats.null_count < chunk.num_values:
                    problems.append(where + "bounds without column index, or the other way round")
                with_bounds += 1 if stats.has_min_max else 0
                if not stats.has_min_max and stats.null_count < chunk.num_values:
                    problems.append(where + "values but no bounds")
        if b"dracula.columns" not in (meta.metadata or {}):
            problems.append("no dracula.columns")
    return {"problems": problems, "rowGroups": row_groups, "withBounds": with_bounds}


EPOCH = datetime.datetime(1970, 1, 1)


def renderer(kind):
    """What makes JSON of the values of an Arrow type: texts at the leaves, pairs for the entries of a map."""
    render = renderer_of_values(kind)
    return lambda value: None if value is None else render(value)


def renderer_of_values(kind):
    if pa.types.is_map(kind):
        item = renderer(kind.item_type)
        return lambda v: [[key, item(value)] for key, value in v]
    if pa.types.is_list(kind):
        element = renderer(kind.value_type)
        return lambda v: [element(value) for value in v]
    if pa.types.is_struct(kind):
        children = [(field.name, renderer(field.type)) for field in kind]
        return lambda v: {name: child(v[name]) for name, child in children}
    if pa.types.is_timestamp(kind):
        return lambda v: str((v.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1))
    if pa.types.is_date(kind):
        return lambda v: str((v - EPOCH.date()).days)
    if pa.types.is_floating(kind):
        bits = ">f" if pa.types.is_float32(kind) else ">d"
        return lambda v: struct.pack(bits, v).hex()
    if pa.types.is_boolean(kind):
        return lambda v: "true" if v else "false"
    if pa.types.is_decimal(kind):
        return lambda v: format(v, "f")
    if pa.types.is_time(kind):
        return lambda v: str(((v.hour * 60 + v.minute) * 60 + v.second) * 1_000_000 + v.microsecond)
    return lambda v: v.hex() if isinstance(v, bytes) else str(v)


def nested(request):
    columns = [pq.read_table(f, partitioning=None).column("c") for f in request["files"]]
    return {"files": [list(map(renderer(column.type), column.to_pylist())) for column in columns]}


def field_ids(path, field):
    yield path, int(field.metadata[b"PARQUET:field_id"])
    if pa.types.is_map(field.type):
        below = [("key", field.type.key_field), ("value", field.type.item_field)]
    elif pa.types.is_list(field.type):
        below = [("element", field.type.value_field)]
    else:
        below = [(child.name, child) for child in field.type] if pa.types.is_struct(field.type) else []
    for name, child in below:
        yield from field_ids(path + "." + name, child)


def fields(request):
    columns = [pq.read_schema(f).field("c") for f in request["files"]]
    return {"types": [type_text(c.type) for c in columns], "ids": [dict(field_ids("c", c)) for c in columns]}


def nested_filters(request):
    compared, wrong = 0, []
    for path in request["files"]:
        dataset = ds.dataset(path, format="parquet")
        table = dataset.to_table()
        array = pc.struct_field(table.column(request["path"][0]), request["path"][1:])
        present = [v for v in array.to_pylist() if v is not None]
        for target in sorted({n for v in present for n in (v - 1, v, v + 1)}):
            scalar = pa.scalar(target, array.type)
            for name, operator in OPERATORS.items():
                compared += 1
                expected = table.filter(IN_MEMORY[name](array, scalar))
                if not dataset.to_table(filter=operator(ds.field(*request["path"]), scalar)).equals(expected):
                    wrong.append("%s %s" % (name, target))
    return {"compared": compared, "wrong": wrong}


def plain_filters(request):
    """Filters on the column "c", of any type with an order, by statistics against in memory."""
    compared, wrong = 0, []
    for path in request["files"]:
        dataset = ds.dataset(path, format="parquet")
        array = dataset.to_table().column("c")
        storage = array.type.storage_type if isinstance(array.type, pa.BaseExtensionType) else array.type
        present = sorted(set(array.cast(storage).drop_null().to_pylist()))
        for target in {present[0], present[len(present) // 2], present[-1]}:
            scalar = pa.scalar(target, storage)
            for name, operator in OPERATORS.items():
                compared += 1
                field = ds.field("c") if storage == array.type else ds.field("c").cast(storage)
                got = dataset.count_rows(filter=operator(field, scalar))
                if got != (pc.sum(IN_MEMORY[name](array.cast(storage), scalar)).as_py() or 0):
                    wrong.append("%s %s" % (name, target))
    return {"compared": compared, "wrong": wrong}


def version(_request):
    return {"pyarrow": pa.__version__, "codecs": [c for c in ("zstd", "snappy", "gzip") if pa.Codec.is_available(c)]}


request = json.load(sys.stdin)
ANSWERS = {
    "version": version,
    "values": values,
    "filters": filters,
    "metadata": metadata,
    "nested": nested,
    "fields": fields,
    "nested filters": nested_filters,
    "plain filters": plain_filters,
}
sys.stdout.write(json.dumps(ANSWERS[request["do"]](request)))
