"""Which column of a file is which of ours: English, Japanese, or as the caller maps them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geodata.errors import ImportRefusedError


@dataclass(frozen=True)
class Heading:
    """A column of ours, the other names it goes by, and whether a file must have it.

    An alias with a unit in brackets is met by that unit only, and then by no other heading: 届く範囲（分） is
    not 届く範囲.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Matching:
    """Ours to theirs, ours to a constant value, and their columns nobody asked for."""

    theirs: dict[str, str]
    constants: dict[str, str]
    unknown: tuple[str, ...]


def plain(heading: str) -> str:
    """Return a heading in half-width lower case without blanks or a unit in brackets, for comparing."""
    text = unicodedata.normalize("NFKC", str(heading)).strip().lower()
    return re.sub(r"\s*[(\[].*[)\]]$", "", text).replace(" ", "_")


def _with_unit(heading: str) -> str:
    """Return a heading as :func:`plain` does, its unit in brackets kept."""
    text = unicodedata.normalize("NFKC", str(heading)).strip().lower().replace(" ", "")
    return text.replace("[", "(").replace("]", ")")


def match_headings(
    columns: Sequence[str], headings: Sequence[Heading], column_map: Mapping[str, str]
) -> Matching:
    """Find our columns among theirs; what the caller maps wins over names that fit by themselves.

    Raises
    ------
    ImportRefusedError
        A mapped column is not there or not ours, two columns claim one of ours, or required ones are missing.
    """
    constants = {ours: theirs[1:] for theirs, ours in column_map.items() if theirs.startswith(":")}
    named = {theirs: ours for theirs, ours in column_map.items() if not theirs.startswith(":")}
    _check_map(columns, headings, named, constants)
    theirs = {ours: _column_called(columns, name) for name, ours in named.items()}
    for heading in headings:
        if heading.name not in theirs and heading.name not in constants:
            found = _columns_of(_without_other_units(columns, heading, headings), heading)
            if found:
                theirs[heading.name] = found[0]
    _check_required(columns, headings, {*theirs, *constants})
    used = set(theirs.values())
    return Matching(theirs, constants, tuple(column for column in columns if column not in used))


def _without_other_units(columns: Sequence[str], heading: Heading, headings: Sequence[Heading]) -> list[str]:
    """Leave out the columns whose unit says that they are another heading's."""
    others = {name for other in headings if other is not heading for name in _names_with_unit(other)}
    return [column for column in columns if _with_unit(column) not in others]


def _names_with_unit(heading: Heading) -> set[str]:
    return {_with_unit(name) for name in heading.aliases if "(" in name}


def _columns_of(columns: Sequence[str], heading: Heading) -> list[str]:
    own = [column for column in columns if plain(column) == heading.name]
    if len(own) == 1:
        return own
    names = {plain(name) for name in (heading.name, *heading.aliases) if "(" not in name}
    with_unit = _names_with_unit(heading)
    found = [column for column in columns if plain(column) in names or _with_unit(column) in with_unit]
    if len(found) > 1:
        raise ImportRefusedError(
            f"Expected one column for '{heading.name}', got {len(found)}: {', '.join(found)}. "
            f"Say which with --map THEIRS={heading.name}."
        )
    return found


def _column_called(columns: Sequence[str], name: str) -> str:
    return next(column for column in columns if plain(column) == plain(name))


def _check_map(
    columns: Sequence[str],
    headings: Sequence[Heading],
    named: Mapping[str, str],
    constants: Mapping[str, str],
) -> None:
    there = {plain(column) for column in columns}
    absent = [name for name in named if plain(name) not in there]
    if absent:
        raise ImportRefusedError(
            f"Expected the mapped columns in the file, got none called {', '.join(absent)}. "
            f"The file has: {', '.join(map(str, columns))}."
        )
    ours = [*named.values(), *constants]
    known = {heading.name for heading in headings}
    strange = [name for name in ours if name not in known]
    if strange:
        raise ImportRefusedError(
            f"Expected --map onto a column of this layer, got {', '.join(strange)}. "
            f"Choose from {', '.join(heading.name for heading in headings)}."
        )
    repeated = sorted({name for name in ours if ours.count(name) > 1})
    if repeated:
        raise ImportRefusedError(
            f"Expected one column mapped onto each of ours, got several for {', '.join(repeated)}. Keep one."
        )


def _check_required(columns: Sequence[str], headings: Sequence[Heading], found: set[str]) -> None:
    missing = [heading.name for heading in headings if heading.required and heading.name not in found]
    if missing:
        raise ImportRefusedError(
            f"Expected columns {', '.join(missing)}, got {', '.join(map(str, columns))}. "
            f"Add them or name them with --map THEIRS={missing[0]}."
        )
