"""Reading the text of a template: a few signs of Markdown, and names in double braces.

Only the author's own text is read as Markdown. What a name stands for is put in afterwards, as text.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sponsors.agreements.rules.blocks import Block, Heading, Insert, Items, Paragraph, Run
from sponsors.agreements.rules.placeholders import INSERTS, PLACEHOLDERS, written
from sponsors.agreements.rules.refusals import TemplateRefused

LONGEST_BODY = 40_000
_DEEPEST_HEADING = 3
_DEEPEST_LIST = 4

# All of Markdown is recognized, so that what is not supported is refused and never printed as signs.
# Definitions of links would vanish without a word, and escaped signs must stay apart from braces.
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(["reference", "text_join"])
_NAME = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_LISTS = {"bullet_list_open", "ordered_list_open"}
_REFUSED = {
    "blockquote_open": "A quotation (>)",
    "code_block": "Text indented by four spaces",
    "fence": "A block of code (```)",
    "code_inline": "Code (`)",
    "hr": "A line across (---)",
    "html_block": "HTML",
    "html_inline": "HTML",
    "image": "A picture",
    "link_open": "A link",
    "s_open": "Struck out text (~~)",
    "table_open": "A table (|)",
}
_LOOKS = {"strong_open": (1, 0), "strong_close": (-1, 0), "em_open": (0, 1), "em_close": (0, -1)}


def read_template(body: str) -> tuple[Block, ...]:
    """Return the blocks of the text.

    Raises TemplateRefused naming the line and the fix for markup that is not supported, for a name
    that is not known or not closed, and for a table that does not stand alone or stands there twice.
    """
    tokens = _MARKDOWN.parse(body)
    blocks = _blocks(tokens, depth=0)
    _check_once(tokens)
    return blocks


def _check_once(tokens: Sequence[Token]) -> None:
    # A schedule may have hundreds of rows: a text full of schedules would be a book.
    seen: dict[str, int] = {}
    for inline in tokens:
        for name in [run.name for run in _runs(inline) if run.name in INSERTS] if inline.children else ():
            if name in seen:
                msg = f"Line {_line(inline)}: {written(name)} stands in line {seen[name]} already. Leave one of them."
                raise TemplateRefused(msg, code="insert_twice", field="body")
            seen[name] = _line(inline)


def _blocks(tokens: Sequence[Token], *, depth: int) -> tuple[Block, ...]:
    found: list[Block] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _closing(tokens, position)
        if token.type in _LISTS:
            found.append(_list(token, tokens[position + 1 : end], depth=depth + 1))
        elif token.type == "heading_open":
            found.append(_heading(token, tokens[position + 1]))
        elif token.type == "paragraph_open":
            found.append(_paragraph(tokens[position + 1]))
        else:
            raise _unsupported(token, token)
        position = end + 1
    return tuple(found)


def _closing(tokens: Sequence[Token], position: int) -> int:
    """Return where what opens at the position closes; a token of one piece closes itself."""
    depth: int = tokens[position].nesting
    while depth:
        position += 1
        depth += tokens[position].nesting
    return position


def _list(opening: Token, tokens: Sequence[Token], *, depth: int) -> Items:
    if depth > _DEEPEST_LIST:
        msg = f"Line {_line(opening)}: lists go at most {_DEEPEST_LIST} levels deep. Take out a level."
        raise TemplateRefused(msg, code="list_too_deep", field="body")
    items = []
    position = 0
    while position < len(tokens):
        end = _closing(tokens, position)
        items.append(_blocks(tokens[position + 1 : end], depth=depth))
        position = end + 1
    return Items(opening.type == "ordered_list_open", int(opening.attrs.get("start", 1)), tuple(items))


def _heading(opening: Token, inline: Token) -> Heading:
    level = int(opening.tag.removeprefix("h"))
    if level > _DEEPEST_HEADING:
        msg = f"Line {_line(opening)}: headings have one to three #. Take some out."
        raise TemplateRefused(msg, code="heading_too_deep", field="body")
    runs = _runs(inline)
    for run in runs:
        if run.name in INSERTS:
            raise _not_alone(run.name, inline)
    return Heading(level, runs)


def _paragraph(inline: Token) -> Block:
    runs = _runs(inline)
    inserts = [run.name for run in runs if run.name in INSERTS]
    if not inserts:
        return Paragraph(runs)
    if len(runs) > 1:
        raise _not_alone(inserts[0], inline)
    return Insert(inserts[0])


def _runs(inline: Token) -> tuple[Run, ...]:
    found: list[Run] = []
    bold = italic = 0
    for token in inline.children or ():
        if token.type in _LOOKS:
            more_bold, more_italic = _LOOKS[token.type]
            bold, italic = bold + more_bold, italic + more_italic
        elif token.type == "text":
            found += _named(token.content, inline, bold=bool(bold), italic=bool(italic))
        elif token.type == "text_special":
            found.append(Run(token.content, bold=bool(bold), italic=bool(italic)))
        elif token.type in {"softbreak", "hardbreak"}:
            found.append(Run(" " if token.type == "softbreak" else "\n"))
        else:
            raise _unsupported(token, inline)
    return tuple(found)


def _named(text: str, inline: Token, *, bold: bool, italic: bool) -> list[Run]:
    found = []
    end = 0
    for match in _NAME.finditer(text):
        found.append(Run(_plain(text[end : match.start()], inline), bold=bold, italic=italic))
        found.append(Run(name=_known(match[1], inline), bold=bold, italic=italic))
        end = match.end()
    found.append(Run(_plain(text[end:], inline), bold=bold, italic=italic))
    return [run for run in found if run.text or run.name]


def _plain(text: str, inline: Token) -> str:
    for braces, sentence in (
        ("{{", "is not closed. Write the name and }} on the same line, without markup between."),
        ("}}", "closes nothing. Write {{ before the name, or take it out."),
    ):
        if braces in text:
            start = max(text.index(braces) - (20 if braces == "}}" else 0), 0)
            piece = text[start : start + 40].strip()
            msg = f"Line {_line(inline)}: “{piece}” {sentence}"
            raise TemplateRefused(msg, code="placeholder_unclosed", field="body")
    return text


def _known(name: str, inline: Token) -> str:
    if name in PLACEHOLDERS or name in INSERTS:
        return name
    known = [*PLACEHOLDERS, *INSERTS]
    near = get_close_matches(name, known, n=1)
    instead = (
        f"Did you mean {written(near[0])}?" if near else "The names that are known stand beside the text."
    )
    msg = f"Line {_line(inline)}: {written(name[:60])} is not known. {instead}"
    raise TemplateRefused(msg, code="placeholder_unknown", field="body")


def _not_alone(name: str, inline: Token) -> TemplateRefused:
    msg = f"Line {_line(inline)}: {written(name)} is a whole piece. Leave it alone between two empty lines."
    return TemplateRefused(msg, code="insert_not_alone", field="body")


def _unsupported(token: Token, place: Token) -> TemplateRefused:
    what = _REFUSED.get(token.type, "This markup")
    msg = (
        f"Line {_line(place)}: {what} cannot be used here. Headings, paragraphs, **bold**, *italic* and lists can; "
        "to print a sign as it is, put a backslash before it."
    )
    return TemplateRefused(msg, code="markup_unsupported", field="body")


def _line(token: Token) -> int:
    """Return the number of the line at which the block begins, from 1."""
    return (token.map or [0])[0] + 1
