from pathlib import Path

import pytest
from django.conf import settings

from sponsors.commitments.imports import COMMITMENTS, RECEIPTS, SCHEDULES


@pytest.mark.parametrize("kind", [COMMITMENTS, SCHEDULES, RECEIPTS], ids=lambda kind: kind.name)
def test_the_how_to_explains_every_column_as_the_page_does(kind):
    told = Path(settings.BASE_DIR, "docs/how-to/import-commitments.md").read_text()
    for column in kind.columns:
        required = " Required." if column.required else ""
        assert f"| `{column.name}` | {column.meaning}{required} |" in told
