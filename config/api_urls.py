"""Addresses of the REST API: one line an endpoint."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from foundation.api.books import ClosingViewSet, ExchangeRateViewSet, RatesImportViewSet
from foundation.api.endpoints import FundViewSet, OrganizationViewSet, TokenViewSet
from foundation.api.holidays import HolidayViewSet
from foundation.api.schema_views import SchemaView, api_docs
from foundation.api.views import NothingHere
from foundation.imports.api import ImportFaultViewSet, ImportStepViewSet, ImportViewSet
from sponsors.agreements.api import AgreementTemplateViewSet, DocumentVersionViewSet, DocumentViewSet
from sponsors.banking.api import BankAccountViewSet, BankLineViewSet, BankStatementViewSet
from sponsors.commitments.api import (
    AgedDebtViewSet,
    AmendmentViewSet,
    CommitmentTimelineViewSet,
    CommitmentViewSet,
    ConditionViewSet,
    CreditNoteViewSet,
    InstallmentViewSet,
    InvoiceViewSet,
    MoneyByYearViewSet,
    NonRenewalViewSet,
    ReceiptViewSet,
    RestrictionViewSet,
    SponsorTimelineViewSet,
    StatementViewSet,
    WriteOffViewSet,
)
from sponsors.directory.api import ContactViewSet, InteractionViewSet, SponsorViewSet
from sponsors.inkind.api.anomalies import AnomalyViewSet
from sponsors.inkind.api.energy import EnergyFactorViewSet
from sponsors.inkind.api.gift_terms import GiftTermsViewSet
from sponsors.inkind.api.policies import ValuationPolicyViewSet
from sponsors.inkind.api.rate_cards import RateCardViewSet
from sponsors.inkind.api.regions import UsageRegionViewSet
from sponsors.inkind.api.services import ServiceViewSet
from sponsors.inkind.api.usage import UsageViewSet
from sponsors.inkind.api.usage_asides import UsageAsideViewSet
from sponsors.inkind.api.usage_imports import UsageImportViewSet, UsageRejectViewSet
from sponsors.inkind.api.valuation_evidence import ValuationEvidenceViewSet
from sponsors.inkind.api.valuations import ValuationViewSet
from sponsors.renewals.api.assessments import AssessmentViewSet, CommitmentRiskViewSet
from sponsors.renewals.api.cases import RenewalCaseViewSet, RenewalForecastViewSet
from sponsors.renewals.api.ladders import LadderViewSet, ReminderPolicyViewSet, RenewalSettingsViewSet
from sponsors.renewals.api.letters import RenewalLetterViewSet
from sponsors.renewals.api.payments import PaymentReminderViewSet
from sponsors.renewals.api.reminders import ReminderStepViewSet
from sponsors.renewals.api.scoring_policies import ScoringPolicyViewSet
from sponsors.renewals.api.what_if import ConcentrationViewSet, WhatIfViewSet

router = SimpleRouter()
router.register("commitments", CommitmentViewSet, "commitments")
router.register("amendments", AmendmentViewSet, "amendments")
router.register("documents", DocumentViewSet, "documents")
router.register("document-versions", DocumentVersionViewSet, "document-versions")
router.register("agreement-templates", AgreementTemplateViewSet, "agreement-templates")
router.register("conditions", ConditionViewSet, "conditions")
router.register("restrictions", RestrictionViewSet, "restrictions")
router.register("non-renewals", NonRenewalViewSet, "non-renewals")
router.register("installments", InstallmentViewSet, "installments")
router.register("receipts", ReceiptViewSet, "receipts")
router.register("invoices", InvoiceViewSet, "invoices")
router.register("credit-notes", CreditNoteViewSet, "credit-notes")
router.register("write-offs", WriteOffViewSet, "write-offs")
router.register("bank-accounts", BankAccountViewSet, "bank-accounts")
router.register("bank-statements", BankStatementViewSet, "bank-statements")
router.register("bank-lines", BankLineViewSet, "bank-lines")
router.register("services", ServiceViewSet, "services")
router.register("gift-terms", GiftTermsViewSet, "gift-terms")
router.register("sponsors", SponsorViewSet, "sponsors")
router.register("contacts", ContactViewSet, "contacts")
router.register("interactions", InteractionViewSet, "interactions")
router.register("anomalies", AnomalyViewSet, "anomalies")
router.register("rate-cards", RateCardViewSet, "rate-cards")
router.register("usage-regions", UsageRegionViewSet, "usage-regions")
router.register("energy-factors", EnergyFactorViewSet, "energy-factors")
router.register("usage-imports", UsageImportViewSet, "usage-imports")
router.register("usage-asides", UsageAsideViewSet, "usage-asides")
router.register("valuations", ValuationViewSet, "valuations")
router.register("valuation-evidence", ValuationEvidenceViewSet, "valuation-evidence")
router.register("valuation-policies", ValuationPolicyViewSet, "valuation-policies")
router.register("reminder-steps", ReminderStepViewSet, "reminder-steps")
router.register("reminder-policies", ReminderPolicyViewSet, "reminder-policies")
router.register("assessments", AssessmentViewSet, "assessments")
router.register("scoring-policies", ScoringPolicyViewSet, "scoring-policies")
router.register("payment-reminders", PaymentReminderViewSet, "payment-reminders")
router.register("renewal-cases", RenewalCaseViewSet, "renewal-cases")
router.register("renewal-letters", RenewalLetterViewSet, "renewal-letters")
router.register("imports", ImportViewSet, "imports")
router.register("holidays", HolidayViewSet, "holidays")
router.register("funds", FundViewSet, "funds")
router.register("closings", ClosingViewSet, "closings")
router.register("exchange-rates", ExchangeRateViewSet, "exchange-rates")
router.register("rates-imports", RatesImportViewSet, "rates-imports")
router.register("tokens", TokenViewSet, "tokens")

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", api_docs, name="api-docs"),
    path("v1/", include(router.urls)),
    path(
        "v1/organization/",
        OrganizationViewSet.as_view({"get": "retrieve"}, basename="organization"),
        name="organization",
    ),
    path(
        "v1/imports/<int:pk>/faults/",
        ImportFaultViewSet.as_view({"get": "list"}, basename="import-faults"),
        name="import-faults",
    ),
    path(
        "v1/imports/<int:pk>/steps/",
        ImportStepViewSet.as_view({"get": "list"}, basename="import-steps"),
        name="import-steps",
    ),
    path(
        "v1/commitments/<int:pk>/timeline/",
        CommitmentTimelineViewSet.as_view({"get": "retrieve"}, basename="commitment-timeline"),
        name="commitment-timeline",
    ),
    path(
        "v1/commitments/<int:pk>/risk/",
        CommitmentRiskViewSet.as_view({"get": "retrieve"}, basename="commitment-risk"),
        name="commitment-risk",
    ),
    path(
        "v1/concentration/",
        ConcentrationViewSet.as_view({"get": "retrieve"}, basename="concentration"),
        name="concentration",
    ),
    path(
        "v1/what-if/",
        WhatIfViewSet.as_view({"get": "retrieve"}, basename="what-if"),
        name="what-if",
    ),
    path(
        "v1/sponsors/<int:pk>/timeline/",
        SponsorTimelineViewSet.as_view({"get": "retrieve"}, basename="sponsor-timeline"),
        name="sponsor-timeline",
    ),
    path(
        "v1/sponsors/<int:pk>/statement/",
        StatementViewSet.as_view({"get": "retrieve"}, basename="statements"),
        name="sponsor-statement",
    ),
    path(
        "v1/sponsors/<int:pk>/statement/pdf/",
        StatementViewSet.as_view({"get": "pdf"}, basename="statements"),
        name="sponsor-statement-pdf",
    ),
    path(
        "v1/aged-debt/",
        AgedDebtViewSet.as_view({"get": "retrieve"}, basename="aged-debt"),
        name="aged-debt",
    ),
    path(
        "v1/money-by-year/",
        MoneyByYearViewSet.as_view({"get": "retrieve"}, basename="money-by-year"),
        name="money-by-year",
    ),
    path(
        "v1/commitments/<int:pk>/ladder/",
        LadderViewSet.as_view({"get": "retrieve"}, basename="ladder"),
        name="commitment-ladder",
    ),
    path(
        "v1/commitments/<int:pk>/ladder/choose/",
        LadderViewSet.as_view({"post": "choose"}, basename="ladder"),
        name="commitment-ladder-choose",
    ),
    path(
        "v1/commitments/<int:pk>/ladder/back/",
        LadderViewSet.as_view({"post": "back"}, basename="ladder"),
        name="commitment-ladder-back",
    ),
    path(
        "v1/renewal-settings/",
        RenewalSettingsViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, basename="renewal-settings"
        ),
        name="renewal-settings",
    ),
    path(
        "v1/renewal-forecast/",
        RenewalForecastViewSet.as_view({"get": "retrieve"}, basename="renewal-forecast"),
        name="renewal-forecast",
    ),
    path(
        "v1/usage/",
        UsageViewSet.as_view({"get": "retrieve", "post": "create"}, basename="usage"),
        name="usage",
    ),
    path(
        "v1/usage-imports/<int:pk>/rejects/",
        UsageRejectViewSet.as_view({"get": "list"}, basename="usage-rejects"),
        name="usage-rejects",
    ),
    re_path("", NothingHere.as_view()),
]
