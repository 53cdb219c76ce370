"""What the text of a template may hold, and that data never becomes a part of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sponsors.agreements.rules import (
    INSERTS,
    PLACEHOLDERS,
    Heading,
    Insert,
    Items,
    Paragraph,
    Run,
    TemplateRefused,
    fill,
    names_in,
    read_template,
    written,
)


def test_the_few_signs_of_markup_are_read():
    assert read_template("# One\n\n### Three\n\nPlain **bold** *italic* ***both***") == (
        Heading(1, (Run("One"),)),
        Heading(3, (Run("Three"),)),
        Paragraph(
            (
                Run("Plain "),
                Run("bold", bold=True),
                Run(" "),
                Run("italic", italic=True),
                Run(" "),
                Run("both", bold=True, italic=True),
            )
        ),
    )


def test_lists_nest_and_numbered_ones_count_from_where_they_begin():
    (items,) = read_template("3. First\n\n   More of it.\n   - inner\n4. Second")
    inner = Items(is_numbered=False, start=1, items=((Paragraph((Run("inner"),)),),))
    assert items == Items(
        is_numbered=True,
        start=3,
        items=(
            (Paragraph((Run("First"),)), Paragraph((Run("More of it."),)), inner),
            (Paragraph((Run("Second"),)),),
        ),
    )


def test_a_line_break_is_a_space_and_a_hard_one_stays():
    assert read_template("one\ntwo\\\nthree") == (
        Paragraph((Run("one"), Run(" "), Run("two"), Run("\n"), Run("three"))),
    )


def test_names_wait_for_their_data_inside_markup_too():
    blocks = read_template(
        "**{{ sponsor.legal_name }}**, {{commitment.cash}}\n\n{{ schedule }}\n\n- {{ lines }}"
    )
    assert blocks[0] == Paragraph(
        (Run(name="sponsor.legal_name", bold=True), Run(", "), Run(name="commitment.cash"))
    )
    assert blocks[1] == Insert("schedule")
    assert names_in(blocks) == ["sponsor.legal_name", "commitment.cash", "schedule", "lines"]


def test_escaped_signs_and_signs_of_other_languages_are_text():
    (paragraph,) = read_template(r"\{\{ x \}\} 1 \* 2 &lt; #panic(1) $x$ `" + "`")
    assert isinstance(paragraph, Paragraph)
    assert "".join(run.text for run in paragraph.runs) == "{{ x }} 1 * 2 < #panic(1) $x$ ``"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("A\n\n{{ sponsor.legal_nam }}", "Line 3: {{ sponsor.legal_nam }} is not known. Did you mean {{ sponsor.legal_name }}?"),
        ("{{ zzzzzz }}", "The names that are known stand beside the text."),
        ("{{ }}", "is not known"),
        ("Pay {{ commitment.cash now", "Line 1: “{{ commitment.cash now” is not closed."),
        ("{{ **sponsor.name** }}", "is not closed"),
        ("{{ sponsor.name\n}}", "is not closed"),
        ("Pay commitment.cash }} now", "“Pay commitment.cash }} now” closes nothing."),
        ("As in {{ schedule }}.", "Line 1: {{ schedule }} is a whole piece."),
        ("# {{ lines }}", "{{ lines }} is a whole piece."),
        ("{{ lines }}\n\n- a\n- {{ lines }}", "Line 4: {{ lines }} stands in line 1 already."),
        ("a\n\nb <script>alert(1)</script>", "Line 3: HTML cannot be used here."),
        ("<div>\nx\n</div>", "Line 1: HTML cannot be used here."),
        ("[us](http://example.org)", "A link cannot"),
        ("<https://example.org>", "A link cannot"),
        ("![x](y.png)", "A picture cannot"),
        ("`code`", "Code (`) cannot"),
        ("```\nx\n```", "A block of code (```) cannot"),
        ("a\n\n    indented", "Line 3: Text indented by four spaces cannot"),
        ("> said", "A quotation (>) cannot"),
        ("a\n\n***\n", "Line 3: A line across (---) cannot"),
        ("~~gone~~", "Struck out text (~~) cannot"),
        ("| a |\n| --- |\n| b |", "A table (|) cannot"),
        ("#### Four", "headings have one to three #"),
        ("- a\n  - b\n    - c\n      - d\n        - e", "lists go at most 4 levels deep"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_with_its_line(body, sentence):
    with pytest.raises(TemplateRefused) as refused:
        read_template(body)
    assert sentence in refused.value.message
    assert refused.value.field == "body"


def test_definitions_of_links_do_not_vanish():
    (paragraph,) = read_template("[1]: payable on demand")
    assert isinstance(paragraph, Paragraph)
    assert "".join(run.text for run in paragraph.runs) == "[1]: payable on demand"


def test_signs_that_turn_out_to_be_none_do_not_tear_a_name_apart():
    (paragraph,) = read_template("_not **closed {{ sponsor.legal_name }} a*b")
    assert isinstance(paragraph, Paragraph)
    assert Run(name="sponsor.legal_name") in paragraph.runs


def test_every_name_can_be_written():
    for name in (*PLACEHOLDERS, *INSERTS):
        assert names_in(read_template(written(name))) == [name]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=40))
def test_data_is_put_in_as_it_is_whatever_it_holds(data):
    blocks = read_template("# {{ sponsor.name }}\n\n1. **{{ sponsor.name }}** pays")
    heading, items = fill(blocks, {"sponsor.name": data})
    assert heading == {
        "kind": "heading",
        "level": 1,
        "runs": [{"text": data, "bold": False, "italic": False}],
    }
    ((paragraph,),) = items["items"]
    assert [run["text"] for run in paragraph["runs"]] == [data, " pays"]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="#*_-1.{} `<>[]()|~\\\n\tab!&;", max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(body):
    refusal = "Line "
    try:
        fill(read_template(body), dict.fromkeys(PLACEHOLDERS, "x"))
    except TemplateRefused as refused:
        refusal = refused.message
    assert refusal.startswith("Line ")
