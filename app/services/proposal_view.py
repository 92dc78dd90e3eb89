"""What a coordinator sees of the open proposals: links item by item, steps beside them, loads, last edits."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from app.services.proposals import AT_ONCE, LINK_SOURCES, rooms, visits_before
from geodata import access, access_edits, access_steps
from geodata.read import read_dataset
from geodata.session import Store
from geodata.viewer import Viewer


@dataclass(frozen=True)
class ProposalsView:
    """The open proposals of one district as its coordinator may see them.

    Parameters
    ----------
    links : DataFrame indexed by proposal_id: the columns of the proposal table, visible ones of what is
        written when it is accepted; ``item`` numbers the households of all batches through
    steps : DataFrame indexed by proposal_id: the same columns, of what a scenario supposes first (somebody
        to recruit, consent to ask, an agreement to make); about no household
    counts : households by status in the newest batch of each source of links, hidden ones among them
    households : GeoDataFrame (EPSG:6668) indexed by household_id, the visible ones of the district
    watchers : GeoDataFrame (EPSG:6668) indexed by watcher_id, those named in open proposals: ``kind``,
        ``organisation``, ``geometry``
    loads : DataFrame indexed by watcher_id, visits a month: ``room`` when the newest batch that names the
        watcher was made, ``taken`` of it by what was accepted of that batch, ``asked`` by all that is open
    edits : DataFrame indexed by edit_id, newest first: ``at`` (UTC), ``who``, ``act``, ``rows``, ``undone``
    revision : int
    """

    district: str
    links: pd.DataFrame
    steps: pd.DataFrame
    counts: dict[str, int]
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    loads: pd.DataFrame
    edits: pd.DataFrame
    revision: int

    @property
    def hidden(self) -> int:
        """Return how many households with an open proposal the coordinator may not see."""
        return self.counts.get("open", 0) - self.links["item"].nunique()


def load_view(store: Store, viewer: Viewer, district: str) -> ProposalsView:
    """Return all a coordinator needs to decide the open proposals of one district.

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        rows = access_steps.read_proposals(session, viewer, district)
        counts = access_steps.count_items(session, viewer, district, sources=LINK_SOURCES)
        visible = access.read_district_households(session, viewer, district).households
        watchers = access_steps.read_proposed_watchers(session, viewer, district)
        edits = access_edits.read_edits(session, viewer, district)
        links = _numbered(rows[rows["kind"].isin(AT_ONCE)])
        decided = _read_decided(session, links)
        revision = read_dataset(session).revision
    return ProposalsView(
        district=district,
        links=links,
        steps=rows[~rows["kind"].isin(AT_ONCE)],
        counts=counts,
        households=visible[["geometry"]],
        watchers=watchers,
        loads=_loads(links, decided),
        edits=edits,
        revision=revision,
    )


def _numbered(links: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the items of all batches numbered through: each batch counts its own from 1."""
    names = links["batch"] + ":" + links["item"].astype(str)
    return links.assign(item=pd.factorize(names)[0] + 1)


def _read_decided(session: Session, links: pd.DataFrame) -> pd.DataFrame:
    """Return the links accepted of the batches with an open one."""
    found = [access_steps.read_decided(session, batch) for batch in links["batch"].unique()]
    decided = pd.concat([links.iloc[:0], *found])
    return decided[decided["kind"].isin(AT_ONCE)]


def _loads(links: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return what is left of each proposed watcher's room and what the open proposals would take of it.

    What was accepted of an older batch is in the room of the newest already.
    """
    both = pd.concat([links.assign(is_open=True), decided.assign(is_open=False)])
    main = both[both["role"] == "primary"]
    if main.empty:
        return pd.DataFrame(columns=["room", "taken", "asked"], dtype=float)
    newest = main["watcher_id"].map(main.groupby("watcher_id")["made_at"].max())
    more = main["visits_per_month"].astype(float) - main["detail"].map(visits_before)
    is_open = main["is_open"].to_numpy(dtype=bool)
    is_taken = ~is_open & (main["made_at"] == newest).to_numpy()
    table = pd.DataFrame({"taken": more.where(is_taken, 0.0), "asked": more.where(is_open, 0.0)})
    sums = table.groupby(main["watcher_id"]).sum()
    room = pd.Series(rooms(main.sort_values("made_at", kind="stable")))
    return sums.assign(room=room.reindex(sums.index))[["room", "taken", "asked"]]
