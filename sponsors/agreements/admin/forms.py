"""What the pages ask: a template's text, where a version comes from, to whom it goes, who signed it."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from foundation.audit.forms import ActionForm, ReasonForm, ServiceForm, autocomplete
from foundation.books.selectors import local_today
from foundation.uploads.forms import PdfField
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion
from sponsors.agreements.rules import Means, Step, TemplateRefused, is_possible, read_template
from sponsors.commitments.models import Amendment, Commitment
from sponsors.directory.models import Contact


class TemplateForm(ServiceForm):
    class Meta:
        model = AgreementTemplate
        fields = ("name", "title", "language", "body", "is_active")
        widgets = {"body": UnfoldAdminTextareaWidget}

    def clean_body(self) -> str:
        """Read the text where it is typed, so that the sentence stands at the field."""
        body: str = self.cleaned_data["body"]
        try:
            read_template(body.replace("\r\n", "\n"))
        except TemplateRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        return body


class PreviewForm(ActionForm):
    commitment = forms.ModelChoiceField(
        Commitment.objects.all(),
        widget=autocomplete(CommitmentDocument, "commitment"),
        help_text="Whose data stands in the preview.",
    )


def _templates() -> "forms.ModelChoiceField[AgreementTemplate]":
    return forms.ModelChoiceField(AgreementTemplate.objects.in_use(), empty_label="Choose a template")


class MakeForm(ActionForm):
    """An agreement made from a template."""

    template = _templates()
    title = forms.CharField(
        max_length=200, required=False, help_text="Its heading. Empty: the title of the template."
    )


class _SourceForm(ActionForm):
    """A file that is here already, or a template to make one from."""

    template = _templates()
    content = PdfField(label="File", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template = self.fields["template"]
        assert isinstance(template, forms.ModelChoiceField)
        template.required = False
        template.empty_label = "None: I upload a PDF"


class AddDocumentForm(_SourceForm):
    kind = forms.ChoiceField(choices=CommitmentDocument.Kind.choices, initial=CommitmentDocument.Kind.OTHER)
    amendment = forms.ModelChoiceField(
        Amendment.objects.none(), required=False, help_text="For the kind amendment: which one."
    )
    title = forms.CharField(max_length=200)
    field_order = ("kind", "amendment", "title", "content", "template")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Commitment)
        amendment = self.fields["amendment"]
        assert isinstance(amendment, forms.ModelChoiceField)
        amendment.queryset = self.obj.amendments.select_related("commitment").order_by("number")


class NewVersionForm(_SourceForm):
    field_order = ("template", "content")


class _VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: DocumentVersion) -> str:
        return f"Version {obj.number} ({obj.get_state_display().lower()})"


class _ContactField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Contact) -> str:
        return f"{obj.name}, {obj.email}" if obj.email else f"{obj.name} (no email address)"


class _VersionForm(ActionForm):
    """Names the version that is meant: somebody may begin another while the page is open."""

    step: Step

    version = _VersionField(DocumentVersion.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, CommitmentDocument)
        self.document = self.obj
        possible = [row.pk for row in self.document.versions.all() if is_possible(row.state, self.step)]
        version = self.fields["version"]
        assert isinstance(version, forms.ModelChoiceField)
        version.queryset = self.document.versions.filter(pk__in=possible).order_by("-number")


class SendForm(_VersionForm):
    step = Step.SEND

    contact = _ContactField(Contact.objects.none(), label="To", empty_label=None)
    means = forms.ChoiceField(
        label="How",
        choices=[
            (Means.BURSAR, "Bursar mails it now, with the PDF"),
            *(
                (means.value, f"I send it myself: {means.label.lower()}")
                for means in Means
                if means != Means.BURSAR
            ),
        ],
    )
    message = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A few words of yours in the mail.",
    )
    field_order = ("version", "contact", "means", "message")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ModelChoiceField)
        contact.queryset = self.document.commitment.sponsor.contacts.present(local_today()).order_by(
            "name", "pk"
        )
        if not contact.queryset.exists():
            sponsor = self.document.commitment.sponsor
            contact.help_text = f"Nobody is known at {sponsor}. Add a contact on its page first."


class SignForm(_VersionForm):
    step = Step.SIGN

    signed_on = forms.DateField(initial=local_today, help_text="The day of the last signature.")
    signed_by = forms.CharField(
        max_length=300, help_text="Who signed, for both sides, such as Ada Lovelace for Acme, Bo Ek for us."
    )
    content = PdfField(label="Signed copy")
    field_order = ("version", "signed_on", "signed_by", "content")


class VoidForm(_VersionForm, ReasonForm):
    step = Step.VOID

    field_order = ("version", "reason")


class AnnulForm(VoidForm):
    step = Step.ANNUL
