"""Who sees documents and templates, and which documents wait for an answer."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Subquery

from sponsors.agreements.rules import VersionState

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion

ANSWER_WAITS = timedelta(days=14)


class TemplateQuerySet(models.QuerySet["AgreementTemplate"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_agreementtemplate") else self.none()

    def in_use(self) -> Self:
        return self.filter(is_active=True)


class DocumentQuerySet(models.QuerySet["CommitmentDocument"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_commitmentdocument") else self.none()

    def with_current(self) -> Self:
        """Add number, state and day of sending of the last version, which is the one that counts."""
        versions = self.model._meta.get_field("versions").related_model
        last = versions._default_manager.filter(document=OuterRef("pk")).order_by("-number")
        return self.annotate(
            version=Subquery(last.values("number")[:1]),
            state=Subquery(last.values("state")[:1]),
            sent_on=Subquery(last.values("sent_on")[:1]),
        )

    def unanswered(self, today: date) -> Self:
        """Sent more than 14 days ago, and neither signed nor voided; the longest first."""
        waiting = self.with_current().filter(state=VersionState.SENT, sent_on__lt=today - ANSWER_WAITS)
        return waiting.order_by("sent_on", "pk")


class VersionQuerySet(models.QuerySet["DocumentVersion"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_commitmentdocument") else self.none()
