"""Texts of fragility, the years ahead and the kinds of watchers."""

TEXT: dict[str, str] = {
    "outlook.title": "Outlook",
    "outlook.heading": "{name}: outlook and inequality",
    "outlook.hint": "See what departures would cost, the years ahead, unequal districts and gap areas",
    "outlook.section.label": "What to see",
    "outlook.section.fragility": "Fragility",
    "outlook.section.forecast": "Years ahead",
    "outlook.section.inequality": "Inequality",
    "outlook.section.areas": "Gap areas",
    "outlook.section.kinds": "Kinds of watchers",
    # opening sentence
    "outlook.finding.critical": "Of {watchers} watchers, {critical} are such that losing that one alone leaves {limit} or more "
    "households unwatched at once. ",
    "outlook.finding.none_critical": "Whichever one of {watchers} watchers leaves, fewer than {limit} households "
    "are left unwatched at once. ",
    "outlook.finding.nobody": "There are no watchers who visit. ",
    "outlook.finding.re_election": "After the re-election ({day}) the households watched are expected to fall from {today} "
    "to about {expected} ({low} to {high}).",
    "outlook.finding.by_then": "By {day} the households watched are expected to fall from {today} to about {expected} "
    "({low} to {high}).",
    "outlook.finding.stays": "By {day} the households watched are expected to stay at {today}.",
    # four figures
    "figure.critical": "Critical watchers",
    "define.critical": "Watchers whose departure alone leaves 10 or more households unwatched at once, "
    "with assignments as they stand and no backup that could carry on.",
    "figure.irreplaceable": "Not fully replaceable",
    "define.irreplaceable": "Watchers some of whose visits nobody else could make even after the best rearrangement of all others.",
    "figure.expected_watched": "Expected to be watched",
    "define.expected_watched": "Mean number of households watched after the next re-election (without terms: at the last year end). "
    "Watchers leave independently of each other, and nobody is assigned anew.",
    "figure.never_watched": "Left in all cases",
    "define.never_watched": "Lower bound of the households that stay unwatched however visits are rearranged under today's consents and "
    "district rules: those left for want of room (minimum cut) and those whom no watcher within reach may visit.",
    "outlook.unit.of_watchers": "of {count} watchers",
    "outlook.unit.of_households": "of {count} in {day}",
    "outlook.unit.at_least": "households, at least",
    # fragility
    "outlook.visits": "{needed} visits a month are needed and {delivered} are made. With today's consents and district rules the best "
    "rearrangement would make {best}. ",
    "outlook.bottlenecks": "In {sets} places ({households} households) watchers lack room: however visits are assigned, at least "
    "{unwatched} households remain (lower bound of the minimum cut). ",
    "outlook.nobody_may": "Besides, {count} households have no watcher within reach who may visit them. ",
    "outlook.visits_short": "In all, {visits} visits a month cannot be made by anybody under today's consents and district rules.",
    "outlook.no_bottlenecks": "No visits are left undone for want of room. ",
    "outlook.whole_city": "Whole city",
    "outlook.no_district": "No district",
    "outlook.by_district": "Fragility by district",
    "outlook.by_district_note": "What a heading means appears under the mouse. 1 to 9 households stand as '<10', districts with fewer than 3 watchers as '–'.",
    "outlook.by_organisation": "When a whole organisation leaves",
    "outlook.by_organisation_note": "'Lost for good' is counted from the best that everybody together could do, not from today's visits, so it may "
    "exceed what is lost at once.",
    "outlook.organisations_not_named": "{count} more organisations have fewer than 3 watchers and are not named.",
    "outlook.no_organisations": "No organisation has 3 or more watchers.",
    "define.column.critical": "Watchers whose departure leaves 10 or more households unwatched at once",
    "define.column.irreplaceable": "Watchers some of whose visits nobody else could make even after the best rearrangement",
    "define.column.sole_households": "Households left unwatched at once when their watcher leaves (summed over watchers)",
    "define.column.most_lost": "Most households left unwatched at once by the departure of one watcher",
    "define.column.terms_ending": "Watchers whose term ends until the next re-election, who need a successor",
    "define.column.of_high_age": "Watchers who reach the high age (the year of turning 75) until the next re-election",
    "define.column.lost_households_at_once": "Households left unwatched when all of the organisation leave and assignments stay",
    "define.column.lost_visits_at_once": "Visits a month all of the organisation make today",
    "define.column.lost_visits_after": "Visits a month that nobody else could make even after the best rearrangement, compared with the best possible today",
    "define.column.disconnected_households": "Households whose signals reach no consultation centre any more when all of the organisation leave",
    "column.watchers": "Watchers",
    "column.critical": "Critical",
    "column.irreplaceable": "Not fully replaceable",
    "column.sole_households": "Sole watcher",
    "column.most_lost": "Most lost",
    "column.terms_ending": "Terms ending",
    "column.of_high_age": "Reaching high age",
    "column.organisation": "Organisation",
    "column.lost_households_at_once": "Households lost",
    "column.lost_visits_at_once": "Visits lost/month",
    "column.lost_visits_after": "Lost for good/month",
    "column.disconnected_households": "Cut off from advice",
    # years ahead
    "outlook.forecast": "Of {households} households to watch over, {today} are watched today and {expected} are expected to be on {day}: "
    "{best} if at each term end everyone stays or is followed, {worst} if everyone whose term ends or who is of high age "
    "leaves without a successor.",
    "outlook.chart.title": "Households watched, expected",
    "outlook.chart.axis": "households",
    "outlook.chart.expected": "expected",
    "outlook.chart.best": "best",
    "outlook.chart.worst": "worst",
    "outlook.chart.band": "5–95 %",
    "outlook.chart.re_election": "re-election {day}",
    "outlook.chart.legend": "Solid with dots: expected (mean); band: 5 to 95 % of 1,000 draws; dashed: best; dotted: worst.",
    "column.day_ahead": "Day",
    "column.event": "Point in time",
    "column.expected": "Expected",
    "column.band": "5–95 %",
    "column.best": "Best",
    "column.age_limit": "Age limit",
    "column.worst": "Worst",
    "outlook.assumptions": "What this outlook assumes",
    "outlook.assumption.not_reappointed": "Not staying at a term end: 31 % (national, welfare commissioners; taken for every kind)",
    "outlook.assumption.stays_empty": "Of these, posts nobody takes over: 23 % (derived from national figures of 2025; leans high)",
    "outlook.assumption.yearly": "Leaving in a year between terms: 2 % before the year of turning 75, 5 % from then on (assumed; no "
    "figure was found)",
    "outlook.assumption.term": "A term is 3 years (law for welfare commissioners, assumed for others)",
    "outlook.assumption.independent": "Each leaves independently of the others, nobody is assigned anew, households and needs stay as today",
    "outlook.assumption.cases": "Best: nobody is lost at a term end. Age limit: besides those expected, everyone whose term ends at the high "
    "age leaves. Worst: everyone whose term ends or who is of high age leaves (the yearly rate goes on in all of them)",
    "outlook.population": "Of {watchers} watchers, {without} have no term, the year of birth of {unknown} is unknown, and {high} are of high age "
    "already.",
    # kinds
    "outlook.kinds": "{watchers} watchers are in office and {vacant} posts are vacant. They make {delivered} visits a month, {share} of the "
    "{capacity} they can make.",
    "outlook.kinds_note": "The last three columns count households. One visited by two kinds counts in both; as 'mainly' it counts once. 1 to 9 households stand as "
    "'<10', kinds with fewer than 3 in office as '–'.",
    "column.posts": "Posts",
    "column.in_office": "In office",
    "column.vacant": "Vacant",
    "column.capacity_visits": "Capacity/month",
    "column.delivered_visits": "Made/month",
    "column.room_visits": "Room/month",
    "column.households_visited": "Visited",
    "column.households_main": "Mainly",
    "column.households_noticed": "Noticed",
}
