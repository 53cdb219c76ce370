"""Expired sessions go, current ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from foundation.people.tasks import clear_sessions


@pytest.mark.django_db
def test_only_expired_sessions_are_cleared():
    now = timezone.now()
    for key, age in (("over", -1), ("current", 1)):
        Session.objects.create(session_key=key, session_data="x", expire_date=now + timedelta(hours=age))
    clear_sessions()
    assert [session.session_key for session in Session.objects.all()] == ["current"]
