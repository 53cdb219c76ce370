"""The columns that sponsors, contacts and interactions are exported with."""

from typing import Any

from import_export.fields import Field

from foundation.exports.files import ExportResource


class SponsorResource(ExportResource):
    """Rows of `with_standing`, with parent and account manager joined. Internal notes stay inside."""

    slug = Field("slug", "slug")
    name = Field("name", "name")
    legal_name = Field("legal_name", "legal name")
    standing = Field("standing", "standing")
    website = Field("website", "website")
    country = Field("country", "country")
    tax_id = Field("tax_id", "tax ID")
    parent = Field("parent__slug", "parent slug")
    description = Field("description", "description")
    account_manager = Field("account_manager__name", "account manager")
    foundations_supported = Field("foundations_supported", "other foundations supported")
    left_a_foundation = Field("left_a_foundation", "left another foundation")


class ContactResource(ExportResource):
    sponsor = Field("sponsor__name", "sponsor")
    sponsor_slug = Field("sponsor__slug", "sponsor slug")
    name = Field("name", "name")
    email = Field("email", "email")
    phone = Field("phone", "phone")
    title = Field("title", "title")
    roles = Field("roles", "roles")
    left_on = Field("left_on", "left on")

    def dehydrate_roles(self, row: Any) -> str:
        return ", ".join(row.roles)


class InteractionResource(ExportResource):
    occurred_at = Field("occurred_at", "when")
    sponsor = Field("sponsor__name", "sponsor")
    kind = Field("kind", "kind")
    by = Field("by__name", "by")
    summary = Field("summary", "summary")
    next_step = Field("next_step", "next step")
    next_step_due = Field("next_step_due", "next step due")
    next_step_done_on = Field("next_step_done_on", "next step done on")
