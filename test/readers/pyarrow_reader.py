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
import json
import math
import os
import re
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from arrow_cells import cells, numeric_leaf, printed_leaf, targets_of


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


def filters(request):
    """Each filter through the files (row groups are pruned by their statistics) and over the whole column in memory."""
    table = read(request["files"])
    fragments = list(ds.dataset(request["files"], format="parquet").get_fragments())
    for fragment in fragments:
        fragment.ensure_complete_metadata()  # once, and not for each filter
    compared, below_structs, wrong, pruned, skipped, nan = 0, 0, [], 0, {}, set()
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
            nan |= nan_answers(array)
            for scalar in targets_of(array):
                is_nan = pa.types.is_floating(scalar.type) and math.isnan(scalar.as_py())
                for name, operator in OPERATORS.items():
                    if is_nan and name == "<=":
                        continue  # "<= NaN" finds every row of a row group that has bounds, in files of pyarrow's own too
                    condition = operator(field, scalar)
                    got = sum(fragment.count_rows(filter=condition) for fragment in fragments)
                    want = pc.sum(IN_MEMORY[name](array, scalar)).as_py() or 0
                    compared += 1
                    below_structs += len(path) > 1
                    if got != want:
                        wrong.append("%s %s <a value of %s>: %d instead of %d rows" % (".".join(path), name, kind, got, want))
                    if name == "==":
                        pruned += sum(f.num_row_groups - f.subset(filter=condition).num_row_groups for f in fragments)
    return {"compared": compared, "belowStructs": below_structs, "wrong": wrong, "prunedRowGroups": pruned, "skipped": skipped, "nan": sorted(nan)}


def nan_answers(array):
    """Whether each NaN of a column is above 5, and whether it equals NaN."""
    if not pa.types.is_floating(array.type):
        return set()
    nans = array.filter(pc.fill_null(pc.is_nan(array), False))
    above, itself = pc.greater(nans, pa.scalar(5.0, array.type)), pc.equal(nans, pa.scalar(float("nan"), array.type))
    return set(zip(above.to_pylist(), itself.to_pylist()))


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
