"""What a run leaves in the output folder, by the names that others rely on."""

from typing import Final

SUMMARY: Final = "汇总表.xlsx"
REPORT: Final = "总报告.docx"
REPORTS: Final = "评价报告"
REVIEWS: Final = "审核意见"
WORKING_PAPERS: Final = "审核单"
DATA: Final = "data"
LEDGER: Final = "ledger.sqlite"
