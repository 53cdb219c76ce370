"""An administrator sees which jobs are late, adds a webhook, keeps its secret and tries it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook

from foundation.health.jobs import HEARTBEAT
from foundation.health.models import JobRun
from foundation.health.tasks import heartbeat
from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.tasks import deliver_webhooks
from foundation.webhooks.tests.conftest import receiver, woken

__all__ = ["receiver", "woken"]


@pytest.mark.usefixtures("woken")
def test_jobs_are_looked_at_and_a_webhook_is_tried(
    page: Page, sign_in_quickly, look, administrator, receiver
):
    heartbeat.apply()
    long_ago = timezone.now() - timedelta(days=2)
    JobRun.objects.exclude(job=HEARTBEAT).update(
        started_at=long_ago, finished_at=long_ago, took=timedelta(seconds=75), summary="3 done"
    )
    JobRun.objects.filter(job="sponsors.watch_services").update(
        started_at=long_ago, finished_at=timezone.now() - timedelta(hours=1), failed_at=timezone.now()
    )
    sign_in_quickly(administrator)
    page.goto("/admin/")
    expect(page.get_by_text("Late: ")).to_be_visible()
    page.get_by_text("Periodic jobs", exact=True).last.click()
    look(page, "today-jobs")
    page.get_by_role("link", name="Show all periodic jobs").click()
    expect(page.get_by_text("1 min 15 s").first).to_be_visible()
    look(page, "jobs")

    page.goto("/admin/foundation/webhookendpoint/add/")
    page.get_by_label("Name").fill("Chat of fundraising")
    page.get_by_label("Address").fill("http://chat.example.org/hooks/abc")
    page.get_by_label("A periodic job is late").check()
    page.get_by_role("button", name="Add and show the secret").click()
    expect(page.get_by_text("The address must begin with https://.").first).to_be_visible()
    page.get_by_label("Address").fill(f"{receiver.url}/hooks/abc")
    page.get_by_role("button", name="Add and show the secret").click()
    shown = page.get_by_text("It is shown this once: whsec_")
    secret = "whsec_" + str(shown.inner_text()).partition("whsec_")[2].strip()
    look(page, "webhook-secret")
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("waits to be sent")).to_be_visible()
    deliver_webhooks()
    ((_path, headers, body),) = receiver.received
    assert Webhook(secret).verify(body, headers) == json.loads(body)

    page.goto("/admin/foundation/webhookdelivery/")
    expect(page.get_by_text("Delivered").first).to_be_visible()
    page.goto(f"/admin/foundation/webhookdelivery/{WebhookDelivery.objects.get().pk}/change/")
    look(page, "webhook-message")
