"""What is collected for production holds what pages ask for, and little else."""

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.utils import get_files
from django.core.files.storage import FileSystemStorage

from config.static_files import CollectedFilesConfig

KEPT = {
    "ECHARTS_DIST": {"echarts.min.js"},
    "TABLER_DIST": {"css/tabler.min.css"},
}


@pytest.mark.parametrize("name", KEPT)
def test_builds_that_no_page_asks_for_are_left_out(name):
    assert isinstance(apps.get_app_config("staticfiles"), CollectedFilesConfig)
    storage = FileSystemStorage(getattr(settings, name))
    found = set(get_files(storage, CollectedFilesConfig.ignore_patterns))
    assert found >= KEPT[name]
    assert not [path for path in found if path.startswith(("libs/", "extension/", "echarts.esm"))]
