"""Sharing rules and consent: which households and columns pass, and when they stop passing."""

import datetime as dt

import pytest
from sqlalchemy import select

from geodata import access, sharing
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import AuditEvent, ConsentRecord, Dataset, Household, Watcher
from geodata.sharing_records import Consent, add_consent, explain_sharing, read_consents, withdraw_consent
from tests.small_sharing import (
    ADMIN,
    AUDITOR,
    COMMISSIONER,
    COORDINATOR,
    COUNCIL,
    DAY,
    OPERATOR,
    PLANNER,
    STUDENT,
    TODAY,
    fill,
    put,
    rule,
)


@pytest.fixture
def city(store):
    return fill(store)


def seen(store, viewer=COORDINATOR, district="K1", **how):
    with store.begin(write=True) as session:
        return list(access.read_district_households(session, viewer, district, **how).households.index)


def own(store, viewer):
    with store.begin(write=True) as session:
        return list(access.read_own_households(session, viewer).index)


def answer(store, household, level=3, *, records=None, **how):
    with store.begin(write=True) as session:
        given = {"answer": "yes", "asked_on": TODAY} | how
        return add_consent(session, OPERATOR, household, Consent(level, **given), records=records)


# --- who sees by the rules a store begins with -------------------------------------------------------------


def test_default_rules_give_the_levels_of_the_matrix(city):
    assert seen(city) == ["H2", "H3", "H4"]
    assert own(city, COMMISSIONER) == ["G2", "H2", "H3", "H4"]
    assert own(city, STUDENT) == ["H4"]
    assert seen(city, PLANNER) == []


def test_without_any_rule_nobody_sees_a_household(city):
    with city.begin(write=True) as session:
        put(session, alone=True)
    assert seen(city) == own(city, COMMISSIONER) == []


def test_watcher_out_of_office_sees_no_household(city):
    with city.begin() as session:
        session.get(Watcher, "W1").term_end = TODAY - DAY
    assert own(city, COMMISSIONER) == []


def test_hidden_households_of_the_district_are_counted(city):
    with city.begin(write=True) as session:
        assert access.read_district_households(session, COORDINATOR, "K1").hidden == 2


# --- consent ----------------------------------------------------------------------------------------------


def test_consent_taken_back_counts_with_the_next_read(city):
    assert "H3" in seen(city)
    with city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3", form="F-12")
        assert "H3" not in access.read_district_households(session, COORDINATOR, "K1").households.index
    assert "H3" not in seen(city)
    assert "H3" not in own(city, COMMISSIONER)


def test_withdrawal_outlives_an_older_record_dated_later(city):
    with city.begin() as session:
        session.add(ConsentRecord(household_id="H3", level=4, answer="yes", asked_on=TODAY + 9 * DAY))
    with city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3")
    assert "H3" not in seen(city)


def test_new_answer_raises_the_level_and_the_revision(city):
    assert answer(city, "H0", level=2) == 2
    assert "H0" in seen(city)
    with city.begin() as session:
        assert session.get(Dataset, 1).revision == 2


def test_consent_holds_on_its_last_day_and_not_after(city):
    answer(city, "H1", valid_to=TODAY)
    assert "H1" in seen(city)
    answer(city, "H1", valid_to=TODAY - DAY)
    assert "H1" not in seen(city)


def test_newest_answer_counts_and_older_ones_are_kept(city):
    answer(city, "H1", level=4, asked_on=TODAY - 2 * DAY)
    answer(city, "H1", level=2, asked_on=TODAY - DAY)
    with city.begin(write=True) as session:
        household = access.read_district_households(session, COORDINATOR, "K1").households.loc["H1"]
        assert household["consent"] == 2
        assert read_consents(session, OPERATOR, "H1")["level"].tolist() == [2, 4]


def test_consent_for_one_recipient_is_no_other_ones(city):
    answer(city, "H1", level=4, recipients=("welfare_commissioner",))
    assert "H1" not in seen(city)
    assert "H1" in own(city, COMMISSIONER)
    assert "H1" not in own(city, STUDENT)


def test_consent_for_one_item_leaves_the_others_empty(city):
    answer(city, "H1", items=("household", "type"))
    with city.begin(write=True) as session:
        row = access.read_district_households(session, COORDINATOR, "K1").households.loc["H1"]
    assert row["household_type"] == "alone"
    assert row[["needs", "visits_per_month", "weight"]].isna().all()


