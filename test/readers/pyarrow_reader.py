"""What pyarrow reads in Parquet files, for test/readers/pyarrow.test.ts. One JSON request on stdin, one JSON answer on stdout.

  {"do": "version"}
  {"do": "values", "files", "columns": [name]}        every value in the order of id, nested as it is, each leaf as the text that
                                                      Postgres prints (floats as the hex of their bits), and the Arrow types
  {"do": "filters", "files", "columns": [name]}       filters at and around min and max against a full scan, of columns and of
                                                      what is below structs, and what is left out with the reason
  {"do": "metadata", "files"}                         what the footers say, and whether it can be true
  {"do": "nested", "files"}                           of each file's column "c" every value, nested as it is, with texts at the leaves;
                                                      dates and timestamps as numbers
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


def date_text(days):
    text, era = civil(days)
    return text + era


def timestamp_text(zone):
    def text_of(micros):
        text, era = civil(micros // 86_400_000_000)
        rest = micros % 86_400_000_000
        seconds, fraction = divmod(rest, 1_000_000)
        text += " %02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
        if fraction:
            text += (".%06d" % fraction).rstrip("0")
        return text + zone + era

    return text_of


def numeric_leaf(kind):
    """Texts of leaves, whose dates, times and timestamps are numbers."""
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


def printed_leaf(kind):
    """Texts of leaves as Postgres prints them."""
    if pa.types.is_date(kind):
        return date_text
    if pa.types.is_timestamp(kind):
        return timestamp_text("" if kind.tz is None else "+00")
    if pa.types.is_time64(kind):
        return lambda v: v.isoformat(timespec="microseconds")
    return numeric_leaf(kind)


def renderer(kind, leaf):
    """What makes JSON of the values of an Arrow type: lists of the fields of a struct, pairs for the entries of a map."""
    render = renderer_of_values(kind, leaf)
    return lambda value: None if value is None else render(value)


def renderer_of_values(kind, leaf):
    if pa.types.is_map(kind):
        item = renderer(kind.item_type, leaf)
        return lambda v: [[key, item(value)] for key, value in v]
    if pa.types.is_list(kind):
        element = renderer(kind.value_type, leaf)
        return lambda v: [element(value) for value in v]
    if pa.types.is_struct(kind):
        children = [(field.name, renderer(field.type, leaf)) for field in kind]
        return lambda v: [child(v[name]) for name, child in children]
    return leaf(kind)


def as_numbers(kind):
    """The type with dates and timestamps read as numbers: Python's own end in the year 9999."""
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, as_numbers(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(as_numbers(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(as_numbers(field.type)) for field in kind])
    if pa.types.is_date(kind):
        return pa.int32()
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def cells(array, leaf):
    """The values of a column, nested as they are, with texts at the leaves."""
    render = renderer(array.type, leaf)
    return [render(value) for value in array.cast(as_numbers(array.type)).to_pylist()]


def read(files):
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files]).sort_by("id")


def type_text(kind):
    """The type without the names of elements and of a map's entries."""
    return re.sub(r" \('[^']*'\)|(?<=list<)(element|item): ", "", str(kind))


def values(request):
    table = read(request["files"])
    columns = [cells(table.column(name).combine_chunks(), printed_leaf) for name in request["columns"]]
    return {
        "types": [type_text(table.schema.field(name).type) for name in request["columns"]],
        "rows": [list(row) for row in zip(*columns)],
    }


def around(value, kind):
    """The value, the next one above and the next one below, where the type has them."""
    if isinstance(value, bool):
        return [True, False]
    if isinstance(value, float):
        return floats_around(value, kind)
    if isinstance(value, datetime.time):
        moment = datetime.datetime.combine(datetime.date(2000, 1, 1), value)
        return [value] + [(moment + datetime.timedelta(microseconds=n)).time() for n in (1, -1)]
    if isinstance(value, decimal.Decimal):
        unit = decimal.Decimal(1).scaleb(value.as_tuple().exponent)
        return [value, value + unit, value - unit]
    if isinstance(value, bytes):
        return [value, value + b"\x00", value[:-1]]
    if isinstance(value, str):
        return [value, value + "\x01", value[:-1]]
    return [value, value + 1, value - 1]


def floats_around(value, kind):
    if math.isnan(value) or math.isinf(value):
        return [value]
    if pa.types.is_float64(kind):
        return [value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]
    step = lambda n: struct.unpack("<f", struct.pack("<i", n))[0]
    bits = struct.unpack("<i", struct.pack("<f", value))[0]
    return [v for v in (value, step(bits + 1), step(bits - 1)) if not math.isnan(v) and not math.isinf(v)]


OPERATORS = {
    "==": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
IN_MEMORY = {"==": pc.equal, "<=": pc.less_equal, ">=": pc.greater_equal}


def leaves(path, kind):
    """The leaves that a filter can name, and why it cannot name the others: path, type, reason or None."""
    if pa.types.is_list(kind) or pa.types.is_map(kind):
        yield path, kind, "no expression of pyarrow's names elements of a list or entries of a map"
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from leaves(path + (field.name,), field.type)
    else:
        yield path, kind, None


def storage_of(kind):
    """What a uuid and JSON are made of: pyarrow compares neither."""
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def targets_of(array):
    """The smallest and the largest value and their neighbours, as scalars; none where there are no values."""
    numbers = as_numbers(array.type)
    present = [v for v in array.cast(numbers).to_pylist() if v is not None and v == v]
    ends = {min(present), max(present)} if present else set()
    for target in sorted({t for end in ends for t in around(end, array.type)}):
        try:
            yield pa.scalar(target, numbers).cast(array.type)
        except (pa.ArrowInvalid, OverflowError):
            continue  # one beyond the type's own end


def filters(request):
    """Each filter through the files (row groups are pruned by their statistics) and over the whole column in memory."""
    table = read(request["files"])
    fragments = list(ds.dataset(request["files"], format="parquet").get_fragments())
    for fragment in fragments:
        fragment.ensure_complete_metadata()  # once, and not for each filter
    compared, below_structs, wrong, pruned, skipped = 0, 0, [], 0, {}
    for column in request["columns"]:
        for path, kind, reason in leaves((column,), table.schema.field(column).type):
            if reason is not None:
                skipped.setdefault(reason, []).append(".".join(path))
                continue
            array = table.column(column).combine_chunks()
            if len(path) > 1:
                array = pc.struct_field(array, path[1:])
            storage = storage_of(kind)
            field = ds.field(*path) if storage == kind else ds.field(*path).cast(storage)
            array = array.cast(storage)
            for scalar in targets_of(array):
                for name, operator in OPERATORS.items():
                    condition = operator(field, scalar)
                    got = sum(fragment.count_rows(filter=condition) for fragment in fragments)
                    want = pc.sum(IN_MEMORY[name](array, scalar)).as_py() or 0
                    compared += 1
                    below_structs += len(path) > 1
                    if got != want:
                        wrong.append("%s %s <a value of %s>: %d instead of %d rows" % (".".join(path), name, kind, got, want))
                    if name == "==":
                        pruned += sum(f.num_row_groups - f.subset(filter=condition).num_row_groups for f in fragments)
    return {"compared": compared, "belowStructs": below_structs, "wrong": wrong, "prunedRowGroups": pruned, "skipped": skipped}


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


def nested(request):
    columns = [pq.read_table(f, partitioning=None).column("c").combine_chunks() for f in request["files"]]
    return {"files": [cells(column, numeric_leaf) for column in columns]}


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
        storage = storage_of(array.type)
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
