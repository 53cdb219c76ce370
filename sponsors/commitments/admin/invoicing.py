"""Issuing an invoice from the page of a commitment or an installment, after a look at it."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path

from foundation.audit.admin import BursarAdmin, actor_of, show_on_form
from foundation.audit.forms import ActionForm, AmountField
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.models import Fund
from foundation.books.selectors import local_today
from foundation.errors import RuleViolation
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments import services
from sponsors.commitments.models import Commitment, Installment
from sponsors.commitments.papers import Billing
from sponsors.commitments.rules import FIRM
from sponsors.commitments.services.billing import billing_of
from sponsors.commitments.services.charges import MOST_FREE_LINES

if TYPE_CHECKING:
    from sponsors.commitments.querysets import InstallmentQuerySet

    _Choices = forms.ModelMultipleChoiceField[Installment]
else:
    _Choices = forms.ModelMultipleChoiceField

Data = dict[str, Any]
_FREE_LINE = ("description", "fund", "amount")
# How many free lines the page begins with, and how many more it shows when asked.
_FREE_LINES = 3
_MORE = "more-lines"


def _lines_wanted(typed: str) -> int:
    """Return how many free lines to show; what is no such number shows as many as at first."""
    wanted = int(typed) if typed.isdecimal() and len(typed) <= len(str(MOST_FREE_LINES)) else 0
    return min(max(wanted, _FREE_LINES), MOST_FREE_LINES)


def _commitment(obj: Commitment | Installment) -> Commitment:
    return obj if isinstance(obj, Commitment) else obj.commitment


def _open(obj: Commitment | Installment) -> "InstallmentQuerySet":
    open_rows = Installment.objects.filter(commitment=_commitment(obj)).open().not_invoiced()
    return open_rows.select_related("commitment").order_by("due_on", "pk")


class _InstallmentChoice(_Choices):
    def label_from_instance(self, obj: Any) -> str:
        amount = money_text(obj.remainder, obj.commitment.currency)
        return f"{obj}, due {obj.due_on}: {amount}"


class InvoiceForm(ActionForm):
    """What the invoice asks for and whom: all that is still to be paid of each installment, and free lines."""

    installments = _InstallmentChoice(
        Installment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="All that is still to be paid of each is asked for.",
    )
    due_on = forms.DateField(
        required=False,
        help_text="Empty: with the first of its installments, but not before today. Needed when there is none.",
    )
    billing_name = forms.CharField(label="Billed to", max_length=200)
    billing_address = forms.CharField(
        required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}), label="Billing address"
    )
    billing_email = forms.EmailField(required=False, label="Billing email")
    purchase_order = forms.CharField(
        required=False, max_length=60, help_text="The sponsor's own number for it."
    )
    note = forms.CharField(required=False, max_length=500, help_text="Printed below the lines.")
    mail = forms.BooleanField(required=False, label="Mail it with its PDF to the billing email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = _lines_wanted(self.data.get("lines", ""))
        if _MORE in self.data:
            self._show_more()
        field = self.fields["installments"]
        assert isinstance(field, _InstallmentChoice)
        obj = cast("Commitment | Installment", self.obj)
        field.queryset = _open(obj)
        self.currency = _commitment(obj).currency
        funds = Fund.objects.open()
        for number in range(1, self.lines + 1):
            self._add(
                f"description_{number}",
                forms.CharField(required=False, max_length=200, label=f"Free line {number} is for"),
            )
            self._add(
                f"fund_{number}",
                forms.ModelChoiceField(funds, required=False, label=f"Fund of free line {number}"),
            )
            self._add(
                f"amount_{number}",
                AmountField(required=False, label=f"Amount of free line {number} in {self.currency}"),
            )

    def _show_more(self) -> None:
        """Show what was typed once more, with more free lines; nothing of it is looked at yet."""
        typed = cast("QueryDict", self.data)
        self.lines = _lines_wanted(str(self.lines + _FREE_LINES))
        self.initial = {**typed.dict(), "installments": typed.getlist("installments")}
        self.is_bound = False

    @property
    def can_have_more(self) -> bool:
        return self.lines < MOST_FREE_LINES

    def _add(self, name: str, field: forms.Field) -> None:
        self._dress(field)
        self.fields[name] = field

    def free_rows(self) -> list[tuple[forms.BoundField, ...]]:
        """Return the fields of each free line, for the table."""
        return [tuple(self[f"{name}_{number}"] for name in _FREE_LINE) for number in range(1, self.lines + 1)]

    def other_fields(self) -> list[forms.BoundField]:
        """Return whom and when: all but the installments and the free lines."""
        return [self[name] for name in self.base_fields if name != "installments"]

    def _free_lines(self, data: Data) -> list[services.FreeLine]:
        """Return the lines that are filled in; one half filled in is a slip."""
        lines = []
        for number in range(1, self.lines + 1):
            row = {name: data.get(f"{name}_{number}") for name in _FREE_LINE}
            missing = [name for name, value in row.items() if value in (None, "")]
            for name in missing if len(missing) < len(row) else ():
                if f"{name}_{number}" not in self.errors:
                    self.add_error(
                        f"{name}_{number}", "A free line needs a description, a fund and an amount."
                    )
            if not missing:
                lines.append(services.FreeLine(**cast("Data", row)))
        return lines

    def request(self) -> services.InvoiceRequest:
        """Return what the cleaned form asks for."""
        data = self.cleaned_data
        return services.InvoiceRequest(
            commitment=_commitment(cast("Commitment | Installment", self.obj)),
            installments=list(data["installments"]),
            free_lines=data["free_lines"],
            due_on=data["due_on"],
            billing=Billing(
                name=data["billing_name"], address=data["billing_address"], email=data["billing_email"]
            ),
            purchase_order=data["purchase_order"],
            note=data["note"],
        )

    def clean(self) -> Data:
        data: Data = super().clean() or {}
        data["free_lines"] = self._free_lines(data)
        if not self.errors:
            data["request"] = self.request()
        return data


def _initial(obj: Commitment | Installment) -> Data:
    """Propose the installment itself, or the first open one of the commitment."""
    billing = billing_of(_commitment(obj).sponsor, local_today())
    chosen = [obj.pk] if isinstance(obj, Installment) else [row.pk for row in _open(obj)[:1]]
    return {
        "installments": chosen,
        "billing_name": billing.name,
        "billing_address": billing.address,
        "billing_email": billing.email,
    }


def _can_be_invoiced(obj: Commitment | Installment) -> bool:
    """Whether the installment is open and on no invoice. Of a firm commitment there may be free lines at least."""
    if isinstance(obj, Installment):
        return _open(obj).filter(pk=obj.pk).exists()
    return obj.state in FIRM


def _issue(actor: User, _obj: Commitment | Installment, data: Data) -> Outcome:
    invoice = services.issue_invoice(
        actor=actor, request=data["request"], today=local_today(), mail=data["mail"]
    )
    mailed = f" and goes to {invoice.billing_email}" if data["mail"] else ""
    return Outcome(message=f"{invoice.number} is issued{mailed}.", go_to=invoice)


ISSUE_INVOICE = ObjectAction(
    name="invoice",
    label="Issue invoice",
    permission="sponsors.issue_invoice",
    call=_issue,
    form_class=InvoiceForm,
    available=_can_be_invoiced,
    initial=_initial,
    template="admin/invoices/issue.html",
    icon="request_quote",
    description=lambda obj: (
        f"Asks {_commitment(obj).sponsor} for all that is still to be paid of the chosen installments, and for "
        "what free lines say. Look at the preview first: once issued, the invoice has a number and is never "
        "changed, only credited."
    ),
)


class InvoicingAdmin(BursarAdmin):
    """Adds the preview that the page of ISSUE_INVOICE opens."""

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "<path:object_id>/preview-invoice/",
            self.admin_site.admin_view(self.preview_view),
            name=self._url_name("preview_invoice"),
        )
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would be issued as PDF; without a form, lead to it."""
        if not actor_of(request).has_perm(ISSUE_INVOICE.permission):
            raise PermissionDenied
        obj = self.object_or_404(request, object_id)
        form = InvoiceForm(request.POST or None, obj=obj, user=actor_of(request))
        if form.is_valid():
            try:
                content = services.preview_invoice(
                    actor=actor_of(request), request=form.cleaned_data["request"], today=local_today()
                )
            except RuleViolation as violation:
                show_on_form(form, violation)
            else:
                response = HttpResponse(content, content_type="application/pdf")
                response["Content-Disposition"] = 'inline; filename="preview.pdf"'
                response["Cache-Control"] = "private, no-store"
                return response
        if request.method != "POST":
            return HttpResponseRedirect(self._url("do", obj.pk, ISSUE_INVOICE.name))
        context = {
            "title": ISSUE_INVOICE.label,
            "original": obj,
            "action": ISSUE_INVOICE,
            "description": ISSUE_INVOICE.describe(obj),
            "form": form,
            "media": self.media + form.media,
            "back_url": self.url_of(obj),
        }
        return self.page(request, ISSUE_INVOICE.template, context)
