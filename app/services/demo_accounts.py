"""One account a role for the demo city, and the second administrator that rules need.

Entered by a button, and only while all data is made up.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from app.services import signing_in
from geodata import accounts
from geodata.accounts import AccountRow
from geodata.session import Store
from geodata.viewer import Viewer

_PREFIX = "demo-"


def add_demo_accounts(store: Store, by: Viewer, folder: Path) -> None:
    """Add the accounts that are not there yet.

    Parameters
    ----------
    folder : Path
        Files of the generated city: the welfare commissioner who watches most households becomes the
        watcher, the commissioner's district the coordinator's.
    """
    with store.begin(write=True) as session:
        if accounts.demo_accounts(session):
            return
        watcher, district = _busiest_commissioner(folder)
        for account in (
            AccountRow(f"{_PREFIX}planner", "planner", is_demo=True),
            AccountRow(f"{_PREFIX}coordinator", "coordinator", (district,), is_demo=True),
            AccountRow(f"{_PREFIX}watcher", "watcher", watcher_id=watcher, is_demo=True),
            AccountRow(f"{_PREFIX}council", "council", is_demo=True),
            AccountRow(f"{_PREFIX}administrator", "administrator", is_demo=True),
            AccountRow(f"{_PREFIX}second-administrator", "administrator", is_demo=True),  # who approves
            AccountRow(f"{_PREFIX}auditor", "auditor", is_demo=True),
        ):
            if accounts.find_account(session, account.name) is None:  # a closed one stays closed
                accounts.add_account(session, by, account, signing_in.moment())


def _busiest_commissioner(folder: Path) -> tuple[str, str]:
    """Return id and district of the active commissioner with the most households, the first of equals."""
    watchers = pd.read_csv(folder / "watchers.csv", dtype=str).set_index("watcher_id")
    links = pd.read_csv(folder / "assignments.csv", dtype=str)["watcher_id"].value_counts()
    is_active = (watchers["kind"] == "welfare_commissioner") & (watchers["status"] == "active")
    active = watchers[is_active & watchers["district"].notna()].sort_index()
    busiest = str(links.reindex(active.index, fill_value=0).idxmax())
    return busiest, str(active.loc[busiest, "district"])
