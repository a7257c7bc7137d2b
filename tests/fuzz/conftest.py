"""The counts of the trials, after the tests."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    reports = [r for r in terminalreporter.getreports("passed") if r.when == "call"]
    found = {
        r.nodeid: value for r in reports for name, value in r.user_properties if name == "fuzz"
    }
    if not found:
        return
    terminalreporter.section("fuzzing")
    for test, counts in found.items():
        words = ", ".join(f"{n:,} {how}" for how, n in sorted(counts.items()))
        terminalreporter.write_line(f"{test.rpartition('/')[2]}: {words}")
    total = sum(map(Counter, found.values()), Counter())
    words = ", ".join(f"{n:,} {how}" for how, n in sorted(total.items()))
    terminalreporter.write_line(f"in all {total.total():,}: {words}")
