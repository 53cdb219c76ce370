"""What is done to templates and documents: one function a verb."""

from sponsors.agreements.services.documents import (
    annul_version,
    begin_document,
    begin_version,
    send_version,
    sign_version,
    void_version,
)
from sponsors.agreements.services.templates import add_template, change_template, preview_agreement

__all__ = [
    "add_template",
    "annul_version",
    "begin_document",
    "begin_version",
    "change_template",
    "preview_agreement",
    "send_version",
    "sign_version",
    "void_version",
]
