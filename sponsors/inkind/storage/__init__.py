"""How usage is kept: partitions by month, rows taken in by COPY, and their sums by day and month.

Whoever writes usage holds one advisory lock of all usage, from the first thing written to the end of the
transaction. See docs/decisions/0015-usage-goes-straight-into-its-partitions.md.
"""
