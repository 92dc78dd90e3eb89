"""Tables of sharing: the rules, the requests that wait, one household's explanation, a watcher's own."""

from __future__ import annotations

import html

import pandas as pd

from app.ui.text import Words
from app.ui.text.formats import day

_RULES = ("rule_id", "status", "recipient", "item", "area", "phase", "basis", "article", "least_level")
_DATES = ("valid_from", "valid_to", "proposed_by", "approved_by")
_COUNCIL = (
    *("rule_id", "recipient", "item", "area", "purpose", "phase", "basis", "article", "least_level"),
    *("media", "agreement", "valid_from", "valid_to"),
)
_WORDED = ("status", "area", "phase", "basis", "item")


def rule_table(rules: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the rules in words, one row a rule."""
    return _worded(rules[[*_RULES, *_DATES]], words)


def rule_name(rule: pd.Series, words: Words) -> str:
    """Return one rule in a line: its number, to whom, what, and where."""
    said = (recipient_name(rule["recipient"], words), *_said(rule, ("item", "area"), words))
    return f"{rule.name} {' / '.join(said)}"


def rule_lines(rules: pd.DataFrame, words: Words) -> list[str]:
    """Return the rules as lines of a terminal."""
    lines = []
    for rule in rules.set_index("rule_id").itertuples():
        row = pd.Series(rule._asdict(), name=rule.Index)
        status, phase, basis = _said(row, ("status", "phase", "basis"), words)
        lines.append(f"{rule_name(row, words)}  {phase}  {basis}  {rule.least_level}  {status}")
    return lines


def subject_text(subject: dict[str, str], words: Words) -> str:
    """Return what a request asks for: a rule's number, a district or a last day."""
    parts = []
    for name, value in sorted(subject.items()):
        said = str(value).rpartition(":")[0] if name in ("put_in_force", "end") else value
        key = f"rules.subject.{name}"
        parts.append(words(key, value=said) if words.has(key) else f"{name}: {said}")
    return " ".join(parts)


def council_table(rules: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the rules in force as the council gets them: in words, and without the names of people."""
    in_force = rules[rules["status"] == "in_force"]
    shown = in_force[[*_COUNCIL]].copy()
    shown["media"] = [
        words("common.and").join(words(f"sharing.medium.{one}") for one in media.split(";"))
        for media in in_force["media"]
    ]
    shown["purpose"] = [words("sharing.any") if one == "any" else one for one in in_force["purpose"]]
    shown["least_level"] = [f"{level} {words(f'sharing.level.{level}')}" for level in in_force["least_level"]]
    for name in ("valid_from", "valid_to"):
        shown[name] = [None if pd.isna(one) else day(one, words.language) for one in in_force[name]]
    return _worded(shown, words)


def council_text(table: pd.DataFrame, made_on: str, words: Words) -> str:
    """Return the council's table as Markdown."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.fillna("").to_numpy().tolist()]
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    head = (f"# {words('rules.heading')}", "", words("rules.council"), "", made_on, "")
    return "\n".join((*head, *lines, ""))


def who_table(rules: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return for each recipient and item whether it may be told, and by which rule."""
    shown = rules[["recipient", "item", "allowed", *_RULES[4:], "rule_id"]].copy()
    shown["allowed"] = shown["allowed"].map({True: words("sharing.yes"), False: words("sharing.no")})
    return _worded(shown, words)


def own_table(households: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return a watcher's own households; what no rule opens stays empty."""
    shown = households.reset_index()
    return shown.rename(columns={name: words(f"sharing.column.{name}") for name in shown})


def recipient_name(recipient: str, words: Words) -> str:
    """Return the name of a recipient of the rules."""
    return words("role.coordinator" if recipient == "coordinator" else f"kind.{recipient}")


def _said(rule: pd.Series, names: tuple[str, ...], words: Words) -> list[str]:
    return [words(f"sharing.{name}.{rule[name]}") for name in names]


def _cell(cell: object) -> str:
    """Return a cell of a Markdown table: one line, no bar and no markup of the city's own texts."""
    return html.escape(" ".join(str(cell).split()), quote=False).replace("|", "\\|")


def _worded(rules: pd.DataFrame, words: Words) -> pd.DataFrame:
    shown = rules.astype(object).where(rules.notna(), None)
    for name in set(_WORDED) & set(shown.columns):
        shown[name] = [words(f"sharing.{name}.{value}") for value in shown[name]]
    shown["recipient"] = [recipient_name(recipient, words) for recipient in shown["recipient"]]
    return shown.rename(columns={name: words(f"sharing.column.{name}") for name in shown})
