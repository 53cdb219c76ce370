"""What a template is made of once it is read: blocks of text in which names wait for their data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# As the layout takes it: see layouts/agreement.typ.
Filled = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look; with `name` it is the data of that name instead."""

    text: str = ""
    name: str = ""
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list. A numbered one counts from `start`."""

    is_numbered: bool
    start: int
    items: tuple[tuple["Block", ...], ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A whole piece, such as the table of installments."""

    name: str


Block = Paragraph | Heading | Items | Insert


def names_in(blocks: Sequence[Block]) -> list[str]:
    """Return the names that the blocks ask for, each once, in the order of the text."""
    return list(dict.fromkeys(_names(blocks)))


def _names(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Insert):
            yield block.name
        elif isinstance(block, Items):
            for item in block.items:
                yield from _names(item)
        else:
            yield from (run.name for run in block.runs if run.name)


def fill(blocks: Sequence[Block], values: Mapping[str, str]) -> list[Filled]:
    """Return the blocks for the layout, with the data as text where its name stood."""
    return [_filled(block, values) for block in blocks]


def _filled(block: Block, values: Mapping[str, str]) -> Filled:
    if isinstance(block, Insert):
        return {"kind": "insert", "name": block.name}
    if isinstance(block, Items):
        items = [fill(item, values) for item in block.items]
        return {"kind": "list", "numbered": block.is_numbered, "start": block.start, "items": items}
    runs: list[Filled] = [
        {"text": values[run.name] if run.name else run.text, "bold": run.bold, "italic": run.italic}
        for run in block.runs
    ]
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "runs": runs}
    return {"kind": "paragraph", "runs": runs}
