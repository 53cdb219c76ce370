"""docs/how-to/use-the-api.md does what it says: its commands are run against a live server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from foundation.api.tests.factories import make_token
from foundation.books.models import Fund
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

GUIDE = Path(settings.BASE_DIR) / "docs" / "how-to" / "use-the-api.md"
# A command, and what its output has in it, line by line.
EXAMPLE = re.compile(r"```sh\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
_END = "\x1e"


@pytest.mark.django_db(transaction=True)
def test_every_command_prints_what_the_guide_says(live_server):
    examples = EXAMPLE.findall(GUIDE.read_text())
    assert len(examples) == GUIDE.read_text().count("```sh\n")
    Fund.objects.create(code="general", name="General")
    token = make_token(make_user("Ada Administrator", Role.ADMINISTRATOR))
    script = "set -eu\n" + "\n".join(f"{command}\nprintf '\\036'" for command, _ in examples)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(  # the guide's own commands
        ["/bin/bash", "-c", script],
        env={"BURSAR": live_server.url, "TOKEN": token.secret, "PATH": path, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    outputs = ran.stdout.split(_END)
    for (command, expected), output in zip(examples, outputs, strict=False):
        missing = [line for line in expected.splitlines() if line not in output]
        assert not missing, f"{command}\nprinted\n{output}"
