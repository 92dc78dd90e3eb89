"""Daily tasks and walking access."""

TEXT: dict[str, str] = {
    "import.support-tasks": "daily tasks",
    "loaded.support_tasks": "daily tasks",
}
