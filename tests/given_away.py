"""What an answer gives away: ids and points of real homes and watchers in pages, output and files.

What a role may see is worked out here from the tables alone, without the rules' own code.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pypdf
import pytest
from google.protobuf.message import Message
from scipy.spatial import cKDTree
from sqlalchemy import text as sql
from streamlit.testing.v1 import local_script_runner

from geodata.session import Store

HOME = re.compile(r"H\d{6}")
TASK = re.compile(r"(?<![\w-])K\d{5}(?!\d)")
PERSON = re.compile(r"(?<![\w-])[A-Z]\d{4}(?!\w)")
FIRMS = ("delivery_firm", "shop")  # their rounds are addresses of firms, nobody's home
_PAIR = re.compile(r"(?=(?<![\d.])(\d+\.\d{3,})[^\d\[\]{}]{1,12}(\d+\.\d{3,}))")  # of one point, not of two
_PICTURE = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")
NEAR_DEGREES = 3e-6  # 0.3 m: the point itself, not the street before it
ENOUGH = 2  # consent level that opens a home to its coordinator and its commissioner


@dataclass(frozen=True, eq=False)
class Truth:
    """What the store really holds: homes and watchers by id with ``lon``, ``lat``, and each home's tasks."""

    homes: pd.DataFrame
    watchers: pd.DataFrame
    assigned: pd.DataFrame
    tasks: pd.Series

    @classmethod
    def of(cls, store: Store) -> Truth:
        """Read it past the door."""
        with store.engine.connect() as connection:
            homes, watchers = (
                pd.read_sql(sql(f"SELECT {name}_id AS id, {columns}, geometry FROM {name}"), connection)
                for name, columns in (
                    ("household", "consent, community_district AS district"),
                    ("watcher", "district, kind"),
                )
            )
            assigned = pd.read_sql(sql("SELECT watcher_id, household_id FROM assignment"), connection)
            tasks = pd.read_sql(sql("SELECT task_id, household_id FROM support_task"), connection)
        people = _with_point(watchers[~watchers["kind"].isin(FIRMS)])
        return cls(_with_point(homes), people, assigned, tasks.set_index("task_id")["household_id"])

    def open_to(self, role: str, *, district: str = "", watcher: str = "") -> set[str]:
        """Return the homes a role may be told of."""
        agreed = self.homes[self.homes["consent"] >= ENOUGH]
        if role == "coordinator":
            return set(agreed.index[agreed["district"] == district])
        if role == "watcher":
            mine = self.assigned.loc[self.assigned["watcher_id"] == watcher, "household_id"]
            return set(agreed.index) & set(mine)
        return set()

    def given_away(
        self, shown: str, allowed: set[str], *, people: bool = False, points: bool = False
    ) -> list[str]:
        """Return what a text says of homes not allowed: ids, tasks, and points written as two numbers.

        ``people``: the ids and points of watchers count too; ``points``: those of allowed homes do too.
        """
        shown = _PICTURE.sub("", shown)
        ids = set(HOME.findall(shown)) & set(self.homes.index) - allowed
        tasks = self.tasks.reindex(list(set(TASK.findall(shown)))).dropna()
        told = sorted(ids) + sorted(tasks.index[~tasks.isin(allowed)])
        secret = self.homes if points else self.homes.drop(index=list(allowed))
        told += _points_in(shown, secret)
        if people:
            told += sorted(set(PERSON.findall(shown)) & set(self.watchers.index))
            told += _points_in(shown, self.watchers.dropna(subset=["lon"]))
        return told


def _with_point(rows: pd.DataFrame) -> pd.DataFrame:
    points = gpd.GeoSeries.from_wkb(rows["geometry"])
    return rows.assign(lon=points.x, lat=points.y).drop(columns="geometry").set_index("id")


def _points_in(shown: str, secret: pd.DataFrame) -> list[str]:
    pairs = np.array([[float(one) for one in pair] for pair in _PAIR.findall(shown)])
    if pairs.size == 0 or secret.empty:
        return []
    both_ways = np.vstack([pairs, pairs[:, ::-1]])
    distance, which = cKDTree(secret[["lon", "lat"]]).query(both_ways, distance_upper_bound=NEAR_DEGREES)
    return [f"point of {secret.index[one]}" for one in sorted(set(which[np.isfinite(distance)]))]


def text_of_message(message: Message) -> str:
    """Return every text a message to the browser holds, tables written out."""
    parts = []
    for field, value in message.ListFields():
        parts.append(field.name)
        values = value if field.is_repeated and not hasattr(value, "items") else [value]
        for one in values:
            if isinstance(one, Message):
                parts.append(text_of_message(one))
            elif isinstance(one, bytes):
                parts.append(_text_of_bytes(one))
            elif hasattr(one, "items"):
                parts += [f"{key} {inner}" for key, inner in one.items()]
            else:
                parts.append(str(one))
    return "\n".join(parts)


def _text_of_bytes(content: bytes) -> str:
    try:
        return pa.ipc.open_stream(content).read_pandas().reset_index().to_csv()
    except pa.ArrowInvalid:
        return content.decode("utf-8", "replace")


def text_of(value: object) -> str:
    """Return what an answer of a service holds, tables written out and parts named."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.reset_index().to_csv().replace(", ", "][")  # the next corner of a line is another point
    if is_dataclass(value):
        return "\n".join(text_of(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, dict):
        return "\n".join(f"{key}\n{text_of(one)}" for key, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return "\n".join(text_of(one) for one in value)
    return str(value)


def text_of_files(folder: Path) -> str:
    """Return what all files under a folder say: their names, their bytes, and the text of papers."""
    parts = []
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = file.read_bytes()
        parts += [file.name, content.decode("utf-8", "replace")]
        if file.suffix == ".pdf":
            parts += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        if file.suffix in (".json", ".geojson"):
            json.loads(content)  # what is escaped there is read, not hidden
            parts.append(json.dumps(json.loads(content), ensure_ascii=False))
    return "\n".join(parts)


def what_the_browser_gets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the text of every message a page under AppTest sends; clear the list between looks."""
    sent: list[str] = []
    parse = local_script_runner.parse_tree_from_messages

    def keep(messages):
        sent.extend(text_of_message(message) for message in messages)
        return parse(messages)

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", keep)
    return sent
