"""The list of holidays."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ServiceForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.holidays import add_holidays, change_holiday, holidays_in, remove_holiday
from foundation.books.models import Holiday

if TYPE_CHECKING:
    from foundation.people.models import User


class HolidayForm(ServiceForm):
    class Meta:
        model = Holiday
        fields = ("day", "name")


class HolidaysForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    days = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text="One a line, such as 2026-12-25 Christmas Day. A day that is there already gets the name given here.",
    )

    class Meta:
        model = Holiday
        fields = ()

    def _post_clean(self) -> None:
        """Nothing of a row is known before the service has read the lines."""


def _remove(actor: "User", holiday: Holiday, _data: dict[str, Any]) -> Outcome:
    day = str(holiday)
    remove_holiday(actor=actor, holiday=holiday)
    return Outcome(message=f"{day} is no holiday any more.", to_list=True)


@admin.register(Holiday)
class HolidayAdmin(BursarAdmin):
    """Added as lines, as calendars of authorities give them."""

    empty_list = (
        "Days on which nobody works, beside Saturdays and Sundays: times to respond are counted without them. Add those of "
        "a year at once, one a line."
    )
    form = HolidayForm
    add_label = "Add holidays"
    list_display = ("day", "weekday", "name")
    list_filter = (("day", RangeDateFilter),)
    search_fields = ("name",)
    search_help_text = "Name"
    ordering = ("-day",)
    object_actions = (
        ObjectAction(
            name="remove",
            label="Remove",
            permission="foundation.delete_holiday",
            call=_remove,
            icon="delete",
            danger=True,
            description="From now on it counts as a working day, unless it is a Saturday or Sunday.",
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = HolidaysForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        return ((None, {"fields": ("day", "name") if obj else ("days",)}),)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Holiday:
        if change:
            return change_holiday(actor=actor_of(request), holiday=obj, **form.cleaned_data)
        days = holidays_in(form.cleaned_data["days"])
        add_holidays(actor=actor_of(request), days=days)
        return Holiday.objects.get(day=days[0][0])

    @admin.display(description="Weekday")
    def weekday(self, holiday: Holiday) -> str:
        return f"{holiday.day:%A}"
