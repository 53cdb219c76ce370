"""Forms of the directory's pages; the services check what they are given."""

from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from foundation.audit.forms import ActionForm, ReasonForm, ServiceForm, autocomplete
from foundation.books.selectors import local_today
from foundation.people.models import User
from foundation.uploads.forms import FileInput
from foundation.uploads.images import LARGEST_PICTURE
from foundation.uploads.rules import UploadRefused, read_within
from sponsors.directory.models import Contact, Interaction, Sponsor


def _colleagues(form: ServiceForm, name: str) -> None:
    field = form.fields.get(name)
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = User.objects.colleagues()


class SponsorForm(ServiceForm):
    # Plain text: "acme.org" is an address too, and the service adds what is missing.
    website = forms.CharField(
        required=False, max_length=200, widget=UnfoldAdminTextInputWidget, help_text="Such as acme.org."
    )
    confirmed_distinct = forms.BooleanField(
        label="Another organization",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Only when Bursar says that the name exists: this is a different organization.",
    )

    class Meta:
        model = Sponsor
        fields = (
            "name",
            "legal_name",
            "slug",
            "website",
            "country",
            "tax_id",
            "parent",
            "description",
            "account_manager",
            "foundations_supported",
            "left_a_foundation",
            "notes",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _colleagues(self, "account_manager")
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "Empty: made from the name. It stays for ever."


class ContactForm(ServiceForm):
    roles = forms.MultipleChoiceField(
        choices=Contact.Role.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Contact
        fields = ("sponsor", "name", "email", "phone", "title", "roles", "notes")


class InteractionForm(ServiceForm):
    class Meta:
        model = Interaction
        fields = (
            "sponsor",
            "kind",
            "occurred_at",
            "contacts",
            "by",
            "summary",
            "next_step",
            "next_step_due",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _colleagues(self, "by")
        if "occurred_at" in self.fields:
            self.fields[
                "occurred_at"
            ].help_text = f"In the foundation's time, {timezone.get_current_timezone_name()}."
            if not self.instance.pk:
                self.initial.setdefault("occurred_at", timezone.now())


class MergeForm(ReasonForm):
    into = forms.ModelChoiceField(
        Sponsor.objects.current(), label="Merge into", help_text="The sponsor that is kept."
    )
    field_order = ("into", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)
        widget = autocomplete(Sponsor, "parent")
        widget.choices = field.choices
        field.widget = widget


class LogoForm(ActionForm):
    file = forms.FileField(
        widget=FileInput({"accept": ".svg,.png,.jpg,.jpeg,.webp"}),
        help_text="SVG, PNG, JPEG or WebP, at most 2 MB and 4000 by 4000 pixels.",
    )
    on_dark = forms.BooleanField(
        label="For dark backgrounds", required=False, help_text="Keeps the other logo as it is."
    )

    def clean_file(self) -> bytes:
        return _content(self.cleaned_data["file"], LARGEST_PICTURE)


class RemoveLogoForm(ActionForm):
    on_dark = forms.BooleanField(
        label="The one for dark backgrounds", required=False, help_text="Else the plain one is removed."
    )


class LeaveForm(ActionForm):
    left_on = forms.DateField(label="Left on", initial=local_today)


class DoneForm(ActionForm):
    done_on = forms.DateField(label="Done on", initial=local_today)


def _content(file: Any, limit: int) -> bytes:
    """Return what was uploaded; the sentence of a refusal becomes the field's error."""
    try:
        return read_within(file, limit=limit)
    except UploadRefused as refused:
        raise forms.ValidationError(refused.message, code=refused.code) from refused
