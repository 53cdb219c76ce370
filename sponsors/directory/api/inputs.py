"""What the endpoints of the directory take."""

from typing import Any

from rest_framework import serializers

from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.people.models import User
from sponsors.directory.countries import NO_COUNTRY, country_choices
from sponsors.directory.models import Contact, Interaction, Sponsor

LOGO_ON_DARK = "logo_on_dark"


def _text(longest: int | None = None, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=longest, allow_blank=True, required=False, **kwargs)


def _colleague() -> serializers.PrimaryKeyRelatedField[User]:
    """Return the number of a person who may sign in; not every caller may list people."""
    return serializers.PrimaryKeyRelatedField(
        queryset=User.objects.colleagues(), required=False, allow_null=True
    )


class SponsorChangeInput(StrictInput):
    name = serializers.CharField(max_length=200)
    legal_name = _text(200)
    website = _text(200, help_text="A web address; https:// may be left out.")
    country = serializers.ChoiceField(
        choices=country_choices(),
        allow_blank=True,
        required=False,
        error_messages={"invalid_choice": NO_COUNTRY.format("{input}")},
    )
    tax_id = _text(40)
    parent = VisibleRecord(  # type: ignore[assignment]  # the metaclass takes it out of the class
        queryset=Sponsor.objects.all(), required=False, allow_null=True
    )
    description = _text()
    notes = _text(help_text="Internal; shown only to those who may change sponsors.")
    account_manager = _colleague()
    foundations_supported = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=32_767,
        help_text="How many other foundations it supports now; null: nobody looked.",
    )
    left_a_foundation = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether it ended its support of another foundation in the last few years; null: nobody looked.",
    )
    confirmed_distinct = serializers.BooleanField(
        required=False, help_text="True when another sponsor of the same name is a different organization."
    )


class SponsorInput(SponsorChangeInput):
    slug = _text(80, help_text="Stays for ever; made from the name when left out.")


class MergeInput(StrictInput):
    into = VisibleRecord(queryset=Sponsor.objects.all(), help_text="The sponsor that is kept.")
    reason = serializers.CharField(max_length=300)


class RemoveLogoInput(StrictInput):
    which = serializers.ChoiceField(
        choices=["logo", LOGO_ON_DARK], default="logo", help_text="The logo, or the one for dark backgrounds."
    )


class LogoInput(RemoveLogoInput):
    file = serializers.FileField(
        allow_empty_file=True, help_text="SVG, PNG, JPEG or WebP, at most 2 MB and 4000 by 4000 pixels."
    )


class ContactChangeInput(StrictInput):
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    phone = _text(40)
    title = _text(120)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Contact.Role.choices), required=False)
    notes = _text()


class ContactInput(ContactChangeInput):
    sponsor = VisibleRecord(queryset=Sponsor.objects.all())


class LeaveInput(StrictInput):
    left_on = serializers.DateField()


class InteractionChangeInput(StrictInput):
    kind = serializers.ChoiceField(choices=Interaction.Kind.choices)
    occurred_at = serializers.DateTimeField()
    contacts = VisibleRecord(queryset=Contact.objects.all(), many=True, required=False)
    by = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.colleagues(),
        required=False,
        help_text="The number of a colleague; whoever calls when left out.",
    )
    summary = serializers.CharField()
    next_step = _text(200)
    next_step_due = serializers.DateField(required=False, allow_null=True)


class InteractionInput(InteractionChangeInput):
    sponsor = VisibleRecord(queryset=Sponsor.objects.all())


class DoneInput(StrictInput):
    done_on = serializers.DateField()
