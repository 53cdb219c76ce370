"""An address with a key that no row can have leads nowhere, and never to an error page."""

import pytest
from django.contrib import admin

from foundation.audit.admin import BursarAdmin

pytestmark = pytest.mark.django_db

LABELS = sorted(
    model._meta.label_lower for model, page in admin.site._registry.items() if isinstance(page, BursarAdmin)
)
IMPOSSIBLE = ["%00", "1%00", "_00", "abc", "9" * 40, "-1", "%F0%9F%92%B8", "%ED%A0%80"]


# All pages read keys by the same code: each page is given two, and each key to several pages.
TRIED = [
    (label, [IMPOSSIBLE[(number + step) % len(IMPOSSIBLE)] for step in (0, 3)])
    for number, label in enumerate(LABELS)
]


@pytest.mark.parametrize(("label", "keys"), TRIED, ids=LABELS)
def test_impossible_keys_are_not_found(signed_in, administrator, label, keys):
    client = signed_in(administrator)
    page = f"/admin/{label.replace('.', '/')}/"
    for key in keys:
        change = client.get(f"{page}{key}/change/")
        assert (change.status_code, change.get("Location")) == (302, "/admin/"), key
        assert client.get(f"{page}{key}/history/").status_code == 404, key
        assert client.get(f"{page}{key}/delete/").status_code in {302, 403}, key


def test_actions_on_impossible_keys_are_not_found(signed_in, administrator):
    client = signed_in(administrator)
    for key in IMPOSSIBLE:
        assert client.get(f"/admin/foundation/user/{key}/do/set-roles/").status_code == 404, key
