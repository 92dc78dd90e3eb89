"""Clears the screen of whoever left it: the page asks once a minute whether its sign-in still holds."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """<script>
window.mimamoriWatch ||= setInterval(async () => {
  const answer = await fetch("/_stcore/host-config", {cache: "no-store"}).catch(() => null);
  if (answer && answer.status === 403) location.assign("/signin");
}, 60000);
</script>"""


def watch_sign_in() -> None:
    """Let the page open the sign-in page by itself once its sign-in has ended; asking is no use of it."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)
