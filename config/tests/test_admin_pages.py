"""Pages of the admin site list all models only where they show them."""

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
