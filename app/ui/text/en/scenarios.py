"""Texts of scenarios and their comparison."""

TEXT: dict[str, str] = {
    "scenarios.title": "Scenarios",
    "scenarios.heading": "{name}: what if",
    "scenarios.intro": (
        "Put a 'what if' together as a scenario and compare it with the city as it is, or with another. "
        "The register does not change."
    ),
    "scenarios.baseline_word": "baseline",
    "scenarios.baseline": "Baseline (as it is)",
    "progress.best": "Using the room as well as can be",
    # the comparison
    "scenarios.compare": "Compare",
    "scenarios.choose_base": "Compare with",
    "scenarios.choose_other": "Scenario",
    "scenarios.same_twice": "Choose two different ones.",
    "scenarios.none_yet": "There is no scenario yet. Make one below under 'New scenario'.",
    "scenarios.respond": "Use room as well as can be",
    "scenarios.respond.help": (
        "On both sides every visit made today stays, and as many visits as possible are added with the room "
        "the watchers have, before the two are compared. This is how new watchers or consents show their effect."
    ),
    "scenarios.finding.same": "With '{other}' {watched} households are watched, as with '{base}'.",
    "scenarios.finding.more": (
        "With '{other}' {number} more households are watched: {after} instead of {before} with '{base}' "
        "(of {households} households)."
    ),
    "scenarios.finding.fewer": (
        "With '{other}' {number} fewer households are watched: {after} instead of {before} with '{base}' "
        "(of {households} households)."
    ),
    "scenarios.finding.few_more": (
        "With '{other}' a few ({number}) more households are watched than the {before} with '{base}' "
        "(of {households} households; watched: {after})."
    ),
    "scenarios.finding.few_fewer": (
        "With '{other}' a few ({number}) fewer households are watched than the {before} with '{base}' "
        "(of {households} households; watched: {after})."
    ),
    "scenarios.finding.moved": " {gaining} households gain and {losing} lose.",
    "scenarios.finding.most_more": " Most are gained in {name} ({number} households).",
    "scenarios.finding.most_fewer": " Most are lost in {name} ({number} households).",
    "scenarios.response.none": (
        "Compared with assignments as they stand. 'Use room as well as can be' shows another use of room."
    ),
    "scenarios.response.optimal": (
        "Compared with room used as well as can be: no other way adds more visits in the scenario (proven best)."
    ),
    "scenarios.response.gap": (
        "Compared with room used well: a better way in the scenario would add at most {visits} weighted visits "
        "a month more ({gap} %)."
    ),
    "scenarios.response.infeasible": "How to use the room could not be decided.",
    "scenarios.side": "{name}: {day}, {season}, {watchers} watchers in office",
    "scenarios.side_short": "{name} ({season})",
    "scenarios.only_one": "Households of one day only: {base} of what it is compared with, {other} of the scenario.",
    "figure.scenario_watched": "Households watched",
    "figure.scenario_backed_up": "Households with a backup",
    "figure.scenario_connected": "Households connected to a centre",
    "figure.scenario_missed": "Households not watched",
    "define.scenario_watched": (
        "Households that get all the visits they need: in the scenario, and the difference."
    ),
    "define.scenario_backed_up": (
        "Households another watcher could go on with if one left: in the scenario, and the difference."
    ),
    "define.scenario_connected": (
        "Households whose watchers' reports reach a consultation centre: in the scenario, and the difference."
    ),
    "define.scenario_missed": "Households that lack visits: in the scenario, and the difference.",
    "scenarios.unit.against": "{difference} (was {before})",
    "scenarios.map": "Difference of the share of households watched",
    "scenarios.class.loses_much": "− much lower (10 points or more)",
    "scenarios.class.loses": "− lower (1 to 10 points)",
    "scenarios.class.about_equal": "± about equal (less than 1 point)",
    "scenarios.class.few": "fewer than 10 households change",
    "scenarios.class.gains": "+ higher (1 to 10 points)",
    "scenarios.class.gains_much": "+ much higher (10 points or more)",
    "scenarios.class.hidden": "too few to show",
    "scenarios.area.hidden": "{name}: too few households to show counts.",
    "scenarios.area.few": "{name}: households watched change by {difference}.",
    "scenarios.area.shown": (
        "{name}: of {households} households {after} are watched instead of {before} "
        "({difference} households, {points} points)."
    ),
    "scenarios.by_area": "Differences by area",
    "scenarios.by_type": "Who gains and who loses, by household type",
    "scenarios.by_status": "Households of the city",
    "scenarios.small_note": (
        "Counts from 1 to 9 households stand as '<10', and what they could be worked out from as '–'. "
        "A household gains or loses when its status changes, or when it gets more or fewer visits."
    ),
    "scenarios.type_unknown": "type not recorded",
    "household_type.single_75": "alone, 75 or older",
    "household_type.single_65": "alone, 65 to 74",
    "household_type.couple_75": "couple, 75 or older",
    "household_type.care": "in need of care",
    "household_type.disability": "with a disability",
    "household_type.single_parent": "single parent",
    "household_type.other": "other",
    "scenarios.column.name": "Area",
    "scenarios.column.household_type": "Household type",
    "scenarios.column.households": "Households",
    "scenarios.column.watched_before": "Watched (before)",
    "scenarios.column.watched_after": "Watched (after)",
    "scenarios.column.difference": "Difference (households)",
    "scenarios.column.points": "Difference (points)",
    "scenarios.column.gaining": "Gain",
    "scenarios.column.losing": "Lose",
    "scenarios.column.change": "Change",
    "scenarios.column.measure": "Households",
    "scenarios.column.before": "Before",
    "scenarios.column.after": "After",
    "scenarios.define.gaining": "Households whose status gets better, or that get more visits in the same status",
    "scenarios.define.losing": "Households whose status gets worse, or that get fewer visits in the same status",
    "scenarios.define.points": "Share of households watched, after less before",
    "scenarios.define.change": "The difference of shares in five classes",
    "scenarios.measure.watched": "Watched",
    "scenarios.measure.partly_watched": "Too few visits",
    "scenarios.measure.noticed_only": "Noticed only",
    "scenarios.measure.unwatched": "Unwatched",
    "scenarios.measure.backed_up": "With a backup",
    "scenarios.measure.connected": "Connected to a centre",
    # one change
    "scenarios.change.of": ", ",
    "scenarios.change.whole_city": "the whole city",
    "scenarios.change.named_leave": "{count} named watchers leave",
    "scenarios.change.all_leave": "All watchers leave: {who}",
    "scenarios.change.some_leave": "{share} of the watchers leave: {who} (draw {seed})",
    "scenarios.change.term_ends_by": "term ends by {day}",
    "scenarios.change.watcher_joins": (
        "One joins in {district}: {kind} ({visits_per_month} visits a month, up to {reach_m} m)"
    ),
    "scenarios.change.rules_change": "Consent level that allows to know: {levels}",
    "scenarios.change.season_change": "Season: {season}",
    "scenarios.change.date_change": "The city on {date}",
    "scenarios.change.street_closed": "{count} bridges or streets closed",
    "scenarios.change.place_opens": "A place opens: {kind} ({facility_id})",
    "scenarios.change.consent_at_least": "Consent in {area} to level {level} or more",
    "scenarios.change.consent_exactly": "Consent in {area} to level {level}",
    "scenarios.change.households": "{count} named households",
    "scenarios.change.agreement_made": "Agreement: watchers of {district} may help in {helped}",
    "place.consultation_centre": "consultation centre",
    "place.gathering_place": "gathering place",
    "place.shelter": "shelter",
    "place.community_centre": "community centre",
    "place.school": "school",
    # making and changing
    "scenarios.manage": "Make and change scenarios",
    "scenarios.new": "New scenario",
    "scenarios.new_name": "Name (up to 60 signs)",
    "scenarios.edit": "Scenario to change",
    "scenarios.changes": "Changes",
    "scenarios.no_changes": "No change yet. Add one below.",
    "scenarios.add": "Add a change",
    "scenarios.add_button": "Add and save",
    "scenarios.remove": "Remove",
    "scenarios.end": "End this scenario",
    "scenarios.ended": "'{name}' was ended.",
    "scenarios.saved": "'{name}' was saved.",
    "scenarios.not_yours": (
        "This scenario names {count} watchers of other districts, so it cannot be changed here. "
        "It can be compared."
    ),
    "scenarios.kind_of_change": "Kind of change",
    "scenarios.type.watchers_leave": "Watchers leave",
    "scenarios.type.watcher_joins": "A watcher joins",
    "scenarios.type.consent_change": "Consent changes",
    "scenarios.type.agreement_made": "An agreement between districts",
    "scenarios.type.street_closed": "Bridges are closed",
    "scenarios.type.place_opens": "A place opens",
    "scenarios.type.season_change": "Another season",
    "scenarios.type.date_change": "Another day",
    "scenarios.type.rules_change": "Other sharing rules",
    "scenarios.field.kind": "Kind",
    "scenarios.field.any_kind": "any kind",
    "scenarios.field.district": "Community district",
    "scenarios.field.any_district": "any district",
    "scenarios.field.share": "Share of them that leaves (%)",
    "scenarios.field.seed": "Number of the draw (the same number draws the same ones)",
    "scenarios.field.term": "Only whose term ends by this day",
    "scenarios.field.use_term": "Narrow by term",
    "scenarios.field.ids": "Name watchers of the own district (by id)",
    "scenarios.field.visits": "Visits possible a month",
    "scenarios.field.reach": "Longest walk (m)",
    "scenarios.field.place": "Starting place (inside the district)",
    "scenarios.field.by_point": "Give the place by latitude and longitude",
    "scenarios.field.lat": "Latitude",
    "scenarios.field.lon": "Longitude",
    "scenarios.field.centre": "Consultation centre to report to",
    "scenarios.field.no_centre": "none yet",
    "scenarios.field.level": "Consent level",
    "scenarios.field.helper": "District that helps",
    "scenarios.field.helped": "District that is helped",
    "scenarios.field.bridges": "Bridges to close",
    "scenarios.field.bridge": "bridge {id} ({district}, {length} m)",
    "scenarios.field.no_bridges": "No bridge is recorded.",
    "scenarios.field.place_kind": "Kind of place",
    "scenarios.field.facility_id": "Id of the new place",
    "scenarios.field.season": "Season",
    "scenarios.field.date": "Day",
    "scenarios.propose": "Make proposals of it",
    "scenarios.propose.help": (
        "Who takes over the visits of those who leave goes onto the list of proposals of {district}; consent, "
        "agreements and recruiting as steps to take first."
    ),
    "scenarios.propose.planner": "The coordinator of the district makes proposals of it.",
    "scenarios.proposed": "Proposals of {district}: hand-overs of {handovers} households, {steps} steps to take first. ",
    "scenarios.proposed.without": "{count} households lack somebody to take over. ",
    "scenarios.proposed.optimal": "No other plan hands over more visits (proven best).",
    "scenarios.proposed.gap": "A better plan could hand over at most {gap} % more weighted visits.",
    # command and files
    "command.scenario.listed": "There are {count} scenarios.",
    "command.scenario.line": "  {name}: {changes} changes (version {version}) {note}",
    "command.scenario.change": "    - {text}",
    "command.scenario.saved": (
        "Scenario '{name}' was saved ({changes} changes, version {version}). The register does not change."
    ),
    "command.scenario.ended": "Scenario '{name}' was ended.",
    "command.compare.side": "  {text}",
    "compare.read_me": (
        "Two scenarios side by side. Counts from 1 to 9 households stand as '<10', what they could be worked out "
        "from as '–'. Only comparison.pdf may be published."
    ),
    "compare.file.areas.csv": "differences by area (households; weighted visits a month)",
    "compare.file.types.csv": "differences by household type",
    "compare.file.totals.csv": "households of the city and their differences",
    "compare.file.transitions.csv": "households by status before and after",
    "compare.file.comparison.pdf": "draft sheet for discussion (A3, protected figures only)",
    # paper
    "paper.compare.title": "{city}: watching over compared, {base} and {other}",
    "paper.compare.finding_hidden": "The difference for the whole city is small; its counts are not shown.",
    "paper.compare.finding": "Households watched: {before}, then {after}{change} (of {households} households).",
    "paper.compare.more": ", {number} more",
    "paper.compare.fewer": ", {number} fewer",
    "paper.compare.same": ", no difference",
    "paper.compare.definition": (
        "Colours: share of households not watched (left and middle, the same classes), and difference of the share "
        "watched (right), whose sign stands in the map."
    ),
    "paper.compare.differences": "Difference ({other} − {base})",
    "paper.compare.table": "Households watched by {layer}",
    "paper.compare.order": "greatest loss first",
    "paper.compare.legend_share": "Share of households not watched",
    "paper.compare.legend_change": "Difference of the share watched",
    "paper.compare.column.before": "Before",
    "paper.compare.column.after": "After",
    "paper.compare.column.difference": "Diff.",
    "paper.compare.column.points": "Points",
    "paper.compare.response": (
        "On both sides every visit of today stays, and the room of watchers is used for the most visits."
    ),
    "paper.compare.as_is": "On both sides with assignments as they stand.",
    "paper.compare.assumed": "A scenario is an assumption, not a change that was made.",
    "paper.compare.hidden_note": (
        "Counts below 10, differences of fewer than 10 households, and what could be worked out from others "
        "stand as '–'."
    ),
    "paper.compare.side": "{name}: {day}, {season}",
    "paper.compare.changes": "Changes of '{name}': {changes}",
}
