"""Which static files are collected for production: not the builds and libraries of packages that no page asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFilesConfig(StaticFilesConfig):
    """Leaves out what would take minutes to compress, and what refers to files that its package does not bring."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "libs",  # of Tabler
        # Of ECharts only echarts.min.js is served.
        "extension",
        "echarts.js*",
        "echarts.common*",
        "echarts.esm*",
        "echarts.simple*",
    ]
