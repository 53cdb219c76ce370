"""When and from where a session is used."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

pytestmark = pytest.mark.django_db


def pages_noted(client, **asked):
    """Return when the session was last seen before and after a page."""
    before = UserSession.objects.get().last_seen_at
    assert client.get("/", **asked).status_code == 200
    return before, UserSession.objects.get().last_seen_at


@pytest.fixture
def client(signed_in, fundraiser):
    client = signed_in(fundraiser)
    assert client.get("/").status_code == 200
    return client


def test_a_page_soon_after_writes_nothing(client):
    before, after = pages_noted(client)
    assert before == after


def test_a_minute_later_it_is_noted_again(client):
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(seconds=61))
    before, after = pages_noted(client)
    assert before < after


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"REMOTE_ADDR": "127.0.0.7"}, ("127.0.0.7", "")),
        ({"HTTP_USER_AGENT": "Another browser " * 30}, ("127.0.0.1", ("Another browser " * 30)[:200])),
    ],
)
def test_another_place_is_noted_at_once(client, asked, place):
    before, after = pages_noted(client, **asked)
    assert before < after
    session = UserSession.objects.get()
    assert (session.ip, session.user_agent) == place
    assert pages_noted(client, **asked) == (after, after)


def seen_last(client):
    """Return the words of `Last seen` in the list: of this session, then of the other."""
    rows = client.get("/accounts/sessions/").content.decode().split("<tr>")[2:]
    rows.sort(key=lambda row: "this one" not in row)
    this_one, other = (row.split('data-label="Last seen">')[1].split("</time>")[0] for row in rows)
    return this_one.split(">")[-1], other.split(">")[-1]


def test_the_list_says_no_more_of_a_session_than_is_noted(client, fundraiser, signed_in):
    signed_in(fundraiser).get("/")
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(seconds=40))
    assert seen_last(client) == ("now", "less than a minute ago")
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
    assert seen_last(client) == ("now", "5\xa0minutes ago")
