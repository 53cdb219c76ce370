import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.tests.factories import api_client
from foundation.uploads.rules import MEGABYTE
from foundation.uploads.tests.pictures import drawing, pixels
from sponsors.directory.services import merge_sponsors
from sponsors.directory.tests.factories import SponsorFactory


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def api(fundraiser):
    return api_client(fundraiser)


@pytest.fixture
def sponsor(db):
    return SponsorFactory(slug="acme")


def send(client, sponsor, content, headers=None, **fields):
    body = {"file": SimpleUploadedFile("logo", content), **fields}
    return client.post(f"/api/v1/sponsors/{sponsor.pk}/logo/", body, format="multipart", headers=headers)


def remove(client, sponsor, **body):
    return client.post(f"/api/v1/sponsors/{sponsor.pk}/remove-logo/", body, format="json")


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def test_a_logo_is_set_and_removed(api, sponsor):
    kept = send(api, sponsor, pixels())
    assert kept.status_code == 200, kept.json()
    assert kept.json()["logo"].endswith("/sponsors/acme/logo/")
    sponsor.refresh_from_db()
    assert default_storage.exists(str(sponsor.logo))
    removed = remove(api, sponsor)
    assert (removed.status_code, removed.json()["logo"]) == (200, None)
    assert remove(api, sponsor).status_code == 200


def test_the_logo_for_dark_backgrounds_is_another(api, sponsor):
    send(api, sponsor, pixels())
    both = send(api, sponsor, drawing(), which="logo_on_dark").json()
    assert both["logo"]
    assert both["logo_on_dark"]
    left = remove(api, sponsor, which="logo_on_dark").json()
    assert left["logo"]
    assert left["logo_on_dark"] is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"x" * (2 * MEGABYTE + 1), "file_too_large"),
        (b"no picture", "not_a_picture"),
        (pixels("PNG", (600, 600))[:-40], "picture_damaged"),
        (drawing("<script/>"), "svg_refused"),
    ],
    ids=["empty", "large", "text", "damaged", "script"],
)
def test_what_is_no_picture_is_refused_at_the_file(api, sponsor, content, code):
    answer = send(api, sponsor, content)
    assert (answer.status_code, errors(answer)) == (400, [(code, "file")])
    sponsor.refresh_from_db()
    assert not sponsor.logo


def test_the_same_picture_under_one_key_is_kept_once(api, sponsor):
    key = {"Idempotency-Key": "logo-1"}
    first = send(api, sponsor, pixels(), headers=key)
    again = send(api, sponsor, pixels(), headers=key)
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert send(api, sponsor, drawing(), headers=key).status_code == 422
    assert len(default_storage.listdir("logos")[1]) == 1


def test_an_old_version_gets_no_logo(api, sponsor):
    version = api.get(f"/api/v1/sponsors/{sponsor.pk}/")["ETag"]
    api.patch(f"/api/v1/sponsors/{sponsor.pk}/", {"notes": "newer"}, format="json")
    assert send(api, sponsor, pixels(), headers={"If-Match": version}).status_code == 412


def test_a_merged_sponsor_gets_no_logo(api, sponsor, fundraiser):
    merge_sponsors(actor=fundraiser, kept=SponsorFactory(), absorbed=sponsor, reason="The same.")
    assert send(api, sponsor, pixels()).status_code == 409
