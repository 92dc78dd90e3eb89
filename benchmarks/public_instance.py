"""One public case with a known answer, and what ours gives for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NO_CASES = {".md", ".json", ".sol"}  # ends of the names of files beside the cases


@dataclass(frozen=True)
class Answer:
    """What a solver gives: the value of its plan and the bound no plan can pass, in the case's unit.

    Parameters
    ----------
    value : float or None, None where there is no plan
    bound : float or None, None where nothing is known
    status : str, "optimal" (proven), "feasible" (a gap is open), "infeasible" or "nothing_to_do"
    """

    value: float | None
    bound: float | None
    status: str


@dataclass(frozen=True)
class Instance:
    """One case of a public folder.

    Parameters
    ----------
    problem : str, the kind of problem, as "p_median"
    name : str, the case's name; with ``problem`` unique
    optimum : float or None, the known answer; None where none is stated
    solve : callable, takes the seconds allowed and returns ours
    """

    problem: str
    name: str
    optimum: float | None
    solve: Callable[[float], Answer]


def data_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold a case."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.suffix not in NO_CASES
    )
