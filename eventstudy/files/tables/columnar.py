"""Parquet and Feather files, counted before they are unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.files.reading import oversized
from eventstudy.files.tables.limits import INSTEAD, LARGEST, reading_as, require_room
from eventstudy.files.tables.typed import typed_sheet

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.files.tables.sheet import Sheet

PARQUET, FEATHER = "Parquet file", "Feather or Arrow file"
MOST_BYTES = 2 * LARGEST
"""Bytes of columns as they are written, unpacked; the cells of doubles alone may be 800 MB."""


def read_parquet_sheet(name: str, raw: bytes) -> Sheet:
    """The columns of a Parquet file.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, or too large once it is unpacked.
    """
    import pyarrow.parquet

    require_small_parquet(name, raw)
    with reading_as(name, PARQUET):
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(raw))  # names may be there twice
        return typed_sheet(name, _frame(name, file.read()))


def require_small_parquet(name: str, raw: bytes) -> None:
    """Refuse a Parquet file that would fill memory, from what it says of itself and its texts.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, or too large once it is unpacked.
    """
    import pyarrow.parquet

    with reading_as(name, PARQUET):
        source = pyarrow.BufferReader(raw)
        file = pyarrow.parquet.ParquetFile(source)
        metadata = file.metadata
        require_room(name, metadata.num_rows, metadata.num_columns)
        groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
        _require_few_bytes(name, sum(group.total_byte_size for group in groups), MOST_BYTES)
        inside = [
            group.column(at).num_values for group in groups for at in range(group.num_columns)
        ]
        require_room(name, metadata.num_rows, metadata.num_columns, sum(inside))  # of lists
        # A text that many cells share stays one, so that their length is known before it is many.
        texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
        shared = pyarrow.parquet.ParquetFile(source, read_dictionary=texts).read(columns=texts)
        _require_few_bytes(name, sum(map(_text_bytes, shared.columns)), LARGEST)


def read_feather_sheet(name: str, raw: bytes) -> Sheet:
    """The columns of a Feather file, or of an Arrow file of record batches.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, or too large once it is unpacked.
    """
    import pyarrow
    import pyarrow.dataset
    import pyarrow.feather

    with reading_as(name, FEATHER):
        source = pyarrow.BufferReader(raw)
        if raw.startswith(b"FEA1"):
            return typed_sheet(name, _frame(name, pyarrow.feather.read_table(source)))
        fragment = pyarrow.dataset.IpcFileFormat().make_fragment(source)
        require_room(name, fragment.count_rows(), len(fragment.physical_schema))
        reader = pyarrow.ipc.open_file(source)
        batches, size = [], 0
        for at in range(reader.num_record_batches):
            batches.append(reader.get_batch(at))
            size += batches[-1].nbytes
            _require_few_bytes(name, size, MOST_BYTES)
        return typed_sheet(name, _frame(name, pyarrow.Table.from_batches(batches, reader.schema)))


def _frame(name: str, table: Any) -> pd.DataFrame:
    """A pyarrow table in pandas, if its texts are not too long once each cell has its own."""
    _require_few_bytes(name, sum(map(_text_bytes, table.columns)), LARGEST)
    frame: pd.DataFrame = table.to_pandas(
        date_as_object=False, split_blocks=True, self_destruct=True
    )
    return frame


def _text_bytes(column: Any) -> int:
    """Bytes of a column of texts once each cell has its own; 0 of others."""
    import pyarrow.compute

    kind = column.type
    if not pyarrow.types.is_dictionary(kind) or not _is_text(kind.value_type):
        return column.nbytes if _is_text(kind) else 0
    lengths = (
        pyarrow.compute.binary_length(chunk.dictionary).take(chunk.indices)
        for chunk in column.chunks
    )
    return sum(pyarrow.compute.sum(each, min_count=0).as_py() for each in lengths)


def _is_text(kind: Any) -> bool:
    import pyarrow.types as types

    tests = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in tests)


def _require_few_bytes(name: str, size: int, most: int) -> None:
    if size > most:
        raise oversized(f"{name} unpacked", size, most, "table", INSTEAD)
