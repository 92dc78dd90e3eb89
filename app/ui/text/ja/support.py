"""生活の手伝いと歩いて行ける場所の文言。"""

TEXT: dict[str, str] = {
    "import.support-tasks": "生活の手伝いの依頼",
    "loaded.support_tasks": "手伝いの依頼",
}
