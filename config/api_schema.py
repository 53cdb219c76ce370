"""How the API describes itself: its title, and the names of what is chosen from."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "TITLE": "Bursar",
    "DESCRIPTION": "Sponsors, commitments and money received of an open source foundation.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "foundation.api.schema.drop_labels_that_say_nothing",
    ],
    "ENUM_NAME_OVERRIDES": {
        "BankLineStateEnum": "sponsors.banking.rules.LineState",
        "CommitmentStateEnum": "sponsors.commitments.rules.State",
        "ConditionStateEnum": "sponsors.commitments.rules.ConditionState",
        "CommitmentLineKindEnum": "sponsors.commitments.models.CommitmentLine.Kind",
        "CurrencyEnum": "foundation.money.rules.currency_codes",
        "DocumentKindEnum": "sponsors.agreements.models.CommitmentDocument.Kind",
        "DocumentStateEnum": "sponsors.agreements.rules.VersionState",
        "ReminderStateEnum": "sponsors.renewals.rules.states.StepState",
        "RenewalCaseStateEnum": "sponsors.renewals.rules.states.CaseState",
        "RenewalLetterStateEnum": "sponsors.renewals.rules.states.LetterState",
        "InteractionKindEnum": "sponsors.directory.models.Interaction.Kind",
        "InstallmentKindEnum": "sponsors.commitments.rules.InstallmentKind",
        "InstallmentStateEnum": "sponsors.commitments.rules.InstallmentState",
        "ImportKindEnum": "foundation.imports.kinds.kind_choices",
        "ImportStateEnum": "foundation.imports.rules.RunState",
        "ImportOutcomeEnum": "foundation.imports.models.ImportStep.Outcome",
        "UsageFormatEnum": "sponsors.inkind.rules.UsageFormat",
        "UsageImportStateEnum": "sponsors.inkind.rules.ImportState",
        "MethodEnum": "sponsors.commitments.models.Receipt.Method",
        "TimelineEventKindEnum": "sponsors.commitments.selectors.EventKind",
        "ValuationMethodEnum": "sponsors.inkind.rules.Method",
        "ValuationStateEnum": "sponsors.inkind.rules.ValuationState",
    },
}
