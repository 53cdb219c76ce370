"""What one person proposes and another decides: nobody is offered to decide on their own proposal."""

from typing import Any, ClassVar

from django.http import HttpRequest

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.object_actions import ObjectAction


class DecidedByAnother(BursarAdmin):
    """Leaves `decisions` out for whoever proposed the object; its page says who may decide."""

    decisions: ClassVar[frozenset[str]] = frozenset()
    proposer_field: ClassVar[str] = "proposed_by_id"

    def offered_actions(self, request: HttpRequest, obj: Any) -> list[ObjectAction]:
        offered = super().offered_actions(request, obj)
        if getattr(obj, self.proposer_field) != actor_of(request).pk:
            return offered
        return [action for action in offered if action.name not in self.decisions]
