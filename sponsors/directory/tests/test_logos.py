import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from foundation.uploads.rules import UploadRefused
from foundation.uploads.tests.pictures import drawing, pixels
from sponsors.directory.rules import SponsorIsMerged
from sponsors.directory.services import remove_logo, set_logo
from sponsors.directory.tests.factories import SponsorFactory


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_logo_is_kept_under_a_name_nobody_can_guess(fundraiser):
    sponsor = set_logo(actor=fundraiser, sponsor=SponsorFactory(), content=pixels())
    again = set_logo(actor=fundraiser, sponsor=SponsorFactory(), content=pixels())
    assert str(sponsor.logo).startswith("logos/")
    assert str(sponsor.logo) != str(again.logo)
    assert len(str(sponsor.logo)) == len("logos/.png") + 32
    assert default_storage.exists(str(sponsor.logo))
    assert not sponsor.logo_on_dark


def test_a_new_logo_takes_the_place_of_the_old_one(fundraiser, django_capture_on_commit_callbacks):
    sponsor = set_logo(actor=fundraiser, sponsor=SponsorFactory(), content=pixels())
    old = str(sponsor.logo)
    with django_capture_on_commit_callbacks(execute=True):
        sponsor = set_logo(actor=fundraiser, sponsor=sponsor, content=drawing())
    assert str(sponsor.logo).endswith(".svg")
    assert not default_storage.exists(old)
    with django_capture_on_commit_callbacks(execute=True):
        sponsor = remove_logo(actor=fundraiser, sponsor=sponsor)
    assert not sponsor.logo
    assert not (default_storage.listdir("logos")[1])
    assert not remove_logo(actor=fundraiser, sponsor=sponsor).logo


def test_a_logo_that_is_refused_leaves_the_old_one(fundraiser):
    sponsor = set_logo(actor=fundraiser, sponsor=SponsorFactory(), content=pixels(), on_dark=True)
    with pytest.raises(UploadRefused) as refused:
        set_logo(actor=fundraiser, sponsor=sponsor, content=b"nothing", on_dark=True)
    assert refused.value.field == "logo_on_dark"
    sponsor.refresh_from_db()
    assert default_storage.exists(str(sponsor.logo_on_dark))


def test_a_merged_sponsor_gets_no_logo(fundraiser):
    absorbed = SponsorFactory(merged_into=SponsorFactory())
    with pytest.raises(SponsorIsMerged):
        set_logo(actor=fundraiser, sponsor=absorbed, content=pixels())
    assert not default_storage.exists("logos")


def test_a_logo_is_shown_safely_to_those_who_may_see_the_sponsor(fundraiser, auditor, signed_in):
    sponsor = set_logo(actor=fundraiser, sponsor=SponsorFactory(slug="acme"), content=drawing())
    answer = signed_in(auditor).get(reverse("sponsor_logo", args=["acme"]))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == sponsor.logo.open().read()
    sponsor.logo.close()
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert answer["Content-Disposition"] == 'inline; filename="acme-logo.svg"'


def test_the_logo_for_dark_backgrounds_has_its_own_address(fundraiser, signed_in):
    set_logo(actor=fundraiser, sponsor=SponsorFactory(slug="acme"), content=pixels(), on_dark=True)
    client = signed_in(fundraiser)
    answer = client.get(reverse("sponsor_logo_on_dark", args=["acme"]))
    assert answer["Content-Disposition"] == 'inline; filename="acme-logo-on-dark.png"'
    assert b"".join(answer.streaming_content) == pixels()
    assert client.get(reverse("sponsor_logo", args=["acme"])).status_code == 404


def test_nobody_else_sees_a_logo(fundraiser, outsider, reviewer, signed_in, client):
    set_logo(actor=fundraiser, sponsor=SponsorFactory(slug="acme"), content=pixels())
    address = reverse("sponsor_logo", args=["acme"])
    assert client.get(address).status_code == 302
    for person in (outsider, reviewer):
        assert signed_in(person).get(address).status_code == 404
    assert signed_in(fundraiser).post(address).status_code == 405


def test_a_logo_whose_file_is_gone_is_not_found(fundraiser, signed_in):
    sponsor = set_logo(actor=fundraiser, sponsor=SponsorFactory(slug="acme"), content=pixels())
    default_storage.delete(str(sponsor.logo))
    assert signed_in(fundraiser).get(reverse("sponsor_logo", args=["acme"])).status_code == 404
