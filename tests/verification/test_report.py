import json
from pathlib import Path

from beyond_blur.verification.findings import AGAIN, Finding, Verdict
from beyond_blur.verification.report import NO_CONFIGURATION, to_json, to_text

FINDINGS = [
    Finding("damaged", "a.png", "results/a.png does not match its checksum"),
    Finding("stale", "b.json", "made with seed = 1, the configuration has 2", "", "seed", 2, 1),
    Finding("left over", "c\nd", "a temporary", "delete it"),
]
VERDICT = Verdict(FINDINGS, 1200, 3, 2_500_000)
RESULTS = Path("results")


def test_every_finding_is_a_line_under_its_heading_with_its_way_out():
    lines = to_text(VERDICT, RESULTS, ["config.yaml"]).split("\n")
    assert lines[0].startswith("damaged (1): ")
    assert lines[1] == f"  results/a.png: does not match its checksum; {AGAIN}"
    assert "  results/b.json: made with seed = 1, the configuration has 2; " in lines[4]
    assert "  results/c\\nd: a temporary; delete it" in lines


def test_counts_and_the_verdict_are_the_end():
    lines = to_text(VERDICT, RESULTS, ["config.yaml"]).split("\n")
    assert lines[-3:] == [
        "configuration: config.yaml",
        "1,200 files checked (2.5 MB), 3 have no manifest",
        "results: 1 damaged, 1 stale; notes: 1 left over",
    ]


def test_without_a_configuration_that_is_said():
    clean = Verdict([], 2, 0, 10)
    lines = to_text(clean, RESULTS, []).split("\n")
    assert lines[0] == NO_CONFIGURATION
    assert lines[-1] == "results: nothing is damaged, foreign or stale"


def test_json_has_all_of_it():
    found = json.loads(json.dumps(to_json(VERDICT, RESULTS, ["config.yaml"])))
    assert found["clean"] is False
    assert found["counts"] == {
        "damaged": 1, "foreign": 0, "stale": 1, "missing": 0, "left over": 1,
    }  # fmt: skip
    assert found["findings"][1] == {
        "what": "stale", "path": "b.json", "words": FINDINGS[1].words,
        "way_out": FINDINGS[1].advice, "key": "seed", "wanted": 2, "found": 1,
    }  # fmt: skip


def test_notes_alone_leave_results_clean():
    assert Verdict(FINDINGS[2:], 0, 0, 0).clean and not VERDICT.clean