def test_answer_that_contradicts_itself_or_lies_ahead_is_refused(city):
    with pytest.raises(GeodataError, match="0 with a refusal"):
        Consent(3, answer="no", asked_on=TODAY)
    with pytest.raises(GeodataError, match="a day that has come"):
        answer(city, "H1", asked_on=TODAY + DAY)


@pytest.mark.parametrize("viewer", [COORDINATOR, PLANNER, COUNCIL, COMMISSIONER])
def test_only_who_keeps_consents_enters_them(city, viewer):
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        add_consent(session, viewer, "H1", Consent(3, answer="yes", asked_on=TODAY))
    assert "H1" not in seen(city)


@pytest.mark.parametrize("viewer", [PLANNER, COUNCIL, COMMISSIONER, AUDITOR])
def test_consent_is_taken_back_by_its_keepers_and_coordinators_only(city, viewer):
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        withdraw_consent(session, viewer, "H3")
    assert "H3" in seen(city)


def test_coordinator_takes_back_the_consent_of_who_it_sees(city):
    with city.begin(write=True) as session:
        withdraw_consent(session, COORDINATOR, "H3")
    assert "H3" not in seen(city)


@pytest.mark.parametrize("household", ["H1", "G2", "nobody"])
def test_coordinator_takes_back_no_consent_of_hidden_households(city, household):
    with pytest.raises(AccessRefusedError, match="may see"), city.begin(write=True) as session:
        withdraw_consent(session, COORDINATOR, household)
    with city.begin() as session:
        assert session.scalars(select(ConsentRecord)).all() == []
        assert session.scalars(select(AuditEvent.act)).all() == ["refuse"]


def test_answer_entered_over_a_newer_one_is_a_conflict(city):
    with city.begin(write=True) as session:
        shown = explain_sharing(session, ADMIN, "H1").records
    answer(city, "H1", level=2, records=shown)
    with pytest.raises(ConflictError):
        answer(city, "H1", level=4, records=shown)
    with pytest.raises(ConflictError), city.begin(write=True) as session:
        withdraw_consent(session, ADMIN, "H1", records=shown)
    with city.begin(write=True) as session:
        assert explain_sharing(session, ADMIN, "H1").level == 2


def test_consent_cannot_be_taken_back_tomorrow(city):
    with pytest.raises(GeodataError, match="a day that has come"), city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3", on=TODAY + DAY)


# --- the ordinance's opt-out ------------------------------------------------------------------------------


def test_no_answer_is_consent_only_where_a_rule_names_its_article(city):
    answer(city, "H1", level=2, answer="none", mode="opt-out", article="Ordinance 5")
    assert "H1" not in own(city, COMMISSIONER)
    rows = (
        rule(article="Ordinance 5", basis="ordinance"),
        rule(rule_id="R2", item="assignment", least_level=1),
    )
    with city.begin(write=True) as session:
        put(session, *rows, alone=True)
    assert own(city, COMMISSIONER) == ["G2", "H1", "H2", "H3", "H4"]
    with city.begin(write=True) as session:
        put(session, rule(article="Ordinance 6", basis="ordinance"), rows[1], alone=True)
    assert "H1" not in own(city, COMMISSIONER)


def test_opt_out_of_all_not_refused_leaves_refusals_out(city):
    rows = [
        rule(item=item, least_level=1, basis="ordinance", article="5") for item in ("household", "assignment")
    ]
    with city.begin(write=True) as session:
        put(session, *rows, alone=True)
    assert own(city, COMMISSIONER) == ["G2", "H1", "H2", "H3", "H4"]


def test_ordinary_rule_of_level_zero_still_stops_at_a_refusal(city):
    with city.begin(write=True) as session:
        put(session, *(rule(item=item, least_level=0) for item in ("household", "assignment")), alone=True)
    assert "H0" not in own(city, COMMISSIONER)


# --- dates, purposes, media, training ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "closed",
    [
        {"valid_from": TODAY + DAY},
        {"valid_to": TODAY - DAY},
        {"return_by": TODAY - DAY},
        {"trained_on": TODAY - dt.timedelta(days=366)},
        {"purpose": "disaster drill"},
        {"media": "paper"},
        {"recipient": "student"},
    ],
)
def test_rule_out_of_its_bounds_opens_nothing(city, closed):
    with city.begin(write=True) as session:
        put(session, rule(item="assignment"), rule(rule_id="R2", **closed), alone=True)
    assert own(city, COMMISSIONER) == []


