"""Templates of agreements, the documents of commitments, and the versions of each."""

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.audit.models import Record, tracked
from foundation.documents.models import Document
from sponsors.agreements import triggers
from sponsors.agreements.querysets import DocumentQuerySet, TemplateQuerySet, VersionQuerySet
from sponsors.agreements.rules import OPEN, Language, Means, VersionState
from sponsors.commitments.models import Amendment, Commitment
from sponsors.directory.models import Contact

if TYPE_CHECKING:
    from sponsors.agreements.selectors import StoppedMail


@tracked()
class AgreementTemplate(Record):
    """A text that agreements are made from; see `rules.templates` for what it may hold.

    `version` is counted by the database whenever title, text or language change. What was made before
    keeps the number of the version that made it, and history shows each.
    """

    name = models.CharField(max_length=100, unique=True, help_text="What staff call it.")
    title = models.CharField(
        max_length=200, help_text="The heading of the agreement, such as Sponsorship agreement."
    )
    language = models.CharField(max_length=5, choices=Language.choices, default=Language.ENGLISH)
    body = models.TextField("text")
    version = models.PositiveIntegerField(db_default=1, editable=False)
    is_active = models.BooleanField("in use", default=True, help_text="Offered when an agreement is made.")

    objects = TemplateQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ("view", "add", "change")
        triggers = [*Record.Meta.triggers, *triggers.template_is_counted()]

    def __str__(self) -> str:
        return self.name


@tracked()
class CommitmentDocument(Record):
    """A paper of a commitment, in numbered versions; the last version is the one that counts."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", "Agreement"
        AMENDMENT = "amendment", "Amendment"
        OTHER = "other", "Other"

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    amendment = models.ForeignKey(
        Amendment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        help_text="Which amendment it puts in writing.",
    )

    objects = DocumentQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_current
        version: int
        state: str
        sent_on: date | None

    class Meta(Record.Meta):
        verbose_name = "document"
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("send_commitmentdocument", "Can send a document to the sponsor and void an unsigned one")
        ]
        triggers = [*Record.Meta.triggers, *triggers.document_is_kept()]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="amendment", amendment__isnull=False)
                | (~Q(kind="amendment") & Q(amendment=None)),
                name="document_of_an_amendment_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.number} {self.title}"


@tracked()
class DocumentVersion(Record):
    """One version of a document: a file, and what became of it.

    `facts` is what the template was filled with, by name; empty for a file from outside.
    """

    document = models.ForeignKey(CommitmentDocument, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("version")
    state = models.CharField(
        max_length=10, choices=VersionState.choices, default=VersionState.DRAFT, editable=False
    )
    file = models.OneToOneField(Document, models.PROTECT, related_name="+")
    template = models.ForeignKey(
        AgreementTemplate, models.PROTECT, null=True, blank=True, related_name="versions"
    )
    template_version = models.PositiveIntegerField("version of the template", null=True, blank=True)
    facts = models.JSONField(default=dict, editable=False)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    begun_on = models.DateField()
    sent_on = models.DateField(null=True, help_text="When it was sent last.")
    sent_to = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="documents_sent")
    sent_address = models.EmailField(blank=True, help_text="The address to which Bursar mailed it.")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    means = models.CharField("sent by", max_length=10, choices=Means.choices, blank=True)
    signed_on = models.DateField(null=True, help_text="The day of the last signature.")
    signed_by = models.CharField(max_length=300, blank=True, help_text="Who signed, for both sides.")
    signed_copy = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voided_on = models.DateField(null=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    void_reason = models.CharField("reason", max_length=300, blank=True)

    objects = VersionQuerySet.as_manager()

    if TYPE_CHECKING:  # added by the page
        stopped_mail: "StoppedMail | None"

    class Meta(Record.Meta):
        verbose_name = "version"
        ordering = ["document", "-number"]
        default_permissions = ()
        triggers = [
            *Record.Meta.triggers,
            *triggers.version_is_kept(),
            triggers.document_follows_its_versions(),
        ]
        indexes = [models.Index(fields=["state", "sent_on"], name="version_by_state_and_sending")]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_is_unique"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state__in=sorted(OPEN)), name="one_open_version_a_document"
            ),
            models.CheckConstraint(
                condition=Q(template=None, template_version=None)
                | Q(template__isnull=False, template_version__isnull=False),
                name="version_names_its_template_whole",
            ),
            models.CheckConstraint(
                condition=Q(sent_on=None, sent_to=None, sent_by=None, means="")
                | (Q(sent_on__isnull=False, sent_to__isnull=False, sent_by__isnull=False) & ~Q(means="")),
                name="sending_is_told_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=VersionState.SENT) | Q(sent_on__isnull=False),
                name="sent_version_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(signed_on=None, signed_copy=None, recorded_by=None, signed_by="")
                | (
                    Q(signed_on__isnull=False, signed_copy__isnull=False, recorded_by__isnull=False)
                    & ~Q(signed_by="")
                ),
                name="signature_is_told_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state=VersionState.SIGNED) & Q(signed_on__isnull=False))
                | Q(state=VersionState.VOIDED)
                | (Q(state__in=sorted(OPEN)) & Q(signed_on=None)),
                name="signed_version_has_a_signature",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=VersionState.VOIDED, voided_on__isnull=False, voided_by__isnull=False)
                    & ~Q(void_reason="")
                )
                | (~Q(state=VersionState.VOIDED) & Q(voided_on=None, voided_by=None, void_reason="")),
                name="voided_version_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} version {self.number}"
