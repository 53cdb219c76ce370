"""The start page, the way in for invited colleagues, and the error pages."""

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from foundation.errors import RuleViolation
from foundation.people.forms import AcceptInvitationForm
from foundation.people.models import Invitation
from foundation.people.rules import InvitationClosed
from foundation.people.selectors import open_invitation
from foundation.people.services import accept_invitation, role_labels

_INVITED_BY = "invitation_token"


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    names = role_labels(request.user.roles) if request.user.is_authenticated else []
    return render(request, "people/home.html", {"role_names": ", ".join(names)})


@never_cache
@sensitive_variables("token")
@require_safe
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the token in the session and out of the address, which logs and browsers remember."""
    request.session[_INVITED_BY] = token
    return redirect("accept_invitation")


@never_cache
@sensitive_post_parameters("password", "password_again")
@sensitive_variables("token", "form")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    token, now = request.session.get(_INVITED_BY, ""), timezone.now()
    try:
        invitation = open_invitation(Invitation.objects.select_related("invited_by"), token=token, now=now)
    except InvitationClosed as closed:
        return render(request, "people/invitation_closed.html", {"sentence": closed.message}, status=410)
    form = AcceptInvitationForm(request.POST or None, initial={"name": invitation.name})
    if form.is_valid():
        try:
            accept_invitation(
                actor=None,
                token=token,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                now=now,
            )
        except RuleViolation as refused:
            form.add_error(refused.field, refused.message)
        else:
            del request.session[_INVITED_BY]
            messages.success(request, "Your account is open. Sign in with the password you just chose.")
            return redirect("account_login")
    return render(
        request,
        "people/accept_invitation.html",
        {"form": form, "invitation": invitation, "roles": ", ".join(role_labels(invitation.roles))},
        status=400 if form.is_bound else 200,
    )


def server_error(_request: HttpRequest) -> HttpResponseServerError:
    """Answer without context processors: what failed may be the database they ask."""
    number = structlog.contextvars.get_contextvars().get("request_id", "")
    return HttpResponseServerError(render_to_string("500.html", {"request_id": number}))
