"""Pages of the directory outside the admin site: the logos themselves."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.uploads.storage import picture_response
from sponsors.directory.models import Sponsor


@require_safe
@login_required
def logo(request: HttpRequest, slug: str, *, on_dark: bool = False) -> FileResponse:
    """Show a sponsor's logo to those who may see the sponsor."""
    assert request.user.is_authenticated
    sponsor = get_object_or_404(Sponsor.objects.visible_to(request.user), slug=slug)
    file = sponsor.logo_on_dark if on_dark else sponsor.logo
    try:
        return picture_response(file, name=f"{slug}-logo{'-on-dark' if on_dark else ''}")
    except (ValueError, FileNotFoundError):
        raise Http404(f"{sponsor.name} has no such logo.") from None
