"""Readers of usage as it comes: what providers answer and export, and Bursar's own rows.

Pure Python. A reader streams: however large the file is, a little of it is in memory. What a row says is
handed on as text and judged by `sponsors.inkind.storage`; a file that cannot be read as a whole is refused here.
"""

from sponsors.inkind.formats.opening import open_usage
from sponsors.inkind.formats.own_csv import COLUMNS, csv_template
from sponsors.inkind.formats.rows import RawRow, Reader, UsageRefused, in_batches
from sponsors.inkind.formats.sources import MOST_ROWS

__all__ = [
    "COLUMNS",
    "MOST_ROWS",
    "RawRow",
    "Reader",
    "UsageRefused",
    "csv_template",
    "in_batches",
    "open_usage",
]
