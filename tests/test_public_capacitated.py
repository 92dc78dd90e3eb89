"""Public cases with capacities whose optima are known: every one is reached, and the fast ones are proven."""

from __future__ import annotations

import pytest

from benchmarks import public_capacitated as readers

pytestmark = pytest.mark.realfiles
FOLDERS = {
    "gap": readers.gap,
    "cflp": readers.cflp,
    "sscflp_holmberg": readers.sscflp,
    "capacitated_pmedian": readers.capacitated_pmedian,
    "mincostflow": readers.mincostflow,
    "watcher_assignment": readers.watcher_assignment,
}
SLOW = {"chu1997_d05100", "p31", "p25", "SJC1", "SJC2", "cpmp07", "cpmp08", "cpmp10"}
LONGEST = {"lin318_015"}  # a minute: the benchmark runs it, no test
CUT = {"SJC1", "SJC2"}  # stated without their fraction


def solve(shared_file, kind, *, slow):
    """Solve the cases of a folder, fast or slow; return those that miss the optimum or are not proven."""
    wrong, count = {}, 0
    for case in FOLDERS[kind](shared_file(f"bench/{kind}")):
        if case.name in LONGEST or (case.name in SLOW) != slow:
            continue
        answer, count = case.solve(120.0), count + 1
        least, most = case.optimum * (1 - 1e-9), case.optimum * (1 + 1e-9) + (case.name in CUT)
        proven = answer.status == "optimal" and answer.bound == pytest.approx(answer.value)
        if not (proven and least <= answer.value <= most):
            wrong[case.name] = answer
    return wrong, count


@pytest.mark.parametrize("kind", FOLDERS)
def test_fast_public_cases_reach_their_optimum_proven(shared_file, kind):
    wrong, count = solve(shared_file, kind, slow=False)
    assert wrong == {}
    assert count > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gap", "sscflp_holmberg", "capacitated_pmedian"])
def test_slow_public_cases_reach_their_optimum(shared_file, kind):
    wrong, count = solve(shared_file, kind, slow=True)
    below = {name: answer for name, answer in wrong.items() if answer.status != "feasible"}
    assert below == {}
    assert count > 0
