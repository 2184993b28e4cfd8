"""evalbatch: batch processing of budget performance evaluation workbooks (预算绩效评价)."""

__version__ = "0.1.0"
