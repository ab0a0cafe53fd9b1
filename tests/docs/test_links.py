"""Every relative link and every anchor of the documentation leads somewhere."""

import re

import pytest

from tests.support.markdown import FENCE, pages
from tests.support.shared import ROOT

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("path", pages(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_of_a_page_resolve(path):
    broken = []
    for found in LINK.finditer(FENCE.sub("", path.read_text("utf-8"))):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = (path.parent / target).resolve() if target else path
        if not place.exists() or (
            anchor and place.suffix == ".md" and anchor not in anchors(place)
        ):
            broken.append(found[0])
    assert broken == []


def test_every_page_of_the_documentation_is_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        path = todo.pop()
        if path in seen or not path.exists() or path.suffix != ".md":
            continue
        seen.add(path)
        text = FENCE.sub("", path.read_text("utf-8"))
        for found in LINK.finditer(text):
            target = (found[1] or found[2]).partition("#")[0]
            if target and "://" not in target:
                todo.append((path.parent / target).resolve())
    unreached = [
        p.relative_to(ROOT).as_posix()
        for p in pages()
        if p.is_relative_to(ROOT / "docs") and p not in seen
    ]
    assert unreached == []
