"""A person's calendars: the pages where they are made and revoked, and the file that calendar programs read."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from foundation.api.throttling import caller_at, calls_in_this_minute, seconds_to_wait
from foundation.audit.actions import acting
from foundation.books.selectors import current_organization, local_today, organization_remembered
from foundation.errors import RuleViolation
from foundation.people.models import User
from sponsors.renewals.calendar_files import calendar_file
from sponsors.renewals.forms import CalendarForm
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.selectors.calendars import READ, calendar_entries, feed_of
from sponsors.renewals.services.calendars import make_feed, note_use, revoke_feed

# A minute; a program asks every few hours. An address is a place in the network, from which secrets may be guessed.
A_FEED = 30
AN_ADDRESS = 60


@require_GET
@login_required
@permission_required(READ, raise_exception=True)
def calendar_list(request: HttpRequest) -> HttpResponse:
    feeds = CalendarFeed.objects.filter(person=_person(request))
    return render(request, "renewals/calendar_list.html", {"feeds": feeds})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required(READ, raise_exception=True)
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def calendar_create(request: HttpRequest) -> HttpResponse:
    form = CalendarForm(request.POST or None)
    if form.is_valid():
        try:
            made = make_feed(actor=_person(request), name=form.cleaned_data["name"])
        except RuleViolation as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            address = settings.BASE_URL + reverse("calendar_feed", args=[made.secret])
            return render(request, "renewals/calendar_created.html", {"feed": made.feed, "address": address})
    return render(
        request, "renewals/calendar_create.html", {"form": form}, status=400 if form.is_bound else 200
    )


@require_POST
@login_required
def calendar_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request)
    feed = get_object_or_404(CalendarFeed, pk=pk, person=person)
    revoke_feed(actor=person, feed=feed, now=timezone.now())
    messages.success(request, f"The address for “{feed.name}” no longer works.")
    return redirect("account_calendars")


@never_cache
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer with the calendar to whoever has the address; `?mine=1` for what the person owns or backs up."""
    with organization_remembered():
        response = _feed(request, secret)
    # For nobody else, in no index, and named to no page that its links lead to.
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _feed(request: HttpRequest, secret: str) -> HttpResponse:
    feed = feed_of(secret)
    caller, most = (caller_at(request), AN_ADDRESS) if feed is None else (f"calendar {feed.pk}", A_FEED)
    if calls_in_this_minute(caller) > most:
        return _plain(
            "Too many requests. Ask again in a minute.", 429, {"Retry-After": str(seconds_to_wait())}
        )
    if feed is None:
        return _plain("There is no calendar at this address. It may have been revoked.", 404)
    with acting("calendar_feed.read", actor=feed.person):
        note_use(feed, timezone.now())
    mine = request.GET.get("mine") == "1"
    organization = current_organization()
    entries = calendar_entries(feed.person, local_today(), mine=mine)
    name = f"{organization.name}: {'my renewals' if mine else 'renewals'}"
    return HttpResponse(
        calendar_file(name, entries),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="renewals.ics"'},
    )


def _plain(sentence: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers
    )


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)
