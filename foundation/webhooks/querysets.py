"""Reads on endpoints and on messages to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from foundation.people.models import User
    from foundation.webhooks.models import WebhookDelivery, WebhookEndpoint


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_webhookendpoint") else self.none()

    def listening_to(self, *kinds: str) -> Self:
        """Endpoints that are on and told of any of the kinds."""
        return self.filter(is_active=True, kinds__overlap=list(kinds))


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_webhookdelivery") else self.none()

    def due(self, now: datetime) -> Self:
        """Messages whose time has come, and those whose sender died; what is for an endpoint that is off waits."""
        return self.filter(
            Q(state="queued", next_attempt_at__lte=now) | Q(state="sending", leased_until__lte=now),
            endpoint__is_active=True,
        )
