"""Who sees which exports."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from foundation.exports.models import ExportRun, SavedExport
    from foundation.people.models import User


class SavedExportQuerySet(models.QuerySet["SavedExport"]):
    def visible_to(self, user: "User") -> Self:
        """Return one's own and the shared ones, of lists the person may see."""
        if not user.has_perm("foundation.view_savedexport"):
            return self.none()
        labels = self.order_by().values_list("list_label", flat=True).distinct()
        allowed = [label for label in labels if may_see_list(user, label)]
        return self.filter(Q(owner=user) | Q(is_shared=True), list_label__in=allowed)


def may_see_list(user: "User", label: str) -> bool:
    """Whether the person may see the list of the model, such as sponsors.commitment."""
    app, _dot, model = label.partition(".")
    return user.has_perm(f"{app}.view_{model}")


class ExportRunQuerySet(models.QuerySet["ExportRun"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_exportrun") else self.none()
