"""Values of Arrow arrays as the texts that Postgres prints, and values that filters ask for; for pyarrow_reader.py and polars_reader.py.

Floats are the hex of their bits; dates and timestamps are read as numbers, since Python's own end in the year 9999.
"""
import datetime
import decimal
import math
import struct

import pyarrow as pa

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


def is_list(kind):
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def renderer(kind, leaf):
    """What makes JSON of the values of an Arrow type: lists of the fields of a struct, pairs for the entries of a map."""
    render = renderer_of_values(kind, leaf)
    return lambda value: None if value is None else render(value)


def renderer_of_values(kind, leaf):
    if pa.types.is_map(kind):
        item = renderer(kind.item_type, leaf)
        return lambda v: [[key, item(value)] for key, value in v]
    if is_list(kind):
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
    if is_list(kind):
        make = pa.large_list if pa.types.is_large_list(kind) else pa.list_
        return make(kind.value_field.with_type(as_numbers(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(as_numbers(field.type)) for field in kind])
    if pa.types.is_date(kind):
        return pa.int32()
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def cells(array, leaf):
    """The values of a column, nested as they are, with texts at the leaves."""
    render = renderer(array.type, leaf)
    return [render(value) for value in array.cast(as_numbers(array.type)).to_pylist()]


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


def targets_of(array):
    """The smallest and the largest value and their neighbours, and of floats what is awkward, as scalars."""
    numbers = as_numbers(array.type)
    present = [v for v in array.cast(numbers).to_pylist() if v is not None and v == v]
    ends = {min(present), max(present)} if present else set()
    found = sorted({t for end in ends for t in around(end, array.type)})
    for target in found + ([5.0, 0.0, -0.0, math.nan] if pa.types.is_floating(array.type) else []):
        try:
            yield pa.scalar(target, numbers).cast(array.type)
        except (pa.ArrowInvalid, OverflowError):
            continue  # one beyond the type's own end