def test_medium_of_a_rule_decides_between_screen_and_paper(city):
    with city.begin(write=True) as session:
        row = rule(recipient="coordinator", area="own_district", media="screen")
        put(session, row, alone=True)
    assert seen(city, medium="screen") == ["H2", "H3", "H4"]
    assert seen(city, medium="paper") == []
    assert seen(city, medium="paper;file") == []


def test_list_for_paper_and_file_needs_a_rule_that_names_both(city):
    with city.begin(write=True) as session:
        put(session, rule(recipient="coordinator", area="own_district", media="screen;paper"), alone=True)
        assert access.find_visible(session, COORDINATOR, ["H2"], medium="paper") == {"H2"}
        assert access.find_visible(session, COORDINATOR, ["H2"], medium="paper;file") == set()


def test_coordinator_rule_for_the_whole_city_opens_no_other_district(city):
    with city.begin(write=True) as session:
        put(session, rule(recipient="coordinator", area="city"), alone=True)
        assert access.find_visible(session, COORDINATOR, ["H2", "G2"]) == {"H2"}


# --- the analysis -----------------------------------------------------------------------------------------


def test_visit_rules_become_the_levels_of_the_analysis(city):
    with city.begin(write=True) as session:
        levels = access.read_for_analysis(session, PLANNER).visit_levels
        assert levels == {
            "welfare_commissioner": 2,
            **dict.fromkeys(("community_promoter", "neighbour"), 3),
            **dict.fromkeys(("casual_volunteer", "student", "npo", "company"), 4),
        }
        put(session, rule(recipient="npo", item="visit", least_level=3), alone=True)
        levels = access.read_for_analysis(session, PLANNER).visit_levels
        assert (levels["npo"], levels["welfare_commissioner"]) == (3, sharing.NEVER)


def test_analysis_knows_withdrawn_and_expired_consents(city):
    answer(city, "H4", level=4, valid_to=TODAY + DAY)
    with city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3")
        today = access.read_for_analysis(session, PLANNER, date=TODAY).households["consent"]
        later = access.read_for_analysis(session, PLANNER, date=TODAY + 2 * DAY).households["consent"]
    assert today[["H2", "H3", "H4"]].tolist() == [2, 0, 4]
    assert later["H4"] == 1


def test_analysis_presumes_no_further_than_every_kind_may(city):
    answer(city, "H1", level=4, answer="none", mode="opt-out", article="5")
    article = {"item": "visit", "basis": "ordinance", "article": "5"}
    kinds = ((2, "welfare_commissioner", article), (3, "npo", {"item": "visit"}), (4, "student", article))
    with city.begin(write=True) as session:
        put(
            session,
            *(rule(rule_id=who, recipient=who, least_level=level, **more) for level, who, more in kinds),
            alone=True,
        )
        levels = access.read_for_analysis(session, PLANNER).households["consent"]
    assert levels["H1"] == 2  # not 4: an NPO of level 3 has no article
    assert levels.drop("H1").tolist() == [2, 0, 2, 3, 4]


# --- why --------------------------------------------------------------------------------------------------


def test_explanation_names_the_rules_that_open_a_household(city):
    answer(city, "H1", level=3, valid_to=TODAY + DAY)
    with city.begin(write=True) as session:
        told = explain_sharing(session, COORDINATOR, "H1")
    assert (told.level, told.reason, told.valid_to) == (3, "answered", TODAY + DAY)
    shown = told.rules[(told.rules["phase"] == "ordinary") & (told.rules["item"] == "household")]
    allowed = dict(zip(shown["recipient"], shown["allowed"], strict=True))
    assert allowed["neighbour"] and allowed["coordinator"] and not allowed["student"]


@pytest.mark.parametrize("household", ["H1", "G2", "nobody"])
def test_explanation_does_not_tell_hidden_from_unknown(city, household):
    with city.begin(write=True) as session:
        assert explain_sharing(session, COORDINATOR, household) is None


def test_keeper_of_consents_is_told_of_a_refusal(city):
    with city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3")
        told = explain_sharing(session, ADMIN, "H3")
    assert (told.level, told.reason) == (0, "refused")
    assert not told.rules.loc[told.rules["phase"] == "ordinary", "allowed"].any()


def test_event_of_a_look_names_the_rule_it_stands_on(city):
    seen(city)
    with city.begin() as session:
        assert session.scalars(select(AuditEvent.basis)).all() == ["N-coordinator-household"]


def test_imported_level_stays_what_the_file_said(city):
    answer(city, "H1", level=4)
    with city.begin() as session:
        assert session.get(Household, "H1").consent == 1
