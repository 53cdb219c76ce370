"""A write is done once, and never over somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from foundation.api.models import CallCount, IdempotencyRecord
from foundation.api.tasks import forget_idempotency_keys
from foundation.api.tests.factories import api_client
from foundation.books.models import Fund

pytestmark = [pytest.mark.urls("foundation.api.tests.urls")]
URL = "/test/writable/"
BODY = {"code": "cdn", "name": "CDN"}


def at_once(count, call):
    """Call from threads that start together, each with its own connection."""
    barrier = Barrier(count)

    def run(number):
        barrier.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def client(finance):
    return api_client(finance)


def create(client, body=BODY, key="first", **headers):
    return client.post(URL, body, headers={"Idempotency-Key": key, **headers})


def test_a_new_record_answers_where_it_is_and_its_version(client):
    response = client.post(URL, BODY)
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{URL}{response.json()['id']}/"
    assert client.get(response["Location"])["ETag"] == response["ETag"]


def test_the_same_request_again_is_answered_the_same_and_done_once(client):
    first, second = create(client), create(client)
    assert (second.status_code, second.content) == (201, first.content)
    assert second["Location"] == first["Location"]
    assert second["ETag"] == first["ETag"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Fund.objects.count() == 1


def test_the_order_of_fields_is_the_same_request(client):
    create(client)
    assert create(client, dict(reversed(BODY.items())))["Idempotency-Replayed"] == "true"


def test_another_request_with_the_same_key_is_refused(client):
    pk = create(client).json()["id"]
    for response in (
        create(client, {**BODY, "name": "Other"}),
        client.post(f"{URL}{pk}/close/", headers={"Idempotency-Key": "first"}),
    ):
        assert response.status_code == 422
        assert response.json()["errors"][0]["code"] == "idempotency_key_reused"
    assert Fund.objects.get().is_open


def test_a_key_is_ones_own(client, administrator):
    create(client)
    assert create(api_client(administrator), {"code": "other", "name": "O"}).status_code == 201


def test_a_failed_write_is_not_remembered(client):
    assert create(client, {"code": "a b", "name": "A"}).status_code == 400
    assert not IdempotencyRecord.objects.exists()
    assert create(client).status_code == 201


@pytest.mark.parametrize("key", ["", "with space", "ü", "x" * 256])
def test_a_key_must_be_visible_ascii(client, key):
    response = create(client, key=key)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "Idempotency-Key"


def test_a_repetition_is_answered_although_the_version_moved(client):
    created = client.post(URL, BODY)
    headers = {"Idempotency-Key": "close", "If-Match": created["ETag"]}
    url = f"{created['Location']}close/"
    first = client.post(url, headers=headers)
    assert first.status_code == 200
    assert client.post(url, headers=headers).content == first.content


def test_keys_are_forgotten_after_a_day_and_counts_after_a_minute(client):
    create(client)
    create(client, {"code": "b", "name": "B"}, key="second")
    IdempotencyRecord.objects.filter(key="first").update(created_at=timezone.now() - timedelta(hours=25))
    CallCount.objects.create(caller="gone", window=1, calls=5)
    assert forget_idempotency_keys() == "1 keys forgotten"
    assert IdempotencyRecord.objects.get().key == "second"
    assert not CallCount.objects.filter(caller="gone").exists()


@pytest.mark.django_db(transaction=True)
def test_one_key_at_once_gives_one_record_and_one_answer(finance):
    clients = [api_client(finance) for _ in range(4)]
    answers = at_once(4, lambda n: create(clients[n]))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 3
    assert Fund.objects.count() == 1


@pytest.mark.parametrize("stale", ['"1-1"', 'W/"{}"', '"1-1", "nonsense"'])
def test_a_change_of_another_version_is_refused(client, stale):
    created = client.post(URL, BODY)
    tag = stale.format(created["ETag"].strip('"'))
    response = client.patch(created["Location"], {"name": "New"}, headers={"If-Match": tag})
    assert response.status_code == 412
    assert "Read it again" in response.json()["errors"][0]["detail"]
    assert Fund.objects.get().name == "CDN"


@pytest.mark.parametrize("match", ["", "nonsense", "12-17", '"1-1" "1-2"'])
def test_a_version_that_is_none_is_named(client, match):
    created = client.post(URL, BODY)
    response = client.patch(created["Location"], {"name": "New"}, headers={"If-Match": match})
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "If-Match"


@pytest.mark.parametrize("form", ["{}", "*", '"1-1", {}'])
def test_a_change_of_the_version_one_read_is_made(client, form):
    created = client.post(URL, BODY)
    match = form.format(created["ETag"])
    response = client.patch(created["Location"], {"name": "New"}, headers={"If-Match": match})
    assert response.status_code == 200
    assert response.json()["name"] == "New"
    assert response["ETag"] != created["ETag"]


def test_a_change_without_a_version_is_made(client):
    created = client.post(URL, BODY)
    assert client.patch(created["Location"], {"name": "New"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_version_at_once_one_is_refused(finance):
    clients = [api_client(finance) for _ in range(4)]
    created = clients[0].post(URL, BODY)
    answers = at_once(
        4,
        lambda n: clients[n].patch(
            created["Location"], {"name": f"Name {n}"}, headers={"If-Match": created["ETag"]}
        ),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = [answer.json()["name"] for answer in answers if answer.status_code == 200]
    assert Fund.objects.get().name == won
