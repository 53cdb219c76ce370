"""Pages where a person makes and revokes tokens; an administrator also makes them for service accounts."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.api.forms import TokenForm
from foundation.api.models import ApiToken
from foundation.api.services import create_token, revoke_token
from foundation.errors import RuleViolation
from foundation.people.models import User


@require_GET
@login_required
def token_list(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "api/token_list.html",
        {"tokens": ApiToken.objects.filter(user=_person(request)), "now": timezone.now()},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def token_create(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    form = TokenForm(request.POST or None, person=person)
    if form.is_valid():
        now = timezone.now()
        try:
            made = create_token(
                actor=person,
                owner=form.chosen_owner(),
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=now + form.life(),
                now=now,
            )
        except RuleViolation as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return render(request, "api/token_created.html", {"token": made.token, "secret": made.secret})
    return render(request, "api/token_create.html", {"form": form}, status=400 if form.is_bound else 200)


@require_POST
@login_required
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request)
    token = get_object_or_404(ApiToken, pk=pk, user=person)
    revoke_token(actor=person, token=token, now=timezone.now())
    messages.success(request, f"The token “{token.name}” no longer works.")
    return redirect("account_tokens")


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)
