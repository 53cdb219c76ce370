"""Pages of the admin site list all models only where they show them, and fetch the words of scripts once."""

import pytest
from django.utils.functional import empty

pytestmark = pytest.mark.django_db


def test_a_list_asks_for_no_rights_to_all_models(signed_in, finance):
    page = signed_in(finance).get("/admin/sponsors/sponsor/")
    assert page.context["available_apps"]._wrapped is empty


def test_the_page_of_an_app_lists_the_models_that_one_may_open(signed_in, finance):
    listed = signed_in(finance).get("/admin/sponsors/").content.decode()
    assert "/admin/sponsors/sponsor/add/" not in listed
    assert "/admin/sponsors/receipt/add/" in listed


def test_an_app_without_models_has_no_page(signed_in, finance):
    assert signed_in(finance).get("/admin/nothing/").status_code == 404


def test_a_browser_keeps_the_words_of_scripts_for_whom_it_fetched_them(signed_in, finance):
    words = signed_in(finance).get("/admin/jsi18n/")
    assert b"gettext" in words.content
    assert set(words["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert "Cookie" in words["Vary"]


def test_words_of_scripts_are_refused_to_strangers_and_that_is_not_kept(client):
    refused = client.get("/admin/jsi18n/")
    assert refused.status_code == 302
    assert "max-age=3600" not in refused.headers.get("Cache-Control", "")
