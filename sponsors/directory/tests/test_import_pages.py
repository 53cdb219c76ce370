import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.imports.models import ImportRun
from foundation.imports.rules import RunState
from foundation.imports.tasks import work_on_imports
from foundation.imports.tests.sheets import csv_file
from foundation.uploads.rules import MEGABYTE
from sponsors.directory.models import Sponsor
from sponsors.directory.tests.factories import SponsorFactory


@pytest.fixture
def browser(fundraiser, signed_in):
    return signed_in(fundraiser)


def page(name, *args):
    return reverse(f"admin:foundation_importrun_{name}", args=args)


def text_of(answer):
    return answer.content.decode()


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def upload(browser, content, name="sponsors.csv"):
    """Upload the file, let a worker look at it, and return the import's page."""
    file = SimpleUploadedFile(name, content)
    answer = browser.post(page("add"), {"kind": "sponsors", "file": file}, follow=True)
    work_on_imports()
    run = ImportRun.objects.first()
    return browser.get(page("change", run.pk)) if run else answer


def confirm(browser):
    run = ImportRun.objects.latest("pk")
    answer = browser.post(page("do", run.pk, "apply"), follow=True)
    assert said(answer) == ["sponsors.csv is being imported."]
    work_on_imports()
    return text_of(browser.get(page("change", run.pk)))


def test_a_file_is_uploaded_looked_at_and_imported(browser):
    offered = text_of(browser.get(page("add")))
    assert "contact_roles" in offered
    # An upload is looked at next: to add another at once makes no sense.
    assert "_addanother" not in offered
    assert page("template", "sponsors") in offered
    SponsorFactory(name="Known", country="US", website="")
    SponsorFactory(name="Same", country="US", website="")
    content = text_of(
        upload(
            browser,
            csv_file(
                {"name": "Acme", "country": "DE", "contact_name": "Grace"},
                {"name": "Known", "country": "DE", "contact_name": ""},
                {"name": "Same", "country": "US", "contact_name": ""},
            ),
        )
    )
    for shown in ("What it would do", "To add", "Grace (new)", "<s>US</s> → DE", "As it is"):
        assert shown in content, shown
    assert Sponsor.objects.count() == 2
    assert "What it did" in confirm(browser)
    assert Sponsor.objects.count() == 3
    again = upload(browser, csv_file({"name": "Acme", "country": "DE", "contact_name": "Grace"}))
    assert "it changes nothing" in text_of(again)


def test_while_a_worker_is_busy_the_page_says_how_far_it_is(browser):
    file = SimpleUploadedFile("sponsors.csv", csv_file({"name": "Acme"}))
    answer = browser.post(page("add"), {"kind": "sponsors", "file": file}, follow=True)
    run = ImportRun.objects.get()
    assert answer.redirect_chain[-1][0] == page("change", run.pk)
    assert "Being checked" in text_of(answer)
    assert page("progress", run.pk) in text_of(answer)
    told = browser.get(page("progress", run.pk)).json()
    assert told == {"state": "uploaded", "at_work": True, "done": 0, "total": 0}
    work_on_imports()
    assert browser.get(page("progress", run.pk)).json()["at_work"] is False


def test_what_is_wrong_with_a_file_is_shown_a_page_at_a_time_and_whole_as_csv(browser):
    answer = upload(browser, csv_file(*({"name": f"S {n}", "country": "=X"} for n in range(60))))
    assert "What is wrong" in text_of(answer)
    run = ImportRun.objects.get()
    second = text_of(browser.get(page("change", run.pk), {"page": "2"}))
    assert ">61</th>" in second
    assert ">51</th>" not in second
    assert page("do", run.pk, "apply") not in second
    lines = browser.get(page("faults", run.pk)).getvalue().decode().splitlines()
    assert lines[0] == "line,column,value,sentence"
    assert len(lines) == 61
    assert lines[1].startswith("2,country,'=X,")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty"),
        (b"x" * (10 * MEGABYTE + 1), "At most 10 MB can be taken"),
        (b"x" * (50 * MEGABYTE), "The file has 50.0 MB. At most 10 MB can be taken"),
    ],
)
def test_a_file_of_a_wrong_size_is_refused_on_the_form(browser, content, sentence):
    assert sentence in text_of(upload(browser, content))
    assert not ImportRun.objects.exists()


def test_a_file_that_cannot_be_read_is_told_as_a_fault(browser):
    assert "is no XLSX workbook" in text_of(upload(browser, b"name\nAcme\n", "sponsors.xlsx"))


def test_a_kind_that_is_none_is_refused(browser):
    file = SimpleUploadedFile("a.csv", b"name\nAcme\n")
    assert "Select a valid choice" in text_of(browser.post(page("add"), {"kind": "x", "file": file}))


def test_an_import_is_discarded(browser):
    upload(browser, csv_file({"name": "Acme"}))
    run = ImportRun.objects.get()
    answer = browser.post(page("do", run.pk, "discard"), follow=True)
    assert said(answer) == ["sponsors.csv is put aside."]
    listed = browser.get(page("changelist"))
    assert [str(row) for row in listed.context["cl"].result_list] == ["sponsors.csv"]


def test_what_changed_since_the_file_was_checked_is_said(browser):
    upload(browser, csv_file({"name": "Acme", "country": "US"}))
    SponsorFactory(name="Acme", country="DE", slug="acme")
    assert "Look at it once more" in confirm(browser)
    SponsorFactory(name="Acme", slug="acme-2")
    assert "rows have become bad" in confirm(browser)


def test_the_template_is_for_those_who_import(browser, auditor, infrastructure, signed_in):
    answer = browser.get(page("template", "sponsors"))
    assert text_of(answer).startswith("name,legal_name,slug")
    assert browser.get(page("template", "unheard-of")).status_code == 404
    assert signed_in(auditor).get(page("template", "sponsors")).status_code == 403
    upload(browser, csv_file({"name": "Acme"}))
    run = ImportRun.objects.get()
    shown = text_of(signed_in(auditor).get(page("change", run.pk)))
    assert "Upload another file" not in shown
    assert page("do", run.pk, "apply") not in shown
    for name in ("progress", "faults"):
        assert signed_in(infrastructure).get(page(name, run.pk)).status_code == 403


def test_an_import_that_was_cleared_away_says_so(browser):
    upload(browser, csv_file({"name": "Acme"}))
    run = ImportRun.objects.get()
    run.steps.all().delete()
    ImportRun.objects.update(file="", state=RunState.DISCARDED)
    assert "cleared away after a month" in text_of(browser.get(page("change", run.pk)))


def test_who_may_not_import_a_kind_may_look_at_it_and_no_more(browser, finance, signed_in):
    upload(browser, csv_file({"name": "Acme"}))
    run = ImportRun.objects.get()
    treasury = signed_in(finance)
    assert page("do", run.pk, "apply") not in text_of(treasury.get(page("change", run.pk)))
    assert treasury.get(page("do", run.pk, "apply")).status_code == 403
    assert treasury.get(page("do", run.pk + 1, "apply")).status_code == 404
