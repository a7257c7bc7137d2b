"""One helper puts text in columns: as Markdown, as Markdown in columns, and for a terminal."""

from beyond_blur.rendering import columns

HEADS, LINES = ["name", "n"], [["a", "1"], ["longer", "23"]]


def test_markdown_marks_numbers_to_the_right():
    text = columns.markdown(HEADS, LINES, n_left=1)
    assert text == "| name | n |\n| --- | ---: |\n| a | 1 |\n| longer | 23 |"


def test_aligned_markdown_is_in_columns_as_text_too():
    text = columns.markdown(HEADS, LINES, n_left=1, align=True)
    assert text == "| name   |  n |\n| ------ | -: |\n| a      |  1 |\n| longer | 23 |"


def test_a_terminal_gets_a_rule_and_no_blanks_at_the_end():
    text = columns.aligned(HEADS, LINES, n_left=1)
    assert text == "name     n\n------  --\na        1\nlonger  23"
    assert columns.aligned(["a", "b"], [["x", ""]], n_left=2) == "a  b\n-  -\nx"
