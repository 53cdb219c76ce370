"""What is taken from outside, how large it may be, and how a refusal is said."""

from typing import Protocol

from foundation.errors import RuleViolation

MEGABYTE = 1024 * 1024


class UploadRefused(RuleViolation):
    """The file is not what may be uploaded here; nothing was kept of it."""

    code = "upload_refused"


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...


def read_within(file: Readable, *, limit: int, field: str = "file") -> bytes:
    """Return the whole content from its beginning, reading at most one byte beyond the limit.

    Raises UploadRefused for a larger file, without reading it when it says its size.
    """
    size = getattr(file, "size", None)
    # A form that is shown again with a refusal reads its file a second time.
    file.seek(0)
    content = b"" if size is not None and size > limit else file.read(limit + 1)
    if (size or 0) > limit or len(content) > limit:
        tells = f"The file has {size / MEGABYTE:.1f} MB. " if size else "The file is too large. "
        raise UploadRefused(
            f"{tells}At most {limit // MEGABYTE} MB can be taken. Upload a smaller one.",
            code="file_too_large",
            field=field,
        )
    if not content:
        raise UploadRefused("The file is empty. Choose another.", code="file_empty", field=field)
    return content
