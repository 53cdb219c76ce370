"""The base of every admin page: no delete, services for writes, named actions, readable history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from foundation.audit.admin.doing import DoingAdmin
from foundation.audit.admin.saving import SavingAdmin
from foundation.audit.admin.visible import BursarChangeList, actor_of
from foundation.audit.forms import DateInput
from foundation.audit.history import history_page


@dataclass(frozen=True, slots=True)
class ObjectLink:
    """A button in the head of an object's page that only leads somewhere."""

    label: str
    url: str
    icon: str = "link"


class BursarAdmin(DoingAdmin, SavingAdmin):
    """An admin page whose writes go through the slice's services.

    `history_children`: reverse relations whose rows' history is shown with the object's, to those who hold the
    permission that `history_permissions` names for it.
    `object_actions`, `list_actions`: what can be done, by name. `empty_list`: what an empty list
    says belongs in it and how the first one comes to be. `summary_template`: shown above the form,
    with what `get_summary` returns as `summary`. `add_label`: what the only button under the form of a
    new one says, where more happens than that it is saved. `opens_added`: whether saving a new one leads to
    its page, because there is more to do with it, and not to the list.
    """

    history_children: ClassVar[Sequence[str]] = ()
    history_permissions: ClassVar[Mapping[str, str]] = {}
    summary_template: ClassVar[str] = ""
    empty_list: ClassVar[str] = ""
    add_label: ClassVar[str] = ""
    opens_added: ClassVar[bool] = False

    empty_value_display = "—"
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}
    change_form_outer_before_template = "admin/bursar/object_head.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        del request, kwargs
        return BursarChangeList

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request, obj
        return ()

    def get_summary(self, request: HttpRequest, obj: Any) -> Any:
        """Return what `summary_template` shows as `summary`."""
        del request
        return obj

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if self.opens_added and self.has_view_permission(request, obj):
            return HttpResponseRedirect(self.url_of(obj))
        return cast("HttpResponse", super().response_post_save_add(request, obj))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        # A page may have said already that adding another makes no sense there.
        context.setdefault("show_save_and_add_another", add)
        context["add_label"] = self.add_label if add else ""
        if obj is not None:
            context["read_version"] = self.version_of(obj)
            offered = [
                (action, self._url("do", obj.pk, action.name))
                for action in self.offered_actions(request, obj)
            ]
            context["object_actions"] = [pair for pair in offered if not pair[0].rare]
            context["rare_actions"] = [pair for pair in offered if pair[0].rare]
            context["object_links"] = self.get_object_links(request, obj)
            if self.summary_template:
                context["summary_template"] = self.summary_template
                context["summary"] = self.get_summary(request, obj)
        return cast(
            "HttpResponse",
            super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj),
        )

    def _sees(self, request: HttpRequest, child: str) -> bool:
        """Whether the person may see the children of that name; most go with the object."""
        permission = self.history_permissions.get(child)
        return permission is None or actor_of(request).has_perm(permission)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        obj = self.object_or_404(request, object_id)
        if not hasattr(self.model, "pgh_event_model"):
            raise Http404
        children = [name for name in self.history_children if self._sees(request, name)]
        entries, page = history_page(obj, children=children, number=request.GET.get("page"))
        context = {
            "title": "History",
            "original": obj,
            "entries": entries,
            "page_obj": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "back_url": self.url_of(obj),
            **(extra_context or {}),
        }
        return self.page(request, "admin/bursar/history.html", context)
