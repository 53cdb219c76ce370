"""A client generated from the committed OpenAPI document works: the whole journey over the API alone."""

import datetime as dt
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.api.tests.factories import make_token
from foundation.books.models import Fund
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from tests.openapi_document import committed_document

PROGRAM = Path(sys.executable).with_name("openapi-python-client")
TODAY = dt.datetime.now(tz=dt.UTC).date()


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Return a function that imports a module of a client just generated from the document."""
    home = tmp_path_factory.mktemp("client")
    config = home / "config.yaml"
    # The generator knows neither PDF nor tables, and takes them for the bytes they are when told so.
    bytes_of = "".join(
        f"  {kind}: application/octet-stream\n"
        for kind in ("application/pdf", "application/x-ndjson", "text/csv")
    )
    config.write_text(f"post_hooks: []\ncontent_type_overrides:\n{bytes_of}")
    # The program reads the same as JSON in half the time.
    document = home / "openapi.json"
    document.write_text(json.dumps(committed_document()))
    # The program and its arguments are ours.
    made = subprocess.run(
        [
            *(PROGRAM, "generate", "--path", document, "--config", config, "--meta", "none"),
            *("--output-path", home / "bursar_client", "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(home))
    yield lambda name: importlib.import_module(f"bursar_client.{name}")
    sys.path.remove(str(home))


@pytest.mark.django_db(transaction=True)
def test_five_years_from_draft_to_paid_with_a_generated_client(generated, live_server, request):
    administrator = make_user("Ada Administrator", Role.ADMINISTRATOR)
    Fund.objects.create(code="general", name="General")
    models = generated("models")
    client = generated("client").AuthenticatedClient(
        base_url=live_server.url, token=make_token(administrator).secret, raise_on_unexpected_status=True
    )
    request.addfinalizer(client.get_httpx_client().close)

    def call(module, status=200, **arguments):
        answer = generated(f"api.{module}").sync_detailed(client=client, **arguments)
        assert answer.status_code == status, answer.content
        return answer.parsed

    sponsor = call("sponsors.create_sponsor", 201, body=models.SponsorInputRequest(name="Acme"))
    draft = call(
        "commitments.create_commitment",
        201,
        idempotency_key="generated-1",
        body=models.DraftInputRequest(
            sponsor=sponsor.id,
            title="Platinum, five years",
            starts_on=TODAY,
            ends_on=TODAY.replace(year=TODAY.year + 5, day=min(TODAY.day, 28)) - dt.timedelta(days=1),
            currency=models.CurrencyEnum.USD,
            lines=[
                models.LineInputRequest(
                    kind=models.CommitmentLineKindEnum.CASH,
                    description="Cash",
                    amount="300000.00",
                    fund="general",
                )
            ],
            schedule=models.ScheduleInputRequest(
                shape=models.ShapeEnum.EQUAL, frequency=models.FrequencyEnum.YEARLY, first_due_on=TODAY
            ),
        ),
    )
    assert [part.amount for part in draft.installments] == ["60000.00"] * 5
    call("commitments.propose_commitment", id=draft.id)
    signed = call("commitments.sign_commitment", id=draft.id, body=models.SignInputRequest(signed_on=TODAY))
    assert signed.state == "signed"
    for number, amount in enumerate(["20000.00", "40000.00"]):
        call(
            "receipts.create_receipt",
            201,
            body=models.ReceiptInputRequest(
                sponsor=sponsor.id,
                amount=amount,
                currency=models.CurrencyEnum.USD,
                received_on=TODAY,
                method=models.MethodEnum.WIRE,
                source="bank",
                reference=f"payment {number}",
            ),
        )
    first, *others = call("commitments.get_commitment", id=draft.id).installments
    assert (first.state, first.paid, first.remainder) == ("paid", "60000.00", "0.00")
    assert {part.paid for part in others} == {"0.00"}
    listed = call("commitments.list_commitments", sponsor=sponsor.id)
    assert [row.number for row in listed.results] == [draft.number]
    timeline = call("commitment_timeline.get_commitment_timeline", id=draft.id)
    assert [receipt.amount for receipt in timeline.receipts] == ["20000.00", "40000.00"]
    refused = call(
        "commitments.sign_commitment", 409, id=draft.id, body=models.SignInputRequest(signed_on=TODAY)
    )
    assert refused.errors[0].detail
