"""Words for daily help: one word for each thing, in watchers, households and tasks; unknown ones stay."""

import pandas as pd
import pytest

from geodata.importers.skills import SYNONYMS, unify_skill
from tests.test_importers_tasks import TASKS, read

WATCHERS = "watcher_id,kind,lon,lat,visits_per_month,skills\n"
HOUSEHOLDS = "household_id,lon,lat,visits_per_month,needs\n"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("除雪・ゴミ出し", "snow;rubbish"),
        ("買い物、電球", "shopping;bulb"),
        ("雪かき；除雪；Snow", "snow"),
        ("犬の散歩,ごみだし", "犬の散歩;rubbish"),
        ("ｺﾞﾐ出し", "rubbish"),
        ("", None),
    ],
)
def test_skills_and_needs_are_stored_in_the_same_words(tmp_path, written, stored):
    volunteer = f'W1,casual_volunteer,136.65,36.56,2,"{written}"\n'
    home = f'H1,136.65,36.56,2,"{written}"\n'
    skills = read(tmp_path, "watchers", WATCHERS + volunteer).frame["skills"].iloc[0]
    needs = read(tmp_path, "households", HOUSEHOLDS + home).frame["needs"].iloc[0]
    assert (skills, needs) == (stored, stored) or (pd.isna(skills) and pd.isna(needs) and stored is None)


@pytest.mark.parametrize(
    ("written", "stored"), [("除雪", "snow"), ("Bulb", "bulb"), ("犬の散歩", "犬の散歩")]
)
def test_a_task_names_its_skill_in_the_words_of_volunteers(tmp_path, written, stored):
    found = read(tmp_path, "support-tasks", TASKS + f"T1,H1,{written},30,,,,,,,,2026-12-01\n").frame
    assert found["skill"].tolist() == [stored]


def test_no_way_to_say_it_belongs_to_two_skills():
    names = [name for word, others in SYNONYMS.items() for name in (word, *others)]
    assert len(names) == len(set(names))
    assert [unify_skill(name.upper()) for name in names] == [
        word for word, others in SYNONYMS.items() for _ in (word, *others)
    ]
