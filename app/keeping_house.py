"""What ``mimamori leave``, ``erase``, ``backup`` and ``restore`` do and say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from app.console import Talk
from app.operators import operator
from app.services import housekeeping
from app.services.errors import RequestError
from app.settings import Settings
from app.ui.text.formats import amount, count, day, today
from geodata.backup import SealedFile
from geodata.importers.household_ids import read_household_ids
from geodata.sealing import read_passphrase


def leave(
    talk: Talk, settings: Settings, ids: tuple[str, ...], file: Path | None, last_day: dt.date | None
) -> None:
    """End the households named, or those of a file, on a day (today where none is given)."""
    named = [*ids, *(read_household_ids(file) if file is not None else ())]
    if not named:
        raise RequestError("Expected households that leave, got none. Name their ids or give --file.")
    last_day = last_day or today()
    done = housekeeping.leave(settings.open_store(), operator(), named, last_day)
    talk.data = {**vars(done), "last_day": last_day}
    talk.say(
        "housekeeping.left",
        households=count(done.ended),
        day=day(last_day, talk.words.language),
        assignments=count(done.assignments),
    )
    if done.ended_before:
        talk.say("housekeeping.left.before", households=count(done.ended_before))
    talk.say("housekeeping.left.next")
    talk.finish()


def erase(talk: Talk, settings: Settings, *, days: int | None, dry_run: bool) -> None:
    """Erase who is due, or list them."""
    done = housekeeping.erase(settings.open_store(), operator(), today(), days=days, dry_run=dry_run)
    talk.data = {
        "keep_days": done.retention.days,
        "is_stated": done.retention.is_stated,
        "due": len(done.due),
        "back": int(done.due["is_back"].sum()),
    }
    stated = "stated" if done.retention.is_stated else "default"
    talk.say(f"housekeeping.retention.{stated}", days=count(done.retention.days))
    if dry_run:
        talk.data["households"] = list(done.due.index)
        talk.say("housekeeping.due", households=count(len(done.due)))
        talk.lines += [f"  {household}" for household in done.due.index]
    else:
        talk.data |= {"erased": done.erased.households, "rows": done.erased.rows, "clean": done.is_clean}
        talk.say(
            "housekeeping.erased",
            households=count(done.erased.households),
            rows=count(sum(done.erased.rows.values())),
            changed=count(sum(done.erased.changed.values())),
        )
        talk.say("housekeeping.clean" if done.is_clean else "housekeeping.not_clean")
        talk.say("housekeeping.outside")
    talk.finish()


def back_up(talk: Talk, settings: Settings, file: Path, passphrase: Path | None) -> None:
    """Write a backup."""
    sealed = SealedFile(file, _passphrase(settings, passphrase))
    made = housekeeping.back_up(
        settings.open_store(), operator(), sealed, secret=settings.secret, day=today()
    )
    talk.data = {"file": file.as_posix(), "bytes": file.stat().st_size, "rows": made.rows}
    talk.say(
        "housekeeping.backed_up",
        file=file.as_posix(),
        megabytes=amount(file.stat().st_size / 2**20),
        rows=count(sum(made.rows.values())),
    )
    talk.say("housekeeping.passphrase")
    talk.finish()


def restore(talk: Talk, settings: Settings, file: Path, passphrase: Path | None, *, replace: bool) -> None:
    """Put a backup back."""
    sealed = SealedFile(file, _passphrase(settings, passphrase))
    done = housekeeping.restore(settings.open_store(), operator(), sealed, replace=replace, day=today())
    talk.data = {
        "made_on": done.made_on,
        "rows": done.rows,
        "erased_again": done.erased_again,
        "marks_there": done.marks_there,
        "secret_file": None if done.secret_file is None else done.secret_file.as_posix(),
    }
    talk.say(
        "housekeeping.restored",
        day=day(done.made_on, talk.words.language),
        rows=count(sum(done.rows.values())),
    )
    talk.say("housekeeping.restored.erased", households=count(done.erased_again))
    if not done.marks_there:
        talk.say("housekeeping.restored.no_marks")
    if done.secret_file is not None:
        talk.say("housekeeping.restored.secret", file=done.secret_file.as_posix())
    talk.finish()


def _passphrase(settings: Settings, file: Path | None) -> str:
    if file is not None:
        return read_passphrase(file)
    if settings.backup_passphrase is None:
        raise RequestError(
            "Expected the backup's passphrase, got none. "
            "Give --passphrase-file or set MIMAMORI_BACKUP_PASSPHRASE."
        )
    return settings.backup_passphrase
