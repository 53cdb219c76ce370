"""`/healthz`, `/readyz` and `/jobz`, answered before host names, sessions or TLS are looked at."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from foundation.health.selectors import Job, known_jobs, readiness

Handler = Callable[[HttpRequest], HttpResponse]


# The heartbeat is all that is missing in the first seconds of a start, which is no fault.
_WAITS_FOR = {
    "database": "the database to answer",
    "migrations": "`python manage.py migrate` to bring the tables up to date",
    "broker": "the broker of the jobs to answer",
    "heartbeat": "a worker to carry out a heartbeat that beat sends; both do so seconds after their start",
}


class HealthMiddleware:
    """Health checks come from inside: by address, without TLS, and while the database is away."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.pages = {"/healthz": healthz, "/readyz": readyz, "/jobz": jobz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self.pages.get(request.path)
        if page is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = page()
        response["Cache-Control"] = "no-store"
        return response


def healthz() -> HttpResponse:
    """Alive: the process answers. Asks nothing else of anybody, so that a restart is not the cure for a database."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz() -> HttpResponse:
    """Ready: all that is needed works; 503 otherwise, naming the part and what it waits for.

    A late job is told and changes nothing: a load balancer that asks here would take web processes away for it.
    """
    found = readiness(timezone.now())
    parts = {part: "ok" if works else "failed" for part, works in found.parts.items()}
    parts["jobs"] = "unknown" if found.jobs is None else "late" if found.late else "ok"
    answer: dict[str, Any] = {"ready": found.is_ready, "parts": parts}
    if not found.is_ready:
        answer["waits_for"] = [_WAITS_FOR[part] for part, works in found.parts.items() if not works]
    answer["jobs"] = _told(found.jobs)
    return JsonResponse(answer, status=200 if found.is_ready else 503)


def jobz() -> HttpResponse:
    """For monitors that look at the status alone: 503 when a periodic job is late, or nobody can say."""
    jobs = known_jobs(timezone.now())
    late = [job.name for job in jobs or () if job.is_late]
    answer = {"late": late, "jobs": _told(jobs)}
    return JsonResponse(answer, status=503 if late or jobs is None else 200)


def _told(jobs: list[Job] | None) -> dict[str, dict[str, Any]]:
    return {
        job.name: {
            "standing": job.standing,
            "last_done": job.finished_at,
            "last_begun": job.started_at,
            "due": job.due_at,
        }
        for job in jobs or ()
    }
