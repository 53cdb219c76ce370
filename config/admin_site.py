"""How the admin site looks and what its sidebar holds."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

# Subject, and for each of its entries: the model (and a page of it other than its list), the words in the sidebar, the icon.
SIDEBAR: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Sponsors",
        (
            ("sponsors.sponsor", "Sponsors", "apartment"),
            ("sponsors.contact", "Contacts", "contacts"),
            ("sponsors.interaction", "Interactions", "forum"),
            ("sponsors.sponsormerge", "Merges", "merge"),
        ),
    ),
    (
        "Commitments",
        (
            ("sponsors.commitment", "Commitments", "handshake"),
            ("sponsors.condition", "Conditions", "task_alt"),
            ("sponsors.installment", "Installments", "event"),
            ("sponsors.amendment", "Amendments", "edit_document"),
            ("sponsors.commitmentdocument", "Documents", "contract"),
            ("sponsors.agreementtemplate", "Agreement templates", "article"),
        ),
    ),
    (
        "Money",
        (
            ("sponsors.invoice", "Invoices", "request_quote"),
            ("sponsors.creditnote", "Credit notes", "remove_circle"),
            ("sponsors.receipt", "Receipts", "payments"),
            ("sponsors.paymentreminder", "Payment reminders", "notification_important"),
            ("sponsors.installment/aged_debt", "Aged debt", "hourglass_bottom"),
            ("sponsors.receipt/by_year", "Money by year", "calendar_month"),
            ("sponsors.writeoff", "Write-offs", "money_off"),
            ("sponsors.bankline", "Bank lines", "checklist"),
            ("sponsors.statement", "Bank statements", "account_balance"),
            ("sponsors.bankaccount", "Bank accounts", "credit_card"),
            ("foundation.fund", "Funds", "savings"),
        ),
    ),
    (
        "Gifts in kind",
        (
            ("sponsors.service", "Services", "dns"),
            ("sponsors.giftterms", "Gift terms", "volunteer_activism"),
            ("sponsors.usageimport", "Usage imports", "upload_file"),
            ("sponsors.usageaside", "Usage kept aside", "help_center"),
            ("sponsors.anomaly", "Anomalies", "troubleshoot"),
            ("sponsors.valuation", "Valuations", "price_check"),
            ("sponsors.valuationpolicy", "Valuation policies", "rule"),
            ("sponsors.ratecard", "Rate cards", "price_change"),
            ("sponsors.region", "Regions", "public"),
            ("sponsors.energyfactor", "Energy factors", "bolt"),
        ),
    ),
    (
        "Renewals",
        (
            ("sponsors.reminderstep", "Reminders", "notifications_active"),
            ("sponsors.renewalcase/board", "Renewal board", "view_kanban"),
            ("sponsors.assessment", "Renewal risk", "monitor_heart"),
            ("sponsors.assessment/changes", "What changed", "difference"),
            ("sponsors.assessment/what_if", "What if they leave", "link_off"),
            ("sponsors.renewalcase", "Renewal cases", "autorenew"),
            ("sponsors.renewalletter", "Renewal letters", "drafts"),
            ("sponsors.digest", "Digests", "mark_email_read"),
            ("sponsors.reminderpolicy", "Reminder policies", "stairs"),
            ("sponsors.reminderoverride", "Own ladders", "alt_route"),
            ("sponsors.scoringpolicy", "Scoring policies", "balance"),
            ("sponsors.renewalsettings", "Renewal settings", "settings"),
        ),
    ),
    (
        "Books",
        (
            ("foundation.closing", "Closing the books", "lock"),
            ("foundation.exchangerate", "Exchange rates", "currency_exchange"),
            ("foundation.ratesimport", "Imports of rates", "upload_file"),
        ),
    ),
    (
        "Imports and exports",
        (
            ("foundation.importrun", "Imports", "upload_file"),
            ("foundation.savedexport", "Saved exports", "download"),
            ("foundation.exportrun", "Exports made", "receipt_long"),
        ),
    ),
    (
        "People",
        (
            ("foundation.user", "Users", "person"),
            ("foundation.invitation", "Invitations", "person_add"),
            ("foundation.apitoken", "API tokens", "key"),
            ("sponsors.calendarfeed", "Calendar addresses", "calendar_add_on"),
        ),
    ),
    (
        "Operations",
        (
            ("foundation.notice", "Notices", "mail"),
            ("foundation.jobrun", "Periodic jobs", "schedule"),
            ("foundation.webhookendpoint", "Webhooks", "webhook"),
            ("foundation.webhookdelivery", "Webhook messages", "outbox"),
            ("foundation.organization", "Organization profile", "tune"),
            ("foundation.holiday", "Holidays", "beach_access"),
        ),
    ),
)


def keep_only_own_pages(site: AdminSite) -> None:
    """Take out what packages register by themselves.

    Their pages would show and delete second factors, sessions and addresses past the services.
    """
    from foundation.audit.admin import BursarAdmin

    for model, page in list(site._registry.items()):
        if not isinstance(page, BursarAdmin):
            site.unregister(model)


def site_name(request: HttpRequest) -> str:
    from foundation.books.context_processors import organization_of

    return str(organization_of(request))


def site_title(request: HttpRequest) -> str:
    return f"{site_name(request)} · Bursar"


def stylesheet(_request: HttpRequest) -> str:
    from django.templatetags.static import static

    return static("bursar/admin.css")


def script(_request: HttpRequest) -> str:
    from django.templatetags.static import static

    return static("bursar/admin.js")


def environment_label(_request: HttpRequest) -> list[str] | None:
    """Return what the head of every page says about this installation.

    Production says nothing, and of the demonstration a line on every page tells more than a word.
    """
    from django.conf import settings

    from config.environment import Mode

    return ["Development", "info"] if settings.MODE is Mode.DEVELOPMENT else None


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the subjects with the entries that this person may open."""
    pages = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    groups: list[dict[str, Any]] = [
        {"items": [{"title": "Today", "icon": "dashboard", "link": reverse("admin:index")}]}
    ]
    addresses: dict[str, dict[str, Any]] = {}
    for subject, entries in SIDEBAR:
        items = []
        for where, title, icon in entries:
            label, _slash, view = where.partition("/")
            page = pages.get(label)
            if page is None or not page.has_view_or_change_permission(request):
                continue
            address = reverse(f"admin:{label.replace('.', '_')}_{view or 'changelist'}")
            query = "" if view else getattr(page, "opens_with", "")
            link = f"{address}?{query}" if query else address
            items.append({"title": title, "icon": icon, "link": link, "active": False})
            addresses[address] = items[-1]
        if items:
            groups.append({"title": subject, "separator": True, "items": items})
    # A page below two entries, such as a report below a list, belongs to the nearer one.
    here = [address for address in addresses if request.path.startswith(address)]
    if here:
        addresses[max(here, key=len)]["active"] = True
    return groups


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """Return the pages of a person's own account; the calendar is for those who see renewals."""
    calendar = [{"title": "My calendar", "link": "/account/calendars/"}]
    return [
        {"title": "Sign-in and second factor", "link": "/accounts/2fa/"},
        {"title": "Sessions", "link": "/accounts/sessions/"},
        {"title": "API tokens", "link": "/account/tokens/"},
        *(calendar if request.user.has_perm("sponsors.view_calendarfeed") else []),
        {"title": "Change password", "link": "/accounts/password/change/"},
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": site_title,
    "SITE_HEADER": site_name,
    "SITE_SUBHEADER": "Bursar",
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [stylesheet],
    "SCRIPTS": [script],
    "DASHBOARD_CALLBACK": "config.today.today",
    "ENVIRONMENT": environment_label,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # A calm blue; white text on 600 and 700 has a contrast of more than 4.5 to 1.
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": sidebar,
    },
    "ACCOUNT": {
        "navigation": account_links,
    },
}
