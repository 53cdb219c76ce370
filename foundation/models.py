"""Gathers the models of the slices, so that Django finds them."""

from foundation.api.models import ApiToken, CallCount, IdempotencyRecord
from foundation.books.models import Closing, Fund, Holiday, NumberSequence, Organization
from foundation.documents.models import Document
from foundation.exports.models import ExportRun, SavedExport
from foundation.health.models import JobRun
from foundation.imports.models import ImportFault, ImportProgress, ImportRun, ImportStep
from foundation.money.models import ExchangeRate, RatesImport
from foundation.notices.models import DeliveryAttempt, Notice
from foundation.people.models import Invitation, User, UserRole
from foundation.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiToken",
    "CallCount",
    "Closing",
    "DeliveryAttempt",
    "Document",
    "ExchangeRate",
    "ExportRun",
    "Fund",
    "Holiday",
    "IdempotencyRecord",
    "ImportFault",
    "ImportProgress",
    "ImportRun",
    "ImportStep",
    "Invitation",
    "JobRun",
    "Notice",
    "NumberSequence",
    "Organization",
    "RatesImport",
    "SavedExport",
    "User",
    "UserRole",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
