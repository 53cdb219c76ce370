"""Gathers the models of the slices, so that Django finds them."""

from foundation.api.models import ApiToken, CallCount, IdempotencyRecord
from foundation.books.models import Fund, NumberSequence, Organization
from foundation.exports.models import ExportRun, SavedExport
from foundation.health.models import JobRun
from foundation.imports.models import ImportFault, ImportProgress, ImportRun, ImportStep
from foundation.notices.models import DeliveryAttempt, Notice
from foundation.people.models import Invitation, User, UserRole

__all__ = [
    "ApiToken",
    "CallCount",
    "DeliveryAttempt",
    "ExportRun",
    "Fund",
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
    "SavedExport",
    "User",
    "UserRole",
]
