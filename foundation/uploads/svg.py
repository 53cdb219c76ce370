"""SVG drawings: parsed safely, held to a list of what a still logo needs, and written anew.

Writing anew leaves out comments, processing instructions and the private marks of drawing
programs, so that what is served is exactly what was checked, in UTF-8.
"""

import re
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, QName, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foundation.uploads.rules import UploadRefused

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_DEEPEST = 60


# Draws nothing and links nowhere: what drawing programs write for themselves.
_EDITORS = (
    "http://www.inkscape.org/",
    "http://sodipodi.sourceforge.net/",
    "http://www.bohemiancoding.com/sketch",
    "http://www.serif.com/",
    "http://ns.adobe.com/",
    "http://www.figma.com/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/",
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    """
    svg g defs symbol use title desc style switch
    path rect circle ellipse line polyline polygon text tspan
    linearGradient radialGradient stop pattern clipPath mask marker filter
    feBlend feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feFuncA feFuncB feFuncG
    feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset feTile
    """
)

_ATTRIBUTES = _words(
    """
    id class style lang role tabindex version baseProfile viewBox preserveAspectRatio width height x y x1 x2
    y1 y2 cx cy r rx ry fx fy fr d points pathLength transform dx dy rotate textLength lengthAdjust
    gradientUnits gradientTransform spreadMethod offset patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight refX refY orient
    filterUnits primitiveUnits in in2 result type values mode operator k1 k2 k3 k4 stdDeviation
    edgeMode slope intercept amplitude exponent tableValues radius
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation
    color-interpolation-filters color-rendering direction display dominant-baseline enable-background fill
    fill-opacity fill-rule filter flood-color flood-opacity font-family font-size font-size-adjust
    font-stretch font-style font-variant font-weight image-rendering isolation kerning letter-spacing
    marker-end marker-mid marker-start mask mask-type mix-blend-mode opacity overflow paint-order
    pointer-events shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
    text-decoration text-rendering transform-origin unicode-bidi vector-effect visibility white-space
    word-spacing writing-mode
    """
)

_FUNCTIONS = _words(
    """
    url rgb rgba hsl hsla var calc matrix translate translatex translatey scale scalex scaley rotate skewx
    skewy not nth-child
    """
)
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_OUTSIDE = re.compile(r"url\s*\(\s*[\"']?\s*(?!#|[\"'\s])", re.IGNORECASE)
_INSTRUCTION = re.compile(rb"<\?(?!xml[\s?])")


def looks_like_svg(content: bytes) -> bool:
    """Return whether the content is XML-like text, which is then read as SVG or refused."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") or content[:2] in {b"\xff\xfe", b"\xfe\xff"}


def clean_svg(content: bytes, *, field: str = "file") -> bytes:
    """Return the drawing written anew. Raises UploadRefused naming the first thing it may not hold."""

    def refuse(found: str) -> NoReturn:
        raise UploadRefused(
            f"The SVG holds {found}. Save it as a plain SVG without that, or upload a PNG.",
            code="svg_refused",
            field=field,
        )

    if _INSTRUCTION.search(content):
        refuse("a processing instruction, such as a link to a style sheet")
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        refuse("a document type or entities (<!DOCTYPE …>)")
    except (ParseError, ValueError, LookupError) as error:
        raise UploadRefused(
            "The SVG cannot be read: it is not well-formed. Save it anew and upload it again.",
            code="svg_damaged",
            field=field,
        ) from error
    if root.tag != f"{{{_SVG}}}svg":
        refuse("no drawing: its first element must be <svg> in SVG's namespace")
    found = _check_tree(root)
    if found:
        refuse(found)
    # The table of prefixes is one for the whole process, and other packages write to it.
    register_namespace("", _SVG)
    register_namespace("xlink", _XLINK)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _split(name: str) -> tuple[str, str]:
    """Return namespace and local name of ElementTree's {namespace}name."""
    space, brace, local = name.rpartition("}")
    return (space[1:], local) if brace else ("", name)


def _check_tree(root: Element) -> str:
    """Remove what drawing programs left for themselves; return what must not be there, or nothing."""
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > _DEEPEST:
            return f"elements nested more than {_DEEPEST} deep"
        space, name = _split(element.tag)
        if space != _SVG or name not in _ELEMENTS:
            return f"a <{name}> element"
        found = _check_attributes(element, name)
        if not found and name == "style":
            found = _check_style(element.text or "")
        if found:
            return found
        for child in list(element):
            if _is_private(child.tag):
                element.remove(child)
            else:
                waiting.append((child, depth + 1))
    return ""


def _is_private(tag: str) -> bool:
    return tag == QName(_SVG, "metadata").text or _split(tag)[0].startswith(_EDITORS)


def _check_attributes(element: Element, name: str) -> str:
    for attribute, value in list(element.attrib.items()):
        space, local = _split(attribute)
        if space.startswith(_EDITORS) or local.startswith(("data-", "aria-")):
            del element.attrib[attribute]
        elif local == "href" and space in {"", _XLINK}:
            if not value.strip().startswith("#"):
                return f"a link to another place ({local} of <{name}>)"
        elif space == _XLINK:
            del element.attrib[attribute]
        elif not (space == _XML and local in {"space", "lang"}) and (space or local not in _ATTRIBUTES):
            kind = "an event handler" if local.lower().startswith("on") else "an attribute"
            return f"{kind} that a still drawing does not need ({local} of <{name}>)"
        else:
            found = _check_style(value)
            if found:
                return found
    return ""


def _check_style(text: str) -> str:
    """Return what in a style sheet, style attribute or value could load or hide something."""
    if "\\" in text:
        return "an escaped character in a style"
    if "@" in text:
        return "an @ rule in a style, such as @import"
    if _OUTSIDE.search(text):
        return "a link to another place in a style (url)"
    unknown = {name.lower() for name in _FUNCTION.findall(text)} - _FUNCTIONS - {""}
    if unknown:
        return f"{min(unknown)}(…) in a style"
    return ""
