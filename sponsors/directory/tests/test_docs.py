from pathlib import Path

from sponsors.directory.imports import COLUMNS


def test_the_guide_explains_every_column_as_the_page_does(settings):
    guide = Path(settings.BASE_DIR, "docs/how-to/import-sponsors.md").read_text()
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.meaning} |" in guide
