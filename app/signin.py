"""Who looks, inside Streamlit: the sign-in the gate named, read from the store at each run of a page."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.services import signing_in
from app.services.signing_in import SignedIn
from app.settings import Settings


def find_signed_in(settings: Settings) -> SignedIn | None:
    """Return who uses this browser, with today's rights; none for a stranger or an ended sign-in."""
    token_hash = st.user.get("session")
    if not token_hash:
        return None
    return signing_in.read_signed_in(cache.open_store(settings.database_url), str(token_hash), is_use=True)
