"""The tables of the Japanese guide are read as the guide names their columns: nothing is left unread."""

import re
from pathlib import Path

import pytest

from geodata.importers import ImportOptions, parse
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "ja" / "guide.md").read_text(encoding="utf-8")
VALUES = {
    "世帯番号": "H1",
    "経度": "136.65",
    "緯度": "36.56",
    "世帯の種類": "single_75",
    "必要な訪問（回／月）": "1",
    "重み": "1",
    "同意の段階": "2",
    "困りごと": "snow",
    "はじまる日": "R8.4.1",
    "終わる日": "R9.3.31",
    "担い手番号": "W1",
    "種類": "民生委員・児童委員",
    "組織": "O1",
    "地区": "K01",
    "できる訪問（回／月）": "13",
    "届く範囲（m）": "800",
    "届く時間（分）": "12",
    "得意": "snow",
    "生まれた年": "1955",
    "任期の終わり": "R10.11.30",
    "報告先": "C1",
    "状態": "活動中",
    "役割": "控え",
}


def columns_of(table: str) -> list[str]:
    """Return the headings the guide lists after ``table``, line breaks taken away."""
    listed = re.search(f"{table}：([^。]+)。", GUIDE.replace("\n", ""))
    return listed.group(1).split("、")


@pytest.mark.parametrize(
    ("table", "layer"), [("世帯の表", "households"), ("担い手の表", "watchers"), ("担当の表", "assignments")]
)
def test_every_heading_of_the_guide_is_read(table, layer, tmp_path):
    headings = columns_of(table)
    assert len(headings) >= 5
    file = Path(tmp_path) / "table.csv"
    rows = [",".join(headings), ",".join(VALUES[heading] for heading in headings)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    report = parse(layer, [file], ImportOptions()).report
    assert [(problem.column, problem.reason) for problem in report.problems] == []
