"""Uploads at rest: private, under names nobody can guess; and how they are sent back."""

import secrets
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.http import FileResponse

from foundation.uploads.images import CONTENT_TYPES, Picture


def store(picture: Picture, *, folder: str) -> str:
    """Keep the picture under a random name in the folder; return the name for a file field.

    When the transaction does not commit, the file is nobody's and harmless.
    """
    return store_file(picture.content, folder=folder, extension=picture.extension)


def store_file(content: bytes, *, folder: str, extension: str) -> str:
    """Keep the content under a random name in the folder; return the name for a file field."""
    name = f"{folder}/{secrets.token_hex(16)}.{extension}"
    return default_storage.save(name, ContentFile(content))


def discard_on_commit(name: str) -> None:
    """Delete the file once the row that named it no longer does."""
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))


def picture_response(file: FieldFile, *, name: str) -> FileResponse:
    """Return the picture to be looked at: it can run nothing and load nothing, opened by itself too.

    `name` is what it is called when saved, without its extension. Raises FileNotFoundError.
    """
    extension = PurePosixPath(file.name or "").suffix.removeprefix(".")
    response = FileResponse(
        file.open("rb"), filename=f"{name}.{extension}", content_type=CONTENT_TYPES[extension]
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=300"
    return response
