"""Every format from the same results: valid, stable, whole or not there at all."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from conformance.judge import verdict
from conformance.model import Result, count
from conformance.plan.load import Clause
from conformance.plan.schema import validator
from conformance.report import ndjson, publish, summarise
from conformance.report.timeline import timeline
from conformance.report.write import whole, write
from tests.support.verdicts import CASE, TRANSCRIPT, expecting, with_call

CLAUSES = {"CHAT-1": Clause("CHAT-1", "MUST", "Something | holds.", "a book")}


def results():
    good = verdict(CASE, TRANSCRIPT)
    bad = verdict(
        replace(expecting({"text": "Goodbye <b>\x07\ud83d"}), axes={"dialect": "anthropic"}),
        TRANSCRIPT,
    )
    broken = verdict(
        replace(CASE, axes={"dialect": "gemini"}), replace(TRANSCRIPT, trouble="it broke")
    )
    skipped = Result(
        replace(CASE, axes={"dialect": "responses"}), "fake 1", "not_applicable", reason="no tools"
    )
    return [good, bad, broken, skipped]


def published(folder, made):
    publish(folder, made, CLAUSES, client="fake 1", profile="ci")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_order_of_results_does_not_matter_and_files_are_stable(tmp_path):
    one = published(tmp_path / "one", results())
    two = published(tmp_path / "two", results()[::-1])
    assert one == two
    assert set(one) == {
        "compatibility.html",
        "compatibility.json",
        "compatibility.md",
        "junit.xml",
    }


def test_the_json_file_follows_its_schema(tmp_path):
    data = json.loads(published(tmp_path, results())["compatibility.json"])
    validator("report").validate(data)
    assert data["counts"] == {
        "pass": 1, "fail": 1, "error": 1, "not_run": 0, "not_applicable": 1,
    }  # fmt: skip
    (clause,) = data["clauses"]
    assert (clause["passed"], clause["judged"]) == (1, 3)


def test_the_markdown_has_a_row_a_scenario_and_each_failed_check(tmp_path):
    text = published(tmp_path, results())["compatibility.md"].decode()
    row = next(line for line in text.splitlines() if line.startswith("| `area.subject`"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    assert cells == ["0/1", "0/1 (1 not judged)", "1/1", "n/a", "Something happens"]
    assert 'expected `"Goodbye <b>\\u0007\\ud83d"`, found `"Hello"`' in text
    assert "Something \\| holds." in text


def test_junit_has_a_test_a_case_with_the_right_element(tmp_path):
    root = ET.fromstring(published(tmp_path, results())["junit.xml"])
    kinds = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert kinds == {
        "area.subject[dialect=openai]": [],
        "area.subject[dialect=anthropic]": ["failure"],
        "area.subject[dialect=gemini]": ["error"],
        "area.subject[dialect=responses]": ["skipped"],
    }


def test_the_page_asks_nobody_for_anything_and_escapes_what_it_shows(tmp_path):
    page = published(tmp_path, results())["compatibility.html"].decode()
    for forbidden in ("http://", "https://", "src=", "@import", "<b>"):
        assert forbidden not in page
    assert "Compatibility of fake 1" in page


def test_results_survive_the_way_through_their_file(tmp_path):
    path = tmp_path / "results.ndjson"
    header = {"client": "fake 1", "profile": "ci", "cases": 4}
    with whole(path) as file:
        ndjson.write(file, header, results())
    for line in path.read_text().splitlines():
        validator("result").validate(json.loads(line))
    run = ndjson.read(path)
    assert run.header["client"] == "fake 1"
    assert [r.case.name for r in run.results] == [r.case.name for r in results()]
    assert count(run.results) == count(results())
    assert verdict(run.results[0].case, run.results[0].transcript).status == "pass"
    validator("transcript").validate(json.loads(json.dumps(TRANSCRIPT.to_json())))


def test_a_file_that_cannot_be_finished_is_not_there(tmp_path):
    path = tmp_path / "report.txt"
    write(path, "old")

    def half():
        with whole(path) as file:
            file.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.txt"]


def test_the_timeline_is_in_order_of_time_and_cause():
    told = [(at, who, what) for at, who, what, _ in timeline(CASE, TRANSCRIPT)]
    assert told[:3] == [
        (0.0, "client", "call 0"),
        (0.0, "server", "opened (connection 0)"),
        (0.0, "request", "request 0"),
    ]
    assert told[-2:] == [(2000.0, "client", "answer"), (2000.0, "server", "closed (connection 0)")]
    assert [at for at, _, _ in told] == sorted(at for at, _, _ in told)


def test_bytes_that_are_no_text_are_shown_as_escapes():
    wire = (replace(TRANSCRIPT.wire[1], data="\xff\x00A\r\n"),)
    moments = timeline(CASE, replace(TRANSCRIPT, wire=wire))
    assert "\\x00A\\r\\n" in next(detail for _, who, _, detail in moments if who == "server")


def test_an_empty_answer_is_no_division_by_zero():
    summary = summarise([], CLAUSES, client="fake", profile="ci")
    assert summary["clauses"][0]["judged"] == 0
    assert with_call().calls
