"""The HTML report in a browser: the matrix, the filter, a cell's transcript, keys, contrast."""

import subprocess
import sys

import pytest

from conformance.report.html import render
from conformance.report.summary import summarise
from tests.conformance.report.test_reports import CLAUSES, results
from tests.support.browser import page
from tests.support.shared import ROOT

pytestmark = pytest.mark.browser
LARGEST = 1_000_000

CONTRASTS = """() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!node.innerText || node.children.length || !node.offsetParent) continue;
    const pair = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.push([node.tagName, node.innerText.slice(0, 20), ratio]);
  }
  return low;
}"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "compatibility.html"
    summary = summarise(results(), CLAUSES, client="fake 1", profile="ci")
    path.write_text(
        render(summary, results()).encode("utf-8", "backslashreplace").decode(), encoding="utf-8"
    )
    with page() as tab:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        yield tab, asked
        assert tab.errors == []


def test_the_matrix_shows_every_verdict_in_words(opened):
    tab, asked = opened
    buttons = tab.locator("button.verdict").all_inner_texts()
    assert buttons == ["0/1 fail", "0/1 (1 not judged) error", "1/1 pass", "n/a not applicable"]
    assert len(asked) == 1


def test_a_cell_opens_by_key_shows_the_transcript_and_closes_by_key(opened):
    tab, _ = opened
    tab.locator("button.verdict.fail").focus()
    tab.keyboard.press("Enter")
    dialog = tab.locator("dialog[open]")
    dialog.wait_for()
    text = dialog.inner_text()
    for words in (
        "area.subject[dialect=anthropic]",
        "calls[0].text",
        "CHAT-1 MUST: Something | holds. (a book)",
        "conformance run 'area.subject[dialect=anthropic]' --client fake",
        "1000.000",
        "data: 1\\n",
    ):
        assert words in text
    assert tab.locator("dialog pre", has_text="HTTP/1.1 200 OK\\r").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0


def test_the_filter_hides_what_does_not_fit(opened):
    tab, _ = opened
    for words, shown in (("anthropic", 1), ("nothing like it", 0), ("", 1)):
        tab.fill("#words", words)
        assert tab.inner_text("#shown") == f"{shown} scenarios shown"
    tab.select_option("#verdict", "error")
    assert tab.inner_text("#shown") == "1 scenarios shown"
    tab.select_option("#verdict", "")


def test_every_text_stands_out_from_its_ground(opened):
    tab, _ = opened
    assert tab.evaluate(CONTRASTS) == []
    tab.locator("button.verdict.fail").click()
    tab.locator("dialog[open]").wait_for()
    assert tab.evaluate(CONTRASTS) == []
    tab.keyboard.press("Escape")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The page of a real run, made by a process of its own: the browser's driver has the loop."""
    out = tmp_path_factory.mktemp("measured")
    command = [sys.executable, "-m", "conformance", "run", "chat.*", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return out / "compatibility.html"


def test_a_page_of_real_results_is_small_and_shows_bytes(opened, measured):
    tab, _ = opened
    assert measured.stat().st_size < LARGEST
    tab.goto(measured.as_uri())
    tab.locator("button.verdict").first.click()
    tab.locator("dialog[open]").wait_for()
    assert "HTTP/1.1 200 OK" in tab.locator("dialog[open]").inner_text()
