"""Who may call what of sponsors, contacts and interactions."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.uploads.tests.pictures import drawing
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from tests.api_rows import Row

_SPONSORS: dict[str, Any] = {
    "roles": frozenset(
        {Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR}
    )
}
_FUNDRAISERS: dict[str, Any] = {"roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING})}
_SPONSORS_READ, _SPONSORS_WRITE = Scope.SPONSORS_READ, Scope.SPONSORS_WRITE
_CONTACTS_READ, _CONTACTS_WRITE = Scope.CONTACTS_READ, Scope.CONTACTS_WRITE
_LOGGERS: dict[str, Any] = {
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE})
}


def _sponsor(_user: User) -> Model:
    made: Model = SponsorFactory.create()
    return made


def _contact(_user: User) -> Model:
    made: Model = ContactFactory.create()
    return made


def _interaction(_user: User) -> Model:
    made: Model = InteractionFactory.create(next_step="Call back")
    return made


def _done_interaction(_user: User) -> Model:
    made: Model = InteractionFactory.create(next_step="Call back", next_step_done_on=date(2026, 3, 3))
    return made


def _many_interactions(_user: User, count: int) -> None:
    for _ in range(count):
        contact = ContactFactory.create()
        InteractionFactory.create(sponsor=contact.sponsor, contacts=[contact])


DIRECTORY: dict[str, Row] = {
    "GET /api/v1/sponsors/": Row(
        **_SPONSORS,
        scope=_SPONSORS_READ,
        many=lambda user, n: SponsorFactory.create_batch(n, account_manager=user),
    ),
    "POST /api/v1/sponsors/": Row(
        **_FUNDRAISERS, scope=_SPONSORS_WRITE, status=201, body=lambda _: {"name": "Acme"}
    ),
    "GET /api/v1/sponsors/{pk}/": Row(**_SPONSORS, scope=_SPONSORS_READ, record=_sponsor),
    "PATCH /api/v1/sponsors/{pk}/": Row(
        **_FUNDRAISERS, scope=_SPONSORS_WRITE, record=_sponsor, body=lambda _: {"name": "Acme"}
    ),
    "POST /api/v1/sponsors/{pk}/merge/": Row(
        **_FUNDRAISERS,
        scope=_SPONSORS_WRITE,
        record=_sponsor,
        body=lambda user: {"into": _sponsor(user).pk, "reason": "The same."},
    ),
    "POST /api/v1/sponsors/{pk}/logo/": Row(
        **_FUNDRAISERS,
        scope=_SPONSORS_WRITE,
        record=_sponsor,
        upload=True,
        body=lambda _: {"file": SimpleUploadedFile("logo.svg", drawing())},
    ),
    "POST /api/v1/sponsors/{pk}/remove-logo/": Row(**_FUNDRAISERS, scope=_SPONSORS_WRITE, record=_sponsor),
    "GET /api/v1/contacts/": Row(
        **_SPONSORS, scope=_CONTACTS_READ, many=lambda _, n: ContactFactory.create_batch(n)
    ),
    "POST /api/v1/contacts/": Row(
        **_FUNDRAISERS,
        scope=_CONTACTS_WRITE,
        status=201,
        body=lambda user: {"sponsor": _sponsor(user).pk, "name": "Grace"},
    ),
    "GET /api/v1/contacts/{pk}/": Row(**_SPONSORS, scope=_CONTACTS_READ, record=_contact),
    "PATCH /api/v1/contacts/{pk}/": Row(
        **_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_contact, body=lambda _: {"title": "CTO"}
    ),
    "POST /api/v1/contacts/{pk}/leave/": Row(
        **_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_contact, body=lambda _: {"left_on": "2026-03-02"}
    ),
    "POST /api/v1/contacts/{pk}/return/": Row(**_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_contact),
    "GET /api/v1/interactions/": Row(**_SPONSORS, scope=_CONTACTS_READ, many=_many_interactions),
    "POST /api/v1/interactions/": Row(
        **_LOGGERS,
        scope=_CONTACTS_WRITE,
        status=201,
        body=lambda user: {
            "sponsor": _sponsor(user).pk,
            "kind": "call",
            "occurred_at": "2026-03-02T15:30:00Z",
            "summary": "Hello",
        },
    ),
    "GET /api/v1/interactions/{pk}/": Row(**_SPONSORS, scope=_CONTACTS_READ, record=_interaction),
    "PATCH /api/v1/interactions/{pk}/": Row(
        **_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_interaction, body=lambda _: {"summary": "Hi"}
    ),
    "POST /api/v1/interactions/{pk}/complete/": Row(
        **_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_interaction, body=lambda _: {"done_on": "2026-03-02"}
    ),
    "POST /api/v1/interactions/{pk}/reopen/": Row(
        **_FUNDRAISERS, scope=_CONTACTS_WRITE, record=_done_interaction
    ),
}
