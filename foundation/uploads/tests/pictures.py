"""Small pictures for tests, made on the spot."""

import io

from PIL import Image

SVG_SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def pixels(kind: str = "PNG", size: tuple[int, int] = (8, 8), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def drawing(inside: str = '<path d="M0 0h8v8z"/>', attributes: str = "") -> bytes:
    return f'<svg {SVG_SPACE} viewBox="0 0 8 8" {attributes}>{inside}</svg>'.encode()
