"""Mail that survives `kill -9`, in the small: `python -m benchmarks.delivery` shows it with 2,000 notices and 20 kills."""

import os

import pytest

from benchmarks.delivery import CountingServer, Report, prove


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["named", "embedded"])
def test_every_notice_arrives_though_workers_are_killed_while_they_send(tmp_path, broker):
    address = os.environ["CELERY_BROKER_URL"] if broker == "named" else ""
    report = prove(notices=160, kills=4, lease=5, broker=address, folder=tmp_path, seed=1)
    assert report.failures() == [], report
    assert report.kills == 4
    assert report.cut_short, "nobody was killed while it sent: this proves nothing"
    assert "lost                                0" in str(report)


def test_what_is_not_as_promised_is_told():
    good = Report("files", 2, 5, sent=2, wanted={"a", "b"}, taken=CountingServer().taken)
    good.taken.update(["a", "b"])
    assert good.failures() == []
    assert "NOT ALL" not in str(good)
    bad = Report("files", 3, 5, sent=2, wanted={"a", "b", "c"}, cut_short={"a"}, taken=good.taken.copy())
    bad.taken.update(["b", "unknown"])
    assert len(bad.failures()) == 5
    assert "NOT ALL" in str(bad)
