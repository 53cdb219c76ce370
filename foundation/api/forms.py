"""What people choose when they make a token."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.db.models import Q

from foundation.api.scopes import Scope
from foundation.people.models import User

LIVES = {30: "30 days", 90: "90 days", 365: "one year"}


class TokenForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label="For whom",
        help_text="Yourself or a service account: the token has its permissions. Other people make their own.",
    )
    name = forms.CharField(
        label="What will use it",
        max_length=80,
        help_text="Such as website or ledger import. Give each program a token of its own.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope.value, f"{scope.value}: {scope.label}") for scope in Scope],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text="Choose as little as will do. A token never exceeds what your own roles allow: "
        "more scopes than that are harmless and useless.",
        error_messages={"required": "Choose at least one scope: a token without any can do nothing."},
    )
    days = forms.TypedChoiceField(
        label="How long it works", choices=list(LIVES.items()), coerce=int, initial=90
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if person.has_perm("foundation.manage_apitoken"):
            owner = cast("forms.ModelChoiceField[User]", self.fields["owner"])
            owner.queryset = User.objects.active().filter(Q(pk=person.pk) | Q(is_service=True))
            owner.initial = person
        else:
            del self.fields["owner"]

    def chosen_owner(self) -> User:
        """Return who the token is for: only an administrator chooses."""
        chosen: User = self.cleaned_data.get("owner", self.person)
        return chosen

    def life(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
