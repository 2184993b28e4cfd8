"""How large a workbook may be before it is refused (F08).

A usual form takes 20 KB, five sheets and a thousand cells; the limits leave room for pictures and long detail lists, and keep
a reading process under 300 MB.
"""

from typing import Final

MEGABYTE: Final = 1 << 20
FILE_BYTES: Final = 40 * MEGABYTE
PARTS: Final = 3_000
EXPANDED_BYTES: Final = 200 * MEGABYTE
MARKUP_BYTES: Final = 64 * MEGABYTE
PLAIN_BYTES: Final = 2 * MEGABYTE  # parts up to this size are read in the plain form (cells.py)
SHARED_BYTES: Final = 32 << 10  # parsed parts up to this size are kept, in case the next workbook has the same
SHARED_PARTS: Final = 128
RATIO: Final = 200
RATIO_FROM_BYTES: Final = 4 * MEGABYTE
ELEMENTS: Final = 400_000
ATTRIBUTES: Final = 1_200_000
CELLS: Final = 120_000
MERGES: Final = 50_000
ROWS: Final = 100_000
COLUMNS: Final = 2_000
RECTANGLE: Final = 6_000_000  # cells that a reader which builds whole rectangles may be asked to build
