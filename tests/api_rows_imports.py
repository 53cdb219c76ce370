"""Who may call what of imports."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.imports.models import ImportFault, ImportRun, ImportStep
from foundation.imports.tests.factories import checked
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from tests.api_rows import Row

_READS: dict[str, Any] = {
    "scope": Scope.IMPORTS_READ,
    "also": (Scope.SPONSORS_READ, Scope.CONTACTS_READ),
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.AUDITOR}),
}
_WRITES: dict[str, Any] = {
    "scope": Scope.IMPORTS_WRITE,
    "also": (Scope.SPONSORS_WRITE, Scope.CONTACTS_WRITE),
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING}),
}


def _import(_user: User, content: bytes = b"name\nAcme\n") -> ImportRun:
    person = User.objects.filter(email="ida@foundation.example").first()
    return checked(person or make_user("Ida Importer", Role.FUNDRAISING), content)


def _imports(user: User, count: int) -> None:
    first = ImportRun.objects.count()
    for number in range(first, first + count):
        _import(user, b"name\nAcme %d\n" % number)


def _faults(run: ImportRun, count: int) -> None:
    for line in range(count):
        ImportFault.objects.create(run=run, line=line, column="name", sentence="The name is missing.")


def _steps(run: ImportRun, count: int) -> None:
    for line in range(count):
        ImportStep.objects.create(run=run, line=line, outcome="add", title="Acme", reference="acme")


IMPORTS: dict[str, Row] = {
    "GET /api/v1/imports/": Row(**_READS, many=_imports),
    "POST /api/v1/imports/": Row(
        **_WRITES,
        status=201,
        upload=True,
        body=lambda _: {"kind": "sponsors", "file": SimpleUploadedFile("a.csv", b"name\nAcme\n")},
    ),
    "GET /api/v1/imports/{pk}/": Row(**_READS, record=_import),
    "POST /api/v1/imports/{pk}/apply/": Row(**_WRITES, record=_import),
    "POST /api/v1/imports/{pk}/discard/": Row(**_WRITES, record=_import),
    "GET /api/v1/imports/{pk}/faults/": Row(**_READS, record=_import, many=_faults),
    "GET /api/v1/imports/{pk}/steps/": Row(**_READS, record=_import, many=_steps),
}
