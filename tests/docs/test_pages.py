"""Pages of the documentation: the README is short, and every link leads somewhere."""

from pathlib import PurePosixPath

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, read


def test_the_readme_has_at_most_150_lines() -> None:
    assert read("README.md").count("\n") <= 150


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for link in links(page):
        path, _, heading = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if heading:
            assert heading in anchors(str(target.relative_to(ROOT))), link


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_the_readme_leads_to_every_page(page: str) -> None:
    assert page in {str(PurePosixPath(link.partition("#")[0])) for link in links("README.md")}
