"""Words of leaving, erasing and backups."""

TEXT: dict[str, str] = {
    "housekeeping.left": "Ended {households} households on {day}, and {assignments} assignments with them.",
    "housekeeping.left.before": "{households} households had ended before; their day stays.",
    "housekeeping.left.next": "The next analysis leaves them out. Until they are erased it can be undone in the list of changes on the district's page.",
    "housekeeping.retention.stated": "The city keeps a household for {days} days after its last.",
    "housekeeping.retention.default": "A household is kept for {days} days after its last (a default; state the city's own with --keep-days).",
    "housekeeping.due": "To be erased: {households} households (nothing was erased yet).",
    "housekeeping.erased": "Erased {households} households: {rows} rows deleted, ids taken out of {changed} rows.",
    "housekeeping.clean": "The database's files were written anew; no copy is left in them.",
    "housekeeping.not_clean": "A copy is left in the database's files: somebody uses it, or this role does not own the tables. Stop the dashboard and, as their owner, run mimamori erase again.",
    "housekeeping.outside": "Files written, paper printed and old backups are out of reach. Destroy them by the city's rule.",
    "housekeeping.backed_up": "Wrote the backup {file} ({megabytes} MB, {rows} rows).",
    "housekeeping.passphrase": "Its passphrase alone opens it. Keep passphrase and backup apart, and both away from this machine.",
    "housekeeping.restored": "Restored the backup of {day} ({rows} rows).",
    "housekeeping.restored.erased": "{households} households erased before, or past their time, were erased again at once.",
    "housekeeping.restored.no_marks": "Nothing told who was erased after this backup. If there is a list on paper, compare it.",
    "housekeeping.restored.secret": "Wrote the installation's secret to {file}. Leave it readable by its owner only.",
}
