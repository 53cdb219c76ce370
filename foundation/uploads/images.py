"""Pictures, recognized and checked by what they contain, never by their name."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from foundation.uploads.rules import MEGABYTE, UploadRefused
from foundation.uploads.svg import clean_svg, looks_like_svg

LARGEST_PICTURE = 2 * MEGABYTE
LONGEST_SIDE = 4000  # pixels

CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture: what to keep, and the extension that says its true kind."""

    content: bytes
    extension: str


def check_picture(content: bytes, *, field: str = "file") -> Picture:
    """Return the picture to keep. Raises UploadRefused with what is wrong and what to do."""
    if len(content) > LARGEST_PICTURE:
        raise UploadRefused(
            f"The picture has {len(content) / MEGABYTE:.1f} MB; at most {LARGEST_PICTURE // MEGABYTE} MB "
            "can be taken. Save it smaller.",
            code="file_too_large",
            field=field,
        )
    if looks_like_svg(content):
        return Picture(clean_svg(content, field=field), "svg")
    return Picture(content, _check_pixels(content, field=field))


def _check_pixels(content: bytes, *, field: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=list(_EXTENSIONS)) as header:
                _check_shape(header, field=field)
                header.verify()
            # `verify` spoils the image for reading; only reading shows that all of it is there.
            with Image.open(io.BytesIO(content), formats=list(_EXTENSIONS)) as picture:
                picture.load()
                return _EXTENSIONS[str(picture.format)]
    except UnidentifiedImageError as error:
        raise UploadRefused(
            "This is no picture that can be used. Upload an SVG, PNG, JPEG or WebP file.",
            code="not_a_picture",
            field=field,
        ) from error
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise UploadRefused(
            "The picture is damaged, or unpacks to far more than it seems. Save it anew and upload it again.",
            code="picture_damaged",
            field=field,
        ) from error


def _check_shape(picture: Image.Image, *, field: str) -> None:
    width, height = picture.size
    if max(width, height) > LONGEST_SIDE:
        raise UploadRefused(
            f"The picture has {width} by {height} pixels; at most {LONGEST_SIDE} by {LONGEST_SIDE} can be "
            "taken. Save it smaller.",
            code="picture_too_large",
            field=field,
        )
    if getattr(picture, "is_animated", False):
        raise UploadRefused(
            "The picture is animated. Upload a still one.", code="picture_animated", field=field
        )
