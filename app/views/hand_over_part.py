"""The section that hands a retiring watcher's households over: choose, preview, put into the register."""

from __future__ import annotations

import streamlit as st

from app import actions, state
from app.services.handovers import HandOverPlan
from app.ui import controls, proposal_tables
from app.views.deciding import decide


def show(choices: state.Choices, district: str) -> None:
    """Show the form, and the preview when there is one."""
    words, watchers = choices.words, actions.own_watchers(choices, district)
    st.subheader(words("proposals.handover.title"))
    st.caption(words("proposals.handover.help"))
    if watchers.empty:
        st.caption(words("proposals.handover.nobody"))
        return

    def named(name: str) -> str:
        return proposal_tables.watcher_line(name, watchers.loc[name], words)

    left, right, press = st.columns([3, 3, 2], vertical_alignment="bottom")
    leaving = left.selectbox(words("proposals.handover.who"), list(watchers.index), format_func=named)
    others = [name for name in watchers.index if name != leaving]
    heir = right.selectbox(
        words("proposals.handover.heir"),
        [None, *others],
        format_func=lambda name: words("proposals.handover.any") if name is None else named(name),
    )
    if press.button(words("proposals.handover.preview")):
        notice = controls.ProgressNotice(words)
        state.remember(state.HAND_OVER, actions.preview_hand_over(choices, leaving, heir, notice))
        notice.finish()
    plan = state.hand_over()
    if isinstance(plan, HandOverPlan) and plan.found.leaving == (leaving,) and plan.date == choices.date:
        _show_plan(choices, plan)


def _show_plan(choices: state.Choices, plan: HandOverPlan) -> None:
    words = choices.words
    st.html(controls.selection_card(proposal_tables.hand_over_finding(plan, words)))
    if len(plan.moves):
        st.dataframe(proposal_tables.hand_over_moves(plan, words), hide_index=True)
    if len(plan.unplaced):
        st.markdown(f"**{words('proposals.handover.unplaced')}**")
        st.dataframe(proposal_tables.hand_over_unplaced(plan, words), hide_index=True)
    if plan.hidden:
        st.caption(words("proposals.handover.hidden", count=plan.hidden))
    st.button(
        words("proposals.handover.do"),
        type="primary",
        on_click=decide,
        args=(choices, "proposals.handover.did", lambda: actions.do_hand_over(choices, plan)),
    )
