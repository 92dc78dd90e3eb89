"""Words for daily help: the many ways to say one thing become one word, so that tasks find volunteers."""

from __future__ import annotations

import pandas as pd

from geodata.importers.cells import parse_list, parse_text
from geodata.importers.report import RowChecks

SYNONYMS: dict[str, tuple[str, ...]] = {
    "snow": ("除雪", "雪かき", "雪掻き", "雪すかし", "雪下ろし", "雪おろし", "snow clearing"),
    "rubbish": ("ゴミ出し", "ごみ出し", "ゴミだし", "ごみだし", "ゴミ捨て", "ごみ捨て", "garbage", "trash"),
    "shopping": ("買い物", "買物", "かいもの", "買い物代行", "買物代行", "買い物支援", "groceries"),
    "bulb": ("電球", "電球交換", "電球の交換", "電球替え", "蛍光灯", "light bulb", "bulbs"),
    "talk": ("話し相手", "話相手", "お話し相手", "傾聴", "茶飲み話", "conversation"),
    "garden": ("草むしり", "草取り", "草刈り", "庭の手入れ", "庭仕事", "gardening"),
    "ride": ("送迎", "付き添い", "付添い", "通院付き添い", "外出支援", "lift"),
    "cleaning": ("掃除", "清掃", "そうじ", "片付け"),
}
_WORD_OF = {name: word for word, names in SYNONYMS.items() for name in (word, *names)}


def parse_skills(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read several skills in one cell as ``snow;bulb``, each once; an empty cell gives None."""
    return parse_list(cells, name, checks).map(_unify_all, na_action="ignore")


def parse_skill(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read the one skill a cell must name."""
    texts = parse_text(cells, name, checks, max_length=40, required=True)
    return texts.map(unify_skill, na_action="ignore")


def unify_skill(word: str) -> str:
    """Return the word used here for a skill; one that no list knows stays as it is.

    Examples
    --------
    >>> unify_skill("除雪"), unify_skill("Snow"), unify_skill("犬の散歩")
    ('snow', 'snow', '犬の散歩')
    """
    return _WORD_OF.get(word.strip().lower(), word.strip())


def _unify_all(text: str) -> str:
    words = [unify_skill(word) for word in text.split(";") if word.strip()]
    return ";".join(dict.fromkeys(words))
