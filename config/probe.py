"""Whether a process of Bursar is well, for those who restart it: `python -m config.probe web|beat`."""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

PORT_IN_CONTAINER = 8000
# Celery writes the schedule at least every three minutes.
OLDEST_SCHEDULE = 600.0


def answers(port: int, host: str) -> bool:
    """Whether the web server on this computer says that it is alive; `host` is a name it serves."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def keeps_schedule(schedule: Path, now: float) -> bool:
    """Whether beat has written its schedule lately; `now` in seconds since 1970."""
    # Some of Python's database modules add an ending of their own to the name.
    written = [path.stat().st_mtime for path in schedule.parent.glob(f"{schedule.name}*")]
    return bool(written) and now - max(written) < OLDEST_SCHEDULE


def main(part: str) -> bool:
    if part == "web":
        return answers(PORT_IN_CONTAINER, urlsplit(os.environ["BASE_URL"]).netloc)
    return keeps_schedule(Path(os.environ["BURSAR_DATA_DIR"]) / "beat-schedule", time.time())


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1]))
