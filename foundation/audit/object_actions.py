"""Named actions of admin pages: a button, a page that says what will happen, and a service.

An admin class declares them as data, so that one test can try every action with every role.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.db.models import Model

from foundation.audit.forms import ActionForm

if TYPE_CHECKING:
    from foundation.audit.admin import BursarAdmin
    from foundation.people.models import User


def _always(_obj: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an action's page says afterwards, and where it leads: to `go_to`, to the list, else back."""

    message: str
    go_to: Model | None = None
    to_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAction:
    """Something done to one object.

    `call(actor, obj, data)` calls the service with the form's cleaned data and returns the sentence
    (or Outcome) to show. `available(obj)` says whether the button is offered; the service decides
    again on the locked row. `description` says what will happen, and is text or made from the object.
    `rare`: kept in the menu “More”, so that what is done every day stays in sight.
    """

    name: str
    label: str
    permission: str
    call: Callable[["User", Any, dict[str, Any]], str | Outcome]
    description: str | Callable[[Any], str]
    form_class: type[ActionForm] = ActionForm
    available: Callable[[Any], bool] = _always
    initial: Callable[[Any], dict[str, Any]] | None = None
    template: str = "admin/bursar/object_action.html"
    icon: str = ""
    danger: bool = False
    rare: bool = False

    def describe(self, obj: Model) -> str:
        return self.description if isinstance(self.description, str) else self.description(obj)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAction:
    """Something done to the rows chosen in a list; `call(actor, objects, data)`, all or nothing."""

    name: str
    label: str
    permission: str
    call: Callable[["User", Sequence[Any], dict[str, Any]], str]
    description: str
    form_class: type[ActionForm] = ActionForm
    danger: bool = False


def _bursar_admins(site: AdminSite) -> "Iterator[BursarAdmin]":
    from foundation.audit.admin import BursarAdmin

    for model_admin in site._registry.values():
        if isinstance(model_admin, BursarAdmin):
            yield model_admin


def all_object_actions(site: AdminSite) -> "list[tuple[BursarAdmin, ObjectAction]]":
    """Return every object action of the site, for the test that tries each with each role."""
    return [(page, action) for page in _bursar_admins(site) for action in page.object_actions]


def all_list_actions(site: AdminSite) -> "list[tuple[BursarAdmin, ListAction]]":
    """Return every list action of the site, for the same test."""
    return [(page, action) for page in _bursar_admins(site) for action in page.list_actions]
