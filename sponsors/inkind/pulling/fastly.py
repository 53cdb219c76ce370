"""Fastly's statistics API, asked slowly and again when it stumbles.

Documented at https://www.fastly.com/documentation/reference/api/metrics-stats/historical-stats/. The token is in a
header of the request alone: no address, error or log holds it, and it is never sent on to where an answer points.
"""

import http.client
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Never
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import structlog

from sponsors.inkind.rules.pulling import MOST_TRIES, PATIENCE, Window, wait_before
from sponsors.inkind.rules.refusals import InKindError

log = structlog.get_logger(__name__)

# Below the 100 calls a minute that are granted to a token.
LEAST_INTERVAL = 0.75
# All tries of one question together stay below what a worker may take for a task.
SILENCE = 20.0
LONGEST_ANSWER_TIME = 60.0
LARGEST_ANSWER = 64 * 1024 * 1024
_BLOCK = 1 << 16
_LONGEST_TOLD = 120


class AnswerRefused(InKindError):
    """The provider does not answer this, and asking again changes nothing; `is_of_token`: whatever is asked."""

    code = "provider_refused"

    def __init__(self, message: str, *, is_of_token: bool = False) -> None:
        super().__init__(message)
        self.is_of_token = is_of_token


class NoAnswer(InKindError):
    """The provider gave no usable answer, however often it was asked; `wait` is how many seconds it asked for."""

    code = "provider_unavailable"

    def __init__(self, message: str, *, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


class _Stumbled(Exception):
    """One try gave nothing; another may."""

    def __init__(self, what: str, *, wait: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait


class _StaysHere(HTTPRedirectHandler):
    """Follows no redirect: the token would go along."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs


class Fastly:
    """The API as one token sees it. `sleep`, `clock` and `chance` stand in for time and luck."""

    def __init__(
        self,
        *,
        url: str,
        token: str,
        interval: float = LEAST_INTERVAL,
        silence: float = SILENCE,
        longest: float = LONGEST_ANSWER_TIME,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        # Spreads load, guards nothing: a plain random number is enough.
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._url = url
        self._token = token
        self._interval = interval
        self._silence = silence
        self._longest = longest
        self._sleep = sleep
        self._clock = clock
        self._chance = chance
        self._next_at = 0.0
        self._opener: OpenerDirector = build_opener(_StaysHere)

    def regions(self) -> list[str]:
        """Return the names of all regions there are now. Raises AnswerRefused and NoAnswer."""
        answer = json.loads(self._ask("/stats/regions"))["data"]
        return [str(name) for name in answer]

    def hours(self, external_id: str, region: str, window: Window) -> bytes:
        """Return the answer with the service's hours of the window in the region. Raises AnswerRefused and NoAnswer."""
        asked = {
            "from": int(window.first.timestamp()),
            "to": int(window.before.timestamp()),
            "by": "hour",
            "region": region,
        }
        return self._ask(f"/stats/service/{quote(external_id, safe='')}?{urlencode(asked)}")

    def _ask(self, path: str) -> bytes:
        what = path.partition("?")[0]
        for attempt in range(1, MOST_TRIES + 1):
            self._keep_distance()
            try:
                return self._once(path)
            except _Stumbled as stumbled:
                wait = wait_before(attempt, self._chance()) if stumbled.wait is None else stumbled.wait
                log.warning("provider stumbled", path=what, attempt=attempt, problem=stumbled.what, wait=wait)
                if stumbled.wait is not None and wait > PATIENCE:
                    msg = f"Fastly asks to wait for {wait:,.0f} seconds. Bursar asks again after that."
                    raise NoAnswer(msg, wait=wait) from None
                if attempt == MOST_TRIES:
                    msg = f"Fastly gave no usable answer to {what}: {stumbled.what}. Bursar asks again within an hour."
                    raise NoAnswer(msg) from None
                self._sleep(wait)
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _keep_distance(self) -> None:
        now = self._clock()
        if now < self._next_at:
            self._sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._interval

    def _once(self, path: str) -> bytes:
        request = Request(  # noqa: S310  # the address is a checked setting
            self._url + path, headers={"Fastly-Key": self._token, "Accept": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=self._silence) as response:
                body = self._read(response)
        except HTTPError as error:
            with error:
                self._refuse(error)
        except TimeoutError:
            self._stumble("it took too long")
        except http.client.IncompleteRead:
            self._stumble("the answer ended early")
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            slow = isinstance(reason, TimeoutError)
            self._stumble("it took too long" if slow else f"the connection failed ({type(reason).__name__})")
        self._check(body)
        return body

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """Return the whole body. A server that drips is let go of, and so is one that never ends."""
        until = self._clock() + self._longest
        blocks: list[bytes] = []
        size = 0
        while block := response.read1(_BLOCK):
            blocks.append(block)
            size += len(block)
            if size > LARGEST_ANSWER:
                msg = f"Fastly's answer has more than {LARGEST_ANSWER // 1024 // 1024} MB, which no week of hours has. Check FASTLY_API_URL."
                raise AnswerRefused(msg)
            if self._clock() > until:
                self._stumble("it took too long")
        told = response.headers.get("Content-Length")
        if told is not None and size < int(told):
            self._stumble("the answer ended early")
        return b"".join(blocks)

    def _check(self, body: bytes) -> None:
        try:
            answer = json.loads(body)
        except ValueError:
            self._stumble("the answer ended early or is no JSON")
        if not isinstance(answer, dict) or "data" not in answer:
            self._stumble("the answer holds no data")
        if answer.get("status") != "success":
            self._stumble(f"it says {_told(answer.get('msg') or answer.get('status'))}")

    def _refuse(self, error: HTTPError) -> Never:
        code = error.code
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Stumbled("it was asked too often", wait=_retry_after(error.headers.get("Retry-After")))
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait = error.headers.get("Retry-After")
            raise _Stumbled(f"it answered {code}", wait=_retry_after(wait) if wait else None)
        if code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            msg = f"Fastly refuses the token ({code}). Set FASTLY_API_TOKEN to one that may read the statistics of the service."
            raise AnswerRefused(msg, is_of_token=code == HTTPStatus.UNAUTHORIZED)
        if code == HTTPStatus.NOT_FOUND:
            msg = "Fastly knows no such service (404). Correct the service's name at the provider."
            raise AnswerRefused(msg)
        msg = f"Fastly does not answer what was asked ({code}). Check FASTLY_API_URL and the service's name at the provider."
        raise AnswerRefused(msg)

    @staticmethod
    def _stumble(what: str) -> Never:
        raise _Stumbled(what) from None


def _retry_after(header: str | None) -> float | None:
    """Return the seconds that the header asks for, as a number or as a date; None when it says nothing usable."""
    text = (header or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _told(message: object) -> str:
    """Return what it says, as much as fits and only what can be read."""
    text = "".join(letter for letter in str(message) if letter.isprintable())
    return f"“{text[:_LONGEST_TOLD]}”"
