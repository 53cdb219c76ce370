"""One more row of each model that the admin site shows, different from the others."""

from datetime import date, timedelta

from django.utils import timezone

from foundation.api.models import ApiToken
from foundation.books.closing import close_books
from foundation.books.models import Fund, Holiday, Organization
from foundation.books.rules import day_after_month
from foundation.exports.models import ExportRun, SavedExport
from foundation.health.models import JobRun
from foundation.imports.tests.factories import checked
from foundation.money.models import ExchangeRate
from foundation.money.tests.factories import some_rates
from foundation.notices.models import Notice
from foundation.people.models import Invitation
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from foundation.webhooks.tests import factories as webhooks
from sponsors.agreements.tests import factories as agreements
from sponsors.banking.tests import factories as banking
from sponsors.commitments.tests import factories as commitments
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.conditions import match, only_condition
from sponsors.directory.services import merge_sponsors
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.inkind.tests import factories as inkind
from sponsors.inkind.tests import valuing
from sponsors.renewals.models import RenewalSettings
from sponsors.renewals.tests import calendars, paying, reminding, renewing
from sponsors.renewals.tests import factories as risks


def a_token(number):
    owner = make_user(f"Token{number}", Role.FINANCE)
    return ApiToken.objects.create(
        user=owner,
        created_by=owner,
        name=f"token {number}",
        prefix=f"bursar_{number}",
        digest=f"{number:064}",
        scopes=["sponsors:read"],
        expires_at=timezone.now() + timedelta(days=9),
    )


def an_invitation(number):
    return Invitation.objects.create(
        email=f"invited{number}@foundation.example",
        name=f"Invited {number}",
        roles=["finance"],
        token_digest=f"{number:064}",
        invited_by=make_user(f"Inviter{number}"),
        expires_at=timezone.now() + timedelta(days=7),
    )


def a_notice(number):
    return Notice.objects.create(
        kind="test",
        key=f"notice-{number}",
        recipient="a@example.org",
        subject=f"Notice {number}",
        body_text="Text",
        message_id=f"<{number}@example.org>",
        state="failed",
    )


def an_export(number, model=SavedExport, **fields):
    return model.objects.create(
        list_label="foundation.fund", columns=["code"], file_format="csv", **(fields or {})
    )


def a_commitment(number, **more):
    owner = make_user(f"Owner{number}", Role.FUNDRAISING)
    return commitments.signed_commitment(years=1, owner=owner, **more)


def an_import(number):
    return checked(make_user(f"Importer{number}", Role.FUNDRAISING), b"name\nAcme\n")


def a_merge(number):
    return merge_sponsors(
        actor=make_user(f"Merger{number}", Role.FUNDRAISING),
        kept=SponsorFactory(),
        absorbed=SponsorFactory(),
        reason="The same.",
    )


