"""Files of usage for tests, in the shapes in which providers answer; and reading them."""

import gzip
import io
import json

from sponsors.inkind.formats import open_usage
from sponsors.inkind.formats.own_csv import COLUMN_NAMES

HEADER = "service,start,granularity,region,requests,hits,misses,errors,bytes"


def opened(content, **given):
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    given = {"on_progress": lambda _done: None, "name": "usage", **given}
    return open_usage(io.BytesIO(content), size=len(content), **given)


def read(content, **given):
    return list(opened(content, **given).rows())


def packed(content):
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)


def own_csv(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


def own_row(start="2024-03-01T14:00:00Z", **values):
    """Return a row as JSON has it; `own_line` is the same as CSV."""
    row = {
        "service": "files",
        "start": start,
        "granularity": "hour",
        "region": "usa",
        "requests": 100,
        "hits": 90,
        "misses": 8,
        "errors": 1,
        "bytes": 5_000,
    }
    return {name: value for name, value in {**row, **values}.items() if value is not None}


def own_line(start="2024-03-01T14:00:00Z", **values):
    row = own_row(start, **values)
    return ",".join(str(row[name]) for name in COLUMN_NAMES if name in row)


def fastly_row(start_time=1709301600, **values):
    """Return a bucket as Fastly writes it, shortened; 1709301600 is 2024-03-01 14:00 UTC."""
    row = {
        "start_time": start_time,
        "service_id": "SU1Z0isxPaozGVKXdv0eY",
        "requests": 100,
        "hits": 90,
        "miss": 8,
        "pass": 2,
        "errors": 1,
        "hit_ratio": None,
        "miss_time": 0.12293,
        "bandwidth": 6_000,
        "edge_resp_header_bytes": 1_000,
        "edge_resp_body_bytes": 4_000,
        "origin_fetch_resp_header_bytes": 30,
        "origin_fetch_resp_body_bytes": 400,
        "a_field_of_tomorrow": {"nested": [1, {"deep": []}]},
    }
    return {name: value for name, value in {**row, **values}.items() if value != "absent"}


def fastly(data, *, by="hour", region="usa", **envelope):
    meta = {"to": "2024-03-02 00:00:00 UTC", "from": "2024-03-01 00:00:00 UTC", "by": by, "region": region}
    return {"data": data, "meta": meta, "status": "success", "msg": None, **envelope}


def cloudflare(*groups, name="httpRequests1hGroups", tag=None, errors=None):
    zone = {name: list(groups)}
    if tag:
        zone["zoneTag"] = tag
    return {"data": {"viewer": {"zones": [zone]}}, "errors": errors}


def group(when="2024-03-01T14:00:00Z", *, dimension="datetime", **sums):
    counts = {"requests": 100, "cachedRequests": 90, "bytes": 5_000, "cachedBytes": 4_500, **sums}
    return {
        "dimensions": {dimension: when},
        "sum": {**counts, "countryMap": [{"clientCountryName": "NL", "requests": 100, "bytes": 5_000}]},
        "uniq": {"uniques": 7},
    }


REPORT_HEADER = "Service, Operation, UsageType, Resource, StartTime, EndTime, UsageValue"


def report(*lines, header=REPORT_HEADER):
    return "\n".join([header, *lines]) + "\n"


def report_line(
    usage_type="US-Out-Bytes-HTTPS-Static",
    value=5_000,
    *,
    resource="E1A2B3",
    starts="03/01/24 14:00:00",
    ends="03/01/24 15:00:00",
):
    return f"AmazonCloudFront,GET,{usage_type},{resource},{starts},{ends},{value}"
