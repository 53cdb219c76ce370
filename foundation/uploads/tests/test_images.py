import io
import struct
import zlib

import pytest
from PIL import Image

from foundation.uploads.images import LARGEST_PICTURE, check_picture
from foundation.uploads.rules import UploadRefused
from foundation.uploads.tests.pictures import drawing, pixels


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_is_recognized_by_its_content(kind, extension):
    content = pixels(kind)
    picture = check_picture(content)
    assert (picture.extension, picture.content) == (extension, content)


def test_a_drawing_is_recognized_by_its_content():
    assert check_picture(b"\xef\xbb\xbf \n" + drawing()).extension == "svg"


def header_only_png(width, height):
    """Return a PNG that claims a size and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"0"))
        + chunk(b"IEND", b"")
    )


def animation():
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"GIF89a" + b"\0" * 40, "not_a_picture", "Upload an SVG, PNG, JPEG or WebP file"),
        (b"%PDF-1.7 not a picture", "not_a_picture", "no picture that can be used"),
        (b"MZ\x90\x00", "not_a_picture", "no picture that can be used"),
        (pixels("GIF"), "not_a_picture", "no picture that can be used"),
        (pixels("JPEG", (600, 600))[:-200], "picture_damaged", "damaged"),
        (pixels("PNG", (600, 600))[:-40], "picture_damaged", "damaged"),
        (pixels("PNG", (4001, 1)), "picture_too_large", "4001 by 1 pixels; at most 4000 by 4000"),
        (header_only_png(30_000, 30_000), "picture_damaged", "unpacks to far more than it seems"),
        (header_only_png(10_000, 9_900), "picture_damaged", "unpacks to far more than it seems"),
        (header_only_png(3_000, 3_000), "picture_damaged", "damaged"),
        (animation(), "picture_animated", "Upload a still one"),
        (b"\x89PNG" + b"\0" * LARGEST_PICTURE, "file_too_large", "at most 2 MB"),
    ],
)
def test_what_is_no_sound_picture_is_refused_by_a_sentence(content, code, sentence):
    with pytest.raises(UploadRefused, match=sentence) as refused:
        check_picture(content, field="logo")
    assert (refused.value.code, refused.value.field) == (code, "logo")
