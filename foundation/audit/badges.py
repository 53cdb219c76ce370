"""How a state looks in lists and heads of pages."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

_CLASSES = {
    "default": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
    "info": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "success": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "warning": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "danger": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
}


def fingerprint(digest: str) -> SafeString:
    """Return the SHA-256 of a file in small print: two files with the same one are the same file."""
    return format_html('<span class="font-mono text-subtle text-xs">SHA-256 {}</span>', digest)


def badge(text: str, tone: str = "default") -> SafeString:
    """Return the label. Color never stands alone: the text always says the state in words."""
    return format_html(
        '<span class="inline-block font-semibold h-6 leading-6 px-2 rounded-default text-xs whitespace-nowrap {}">{}</span>',
        _CLASSES[tone],
        text,
    )
