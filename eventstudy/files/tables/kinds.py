"""The kinds of table that are read: how each is called, told from others, and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from eventstudy.errors import needs_extra
from eventstudy.files.tables.packed import ZIP
from eventstudy.files.tables.sheet import Sheet

_SAS = bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011")
_STATA = (b"<stata_dta>", *(bytes((year, order)) for year in range(0x69, 0x74) for order in (1, 2)))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    called: str
    """Its name in sentences."""
    reader: str
    """module:function of `eventstudy.files.tables` that reads it, `(name, bytes) -> Sheet`."""
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...] = ()
    """How its bytes may begin; it begins with nothing in particular if empty."""
    imports: str = ""
    """The library that must be there."""
    extra: str = ""
    """The extra that brings it."""

    def read(self, name: str, raw: bytes) -> Sheet:
        """The cells of a file of this kind.

        Args:
            name: How sentences call the file.
            raw: Its bytes.

        Raises:
            InputError: The library is not installed, or the file is refused.
        """
        if self.extra:
            with needs_extra(f"Reading a {self.called}", self.extra):
                import_module(self.imports)
        module, _, function = self.reader.partition(":")
        reader: Callable[[str, bytes], Sheet] = getattr(
            import_module(f"eventstudy.files.tables.{module}"), function
        )
        return reader(name, raw)


KINDS: Mapping[str, Kind] = {
    "csv": Kind("CSV file", "delimited:read_delimited", (".csv", ".tsv", ".tab", ".txt")),
    "xlsx": Kind(
        *("workbook (xlsx)", "workbooks:read_xlsx", (".xlsx", ".xlsm"), (ZIP,)),
        *("openpyxl", "excel"),
    ),
    "ods": Kind("workbook (ods)", "workbooks:read_ods", (".ods",), (ZIP,)),
    "parquet": Kind("Parquet file", "columnar:read_parquet_sheet", (".parquet", ".pq"), (b"PAR1",)),
    "feather": Kind(
        *("Feather or Arrow file", "columnar:read_feather_sheet"),
        *((".feather", ".ftr", ".arrow"), (b"ARROW1", b"FEA1")),
    ),
    "stata": Kind("Stata file", "statistical:read_stata_sheet", (".dta",), _STATA),
    "sas": Kind("SAS file", "statistical:read_sas_sheet", (".sas7bdat",), (_SAS,)),
    "xport": Kind(
        *("SAS transport file", "statistical:read_xport_sheet", (".xpt",)),
        (b"HEADER RECORD*******LIB",),
    ),
}
"""Every kind; what is none of the others is read as CSV."""
