import pytest

from tests.articles.stored import NAMES, read, stored


@pytest.mark.parametrize("name", NAMES)
def test_a_page_with_this_defect_is_read_as_stored(name):
    assert read(name) == stored(name)["expected"]


def test_the_lists_of_the_issue_are_covered():
    assert len(NAMES) >= 25
