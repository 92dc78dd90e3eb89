"""What a remedy costs a year: round figures to begin with, all assumed, to be replaced by the city's own."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import ACTIVE_KINDS

UNITS = {  # what each cost is counted per
    "new_assignment": "household",
    "moved_pair": "pair",
    "ask": "household",
    "agreement": "agreement",
    "partner": "partner",
    "winter": "household",
}
RECRUIT = "recruit_"


@dataclass(frozen=True)
class RemedyCosts:
    """Yen a year for one of each; every default is assumed, no source was found.

    Parameters
    ----------
    new_assignment : a household newly assigned to a watcher with room (0: arranged in the course of the work)
    moved_pair : a household passed to another watcher (a visit of the coordinator with both)
    ask : asking a household for consent, whether it agrees or not (a call at the door and the papers)
    agreement : an agreement between two districts (meetings)
    partner : a delivery firm or shop signed (material, a meeting a year)
    winter : a household reached in snow too (clearing, or somebody nearer)
    recruit_... : a new watcher of the kind (training, expenses, insurance)

    Raises
    ------
    ParameterError
        A cost below 0, missing or infinite.
    """

    new_assignment: float = 0.0
    moved_pair: float = 1_000.0
    ask: float = 2_000.0
    agreement: float = 100_000.0
    partner: float = 20_000.0
    winter: float = 20_000.0
    recruit_welfare_commissioner: float = 100_000.0
    recruit_community_promoter: float = 50_000.0
    recruit_neighbour: float = 10_000.0
    recruit_casual_volunteer: float = 10_000.0
    recruit_student: float = 20_000.0
    recruit_npo: float = 50_000.0
    recruit_company: float = 30_000.0

    def __post_init__(self) -> None:
        """Raise ParameterError naming every cost out of range."""
        values = {cost.name: getattr(self, cost.name) for cost in fields(self)}
        wrong = [
            f"{name}={value}" for name, value in values.items() if not (np.isfinite(value) and value >= 0)
        ]
        if wrong:
            raise ParameterError(f"Expected costs >= 0 yen a year, got {', '.join(wrong)}. Correct them.")

    def of_recruit(self, kind: str) -> float:
        """Return the cost of a new watcher of an active kind.

        Raises
        ------
        ParameterError
            Another kind.
        """
        if kind not in ACTIVE_KINDS:
            raise ParameterError(
                f"Expected a kind that visits ({', '.join(ACTIVE_KINDS)}), got {kind!r}. Choose one."
            )
        return getattr(self, RECRUIT + kind)

    def as_table(self) -> pd.DataFrame:
        """Return the costs as an editable table indexed by remedy.

        ``unit`` (what the cost is counted per), ``yen_per_year``, ``assumed`` (bool: still the default).
        """
        names = [cost.name for cost in fields(self)]
        yen = [float(getattr(self, name)) for name in names]
        return pd.DataFrame(
            {
                "unit": [UNITS.get(name, "watcher") for name in names],
                "yen_per_year": yen,
                "assumed": [value == cost.default for value, cost in zip(yen, fields(self), strict=True)],
            },
            index=pd.Index(names, name="remedy", dtype=object),
        )

    @classmethod
    def from_table(cls, yen: pd.Series) -> RemedyCosts:
        """Return the costs of a Series by remedy; those it lacks keep their default.

        Raises
        ------
        ParameterError
            A remedy unknown or named twice, or a cost out of range.
        """
        known = {cost.name for cost in fields(cls)}
        strange = [str(name) for name in yen.index if name not in known]
        repeated = yen.index[yen.index.duplicated()].astype(str).tolist()
        if strange or repeated:
            raise ParameterError(
                f"Expected each known remedy once, got {', '.join([*strange, *repeated])}. Correct the table."
            )
        return cls(**{str(name): float(value) for name, value in yen.items()})