def a_closing(number):
    # One month after the other, so that each may follow the last.
    through = date(2000 + (number - 1) // 12, (number - 1) % 12 + 1, 1)
    return close_books(
        actor=make_user(f"Closer{number}", Role.FINANCE),
        through=day_after_month(through) - timedelta(days=1),
        today=date(2026, 1, 1),
    )


def an_invoice(number):
    return commitments.invoiced(a_commitment(number).installments.get(), on=date(2026, 1, 1))


def a_credit_note(number):
    return commitments.credited(an_invoice(number))


MAKE = {
    "foundation.apitoken": a_token,
    "foundation.closing": a_closing,
    "foundation.exchangerate": lambda n: ExchangeRate.objects.create(
        day=date(2010, 1, 1) + timedelta(days=n), currency="USD", rate=1
    ),
    "foundation.exportrun": lambda n: an_export(
        n, ExportRun, exported_by=make_user(f"Exporter{n}"), row_count=n
    ),
    "foundation.fund": lambda n: Fund.objects.create(code=f"fund-{n}", name=f"Fund {n}"),
    "foundation.importrun": an_import,
    "foundation.invitation": an_invitation,
    "foundation.jobrun": lambda n: JobRun.objects.create(job=f"job-{n}"),
    "foundation.notice": a_notice,
    "foundation.organization": lambda n: Organization.objects.get_or_create(pk=1, defaults={"name": "F"})[0],
    "foundation.ratesimport": lambda n: some_rates(make_user(f"Banker{n}", Role.FINANCE), n),
    "foundation.savedexport": lambda n: an_export(
        n, name=f"Export {n}", is_shared=True, owner=make_user(f"Keeper{n}", Role.FINANCE)
    ),
    "foundation.user": lambda n: make_user(f"Person{n}", Role.FINANCE),
    "foundation.webhookdelivery": webhooks.message,
    "foundation.webhookendpoint": lambda n: webhooks.endpoint(),
    "sponsors.amendment": lambda n: proposed_amendment(
        a_commitment(n),
        effective_on=date(2024, 1, n),
        lines=[commitments.cash_line(60_000 - n), commitments.cash_line(n)],
    ),
    "sponsors.agreementtemplate": lambda n: agreements.template(),
    "sponsors.commitmentdocument": lambda n: agreements.begun().document,
    "sponsors.bankaccount": lambda n: banking.bank_account(f"bank-{n}"),
    "sponsors.bankline": banking.bank_line,
    "sponsors.statement": lambda n: banking.bank_line(n).statement,
    "sponsors.commitment": a_commitment,
    "sponsors.installment": lambda n: a_commitment(n).installments.get(),
    "sponsors.receipt": lambda n: commitments.received(SponsorFactory(), 100 + n, on=date(2024, 1, 2)),
    "sponsors.calendarfeed": calendars.a_feed,
    "sponsors.paymentreminder": lambda n: paying.payment_reminder(),
    "sponsors.reminderstep": lambda n: reminding.open_step(),
    "foundation.holiday": lambda n: Holiday.objects.create(day=date(2026, 1, n), name=f"Holiday {n}"),
    "sponsors.reminderpolicy": lambda n: reminding.policy(f"Ladder {n}"),
    "sponsors.reminderoverride": lambda n: reminding.override(),
    "sponsors.renewalsettings": lambda n: RenewalSettings.objects.get_or_create(pk=1)[0],
    "sponsors.digest": lambda n: reminding.digest(),
    "sponsors.invoice": an_invoice,
    "sponsors.creditnote": a_credit_note,
    "sponsors.writeoff": lambda n: commitments.proposed_write_off(a_commitment(n).installments.get(), n),
    "sponsors.condition": lambda n: only_condition(a_commitment(n, conditions=[match(n)])),
    "sponsors.contact": lambda n: ContactFactory(),
    "sponsors.usageimport": lambda n: inkind.usage_import(file_name=f"usage-{n}.csv"),
    "sponsors.usageaside": lambda n: inkind.aside(f"service-{n}"),
    "sponsors.anomaly": inkind.anomaly,
    "sponsors.valuation": lambda n: valuing.drafted_gift(quantity=n),
    "sponsors.valuationpolicy": valuing.policy_by_cards,
    "sponsors.assessment": lambda n: risks.assessed(risks.ending())[0],
    "sponsors.scoringpolicy": risks.scoring_policy,
    "sponsors.renewalcase": lambda n: renewing.due(title=f"Gold {n}"),
    "sponsors.renewalletter": lambda n: renewing.drafted_letter(title=f"Gold {n}"),
    "sponsors.service": inkind.service_in_use,
    "sponsors.giftterms": lambda n: inkind.gift_terms(),
    "sponsors.ratecard": lambda n: inkind.rate_card(f"list-{n}").card,
    "sponsors.region": lambda n: inkind.region(f"region-{n}"),
    "sponsors.energyfactor": lambda n: inkind.energy_factor(f"Factor {n}"),
    "sponsors.interaction": lambda n: InteractionFactory(next_step="Call", next_step_due=date(2026, 1, n)),
    "sponsors.sponsor": lambda n: SponsorFactory(account_manager=make_user(f"Manager{n}", Role.FUNDRAISING)),
    "sponsors.sponsormerge": a_merge,
}
