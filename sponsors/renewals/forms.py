"""What people fill in on their own pages."""

from django import forms

from sponsors.renewals.rules.calendars import LONGEST_NAME


class CalendarForm(forms.Form):
    name = forms.CharField(
        label="What will read it",
        max_length=LONGEST_NAME,
        help_text="Such as phone or mail program. Give each an address of its own.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
