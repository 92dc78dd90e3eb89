"""What every command shares: the summary or one JSON object, a progress bar, and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.services.results import Progress as Step
from app.ui.text import Words
from app.ui.text.messages import translate

DONE, REFUSED, WRONG_USAGE = 0, 1, 2


@dataclass
class Talk:
    """How one command speaks: its language, JSON or sentences, and what it will say at the end.

    ``data`` becomes the JSON object; ``lines`` the summary.
    """

    words: Words
    as_json: bool
    data: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def say(self, key: str, **values: object) -> None:
        """Add a sentence of the catalogue to the summary."""
        self.lines.append(self.words(key, **values))

    def files(self, paths: Sequence[Path]) -> None:
        """Add the files written."""
        self.data["files"] = [path.as_posix() for path in paths]
        self.say("command.files")
        self.lines += [f"  {path.as_posix()}" for path in paths]

    def finish(self, status: str = "done") -> None:
        """Print the JSON object or the summary."""
        if self.as_json:
            print(json.dumps({"status": status, **self.data}, ensure_ascii=False, default=str), flush=True)
        else:
            print("\n".join(self.lines), flush=True)

    def refuse(self, reason: str) -> None:
        """Print why nothing was done, in the reader's language: to standard error, or as JSON."""
        reason = translate(reason, self.words)
        if self.as_json:
            print(
                json.dumps(
                    {"status": "refused", "reason": reason, **self.data}, ensure_ascii=False, default=str
                )
            )
            return
        if self.lines:
            print("\n".join(self.lines))
        print(self.words("command.refused", reason=reason), file=sys.stderr)

    @contextmanager
    def bar(self) -> Iterator[Callable[[Step], None]]:
        """Show a bar on standard error while the work goes on; one line a step where that is no terminal."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("", total=1)
            last = [""]

            def tell(step: Step) -> None:
                text = self._name(step.step)
                progress.update(task, description=text, completed=step.done, total=step.total)
                if not console.is_terminal and not self.as_json and text != last[0]:
                    print(f"  {text} …", file=sys.stderr, flush=True)
                last[0] = text

            yield tell

    def _name(self, step: str) -> str:
        if self.words.has(f"progress.{step}"):
            return self.words(f"progress.{step}")
        return self.words("progress.import", layer=self.words(f"import.{step}"))
