"""What the first draft of a letter says: what is known, in plain words, and nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from sponsors.renewals.rules.letter_text import LetterFacts, ServiceUse, letter_body, letter_subject

TODAY = date(2026, 9, 1)
FACTS = LetterFacts(
    organization="Packaging Foundation",
    sponsor="Cloudline",
    contact="Ada Lovelace",
    writer="Olga Owner",
    title="CDN 2022 to 2026",
    number="C-2022-0001",
    starts_on=date(2022, 1, 1),
    ends_on=date(2026, 12, 31),
    supported_since=date(2016, 3, 1),
    months=60,
    cash="USD 90,000.00",
    gifts=["CDN for the package index", "Logs"],
    uses=[
        ServiceUse(service="Package index", delivered="792 PB", requests="1.2 trillion"),
        ServiceUse(service="Documentation", requests="3 billion"),
        ServiceUse(service="Status page"),
    ],
    notice_on=date(2026, 9, 30),
    renewal="C-2026-0009",
)


def body(**other):
    return letter_body(replace(FACTS, **other), TODAY)


def test_the_whole_letter():
    assert letter_subject(FACTS) == "Renewing your support of Packaging Foundation: CDN 2022 to 2026"
    assert letter_body(FACTS, TODAY) == (
        "Dear Ada Lovelace,\n\n"
        "Thank you for supporting Packaging Foundation. Cloudline has stood by us since March 2016.\n\n"
        "Under “CDN 2022 to 2026” (C-2022-0001), from 1 January 2022 to 31 December 2026, you give us USD 90,000.00 in "
        "cash, CDN for the package index and Logs.\n\n"
        "What that made possible in the last twelve months: Package index served 792 PB and 1.2 trillion requests, "
        "Documentation served 3 billion requests and Status page kept running.\n\n"
        "This agreement ends on 31 December 2026. Either side may say until 30 September 2026 that it will not go on.\n\n"
        "May we ask you to renew it for another five years, from 1 January 2027? We have drafted how it could look "
        "(C-2026-0009), and are glad to send it to you. Should something else suit you better, a different time or another "
        "kind of support, let us talk about it.\n\n"
        "If anything about this has changed on your side, please tell us early. A short reply to this letter is enough, and "
        "we will gladly call you.\n\n"
        "With kind regards\nOlga Owner\nPackaging Foundation"
    )


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (12, "another year,"),
        (1, "another month,"),
        (24, "another two years,"),
        (18, "another 18 months,"),
        (6, "another six months,"),
        (None, "the same time again,"),
    ],
)
def test_the_time_asked_for_is_as_long_as_before(months, words):
    assert f"renew it for {words}" in body(months=months)


def test_what_is_over_is_said_to_be_over_and_past_notice_is_not_mentioned():
    said = letter_body(FACTS, date(2027, 1, 15))
    assert "This agreement ended on 31 December 2026." in said
    assert "Either side" not in said


def test_what_is_not_known_is_left_out():
    said = body(contact="", writer="", cash="", gifts=["Logs"], uses=(), notice_on=None, renewal="")
    assert said.startswith("Dear colleagues at Cloudline,\n\n")
    assert "you give us Logs." in said
    assert "It lets us plan" in said
    assert "Either side" not in said
    assert "We have drafted" not in said
    assert said.endswith("With kind regards\nPackaging Foundation")
