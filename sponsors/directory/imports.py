"""Sponsors as a kind of import: its columns, and how its rows are planned."""

from foundation.api.scopes import Scope
from foundation.imports.kinds import ImportKind
from foundation.imports.rules import Column
from sponsors.directory.services.importing import plan_sponsors
from sponsors.directory.services.sponsors import hold_directory

COLUMNS = (
    Column("name", "The name as the public sees it. Required.", required=True, example="Example Cloud"),
    Column("legal_name", "The name as it stands in agreements.", example="Example Cloud, Inc."),
    Column(
        "slug",
        "Names the sponsor for ever. With a slug that exists, that sponsor is changed; empty cells leave what is known.",
        example="example-cloud",
    ),
    Column("website", "A web address.", example="https://www.example.com"),
    Column("country", "Two letters (ISO 3166-1), such as US or DE.", example="US"),
    Column("tax_id", "The tax number."),
    Column("parent_slug", "The slug of the organization it belongs to, here or in this file."),
    Column("description", "One or two sentences for public lists.", example="Hosting for everyone."),
    Column("account_manager", "The email address of the colleague who looks after it."),
    Column("notes", "Internal notes.", example="Met at the conference."),
    Column(
        "contact_name",
        "A person there. A contact is found by its address and changed, or added.",
        example="Grace Example",
    ),
    Column("contact_email", "The person's email address.", example="grace@example.com"),
    Column(
        "contact_roles",
        "One or several of primary, billing, marketing, technical, legal, with commas between.",
        example="primary, billing",
    ),
)

SPONSORS = ImportKind(
    name="sponsors",
    label="Sponsors",
    noun="sponsor",
    permission="sponsors.import_sponsor",
    sees=("sponsors.view_sponsor", "sponsors.view_contact"),
    read_scopes=(Scope.SPONSORS_READ, Scope.CONTACTS_READ),
    write_scopes=(Scope.SPONSORS_WRITE, Scope.CONTACTS_WRITE),
    action="sponsor.import",
    columns=COLUMNS,
    plan=plan_sponsors,
    hold=hold_directory,
)
