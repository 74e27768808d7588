"""How large and how odd a file may be. Real extracts stay far below; what goes beyond is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one landing.

    Attributes:
        file_bytes: Size of a file, and of a file in an archive once it is unpacked.
        unpacked_bytes: All that an archive or a workbook unpacks to.
        unpacking_ratio: Unpacked bytes per packed byte; text packs to a tenth, a bomb to a thousandth.
        unpacking_ratio_from: Unpacked bytes of one file from which the ratio counts: small files may be odd.
        archive_entries: Entries of an archive or workbook.
        stacked_sheets: Sheets of a workbook whose rows are stacked.
        shared_text_bytes: The texts that a workbook's cells share; they are kept in memory.
        columns: Columns of a table.
        record_characters: Characters of one record or line of a file.
        cell_characters: Characters of one cell.
    """

    file_bytes: int = 4 << 30
    unpacked_bytes: int = 8 << 30
    unpacking_ratio: int = 250
    unpacking_ratio_from: int = 50 << 20
    archive_entries: int = 1_000
    stacked_sheets: int = 200
    shared_text_bytes: int = 256 << 20
    columns: int = 2_000
    record_characters: int = 5_000_000
    cell_characters: int = 100_000


DEFAULT_LIMITS = Limits()
