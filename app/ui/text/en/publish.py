"""Publications: steps, reports, the list of what was published."""

TEXT = {
    "paper.council.draft": "Draft, not published",
    "publish.title": "Publish",
    "published.title": "Published figures",
    "publish.heading": "Make figures to publish",
    "publish.intro": (
        "Makes the table of districts, the map of joined areas and the council sheet, and tries to work out the hidden "
        "counts from them and everything published before. If even one can be found, nothing is published."
    ),
    "publish.try": "Try",
    "publish.tried": "What came of it",
    "publish.only_tried": "Only tried: nothing was written or published.",
    "publish.confirm": "Published figures cannot be taken back. Publish these",
    "publish.button": "Publish",
    "publish.done": "Published (no. {number}). The files are under “Published figures”.",
    "publish.passed": (
        "Tried to work out the hidden counts from {releases} release(s) together: {exact} found. "
        "Each hidden count keeps at least {demanded} possible values."
    ),
    "publish.hidden": (
        "Counts of districts shown {printed}, hidden {hidden}. Of {areas} joined areas, {blank} show no class."
    ),
    "publish.also": "Tables and maps to publish too",
    "publish.also.help": (
        "Areas that cross the districts. Where a small count could be worked out by subtraction, nothing is shown; "
        "the table of districts stays the same."
    ),
    "publish.sheet": "Make the council sheet",
    "publish.layer.school": "School districts",
    "publish.layer.neighbourhood": "Neighbourhoods",
    "publish.layer.mesh": "500 m mesh",
    "publish.and": ", ",
    "publish.further": "Of further areas ({layers}): counts shown {printed}, hidden {hidden}. {found}",
    "publish.suppression.optimal": "No fewer could be hidden.",
    "publish.suppression.feasible": "Perhaps fewer could be hidden.",
    "publish.suppression.nothing_to_do": ("Nothing but small counts had to be hidden."),
    "publish.suppression.infeasible": "All are hidden: the table of districts might give small counts away.",
    "publish.method_layers": (
        "Further areas: {layers}. So that no small count can be worked out by subtracting them from the table of "
        "districts, some other counts are not shown either. The table of districts is the same as without them. "
        "Of the mesh only households to watch are shown, never those missed.\n\n"
        "Files: {files}."
    ),
    "publish.what": "Item",
    "publish.number": "Number",
    "publish.report.districts": "Districts",
    "publish.report.joined_areas": "Joined areas",
    "publish.report.district_counts_printed": "Counts shown in the table of districts",
    "publish.report.district_counts_hidden": "Counts hidden in the table of districts",
    "publish.report.city_counts_hidden": "Counts hidden in the table of the city",
    "publish.report.joined_areas_without_class": "Joined areas without a class",
    "publish.report.releases_joined": "Releases attacked together (this one too)",
    "publish.report.rounds": "Rounds of hiding more",
    "publish.release": "No. {number}, as of {day}, {season}, {files} files",
    "publish.none": "Nothing was published yet.",
    "publish.no_district": "Households in no district",
    "publish.real": "registered data",
    "publish.column.name": "District",
    "publish.column.area": "Area",
    "publish.column.households": "Households to watch (households)",
    "publish.column.watched": "Watched (households)",
    "publish.column.gap": "Missed (households)",
    "publish.column.class": "Class (where counts are not shown)",
    "publish.class.mostly_watched": "two thirds or more watched",
    "publish.class.less_watched": "less than two thirds watched",
    "published.heading": "Published figures",
    "published.choose": "Release",
    "published.city": "City",
    "published.districts": "Districts",
    "published.files": "Files",
    "published.hidden": "“–” stands for what is not shown because a person might be recognised.",
    "progress.publish_count": "Counting what is published",
    "progress.publish_suppress": "Choosing what to hide",
    "progress.publish_attack": "Trying to work out hidden counts",
    "progress.publish_print": "Drawing the council sheet",
    "publish.method": (
        "# How the published figures were made ({name})\n\n"
        "As of {day}, {season}, {note}. Counts are households. {watched}\n\n"
        "- Counts are shown of the city and of community districts. Small counts, and counts from which a small one "
        "could be worked out, are not shown.\n"
        "- Below the districts only a class is shown, whether two thirds or more are watched, of joined areas: "
        "neighbouring places inside one district. Their borders follow the number of households and the ground, "
        "never who is watched.\n"
        "- “–” stands for what is not shown because a person might be recognised, whatever the reason.\n"
        "- Areas, and what is not shown, stay the same within a fiscal year; only more can be hidden. A new year brings "
        "new areas, and the old ones are no longer shown.\n"
        "- Before publication, every number, class and sum in these files and in all earlier ones was used to work out "
        "what is not shown (see audit.json). None could be.\n\n"
        "Files: districts.csv, joined_areas.csv and joined_areas.geojson, city.csv (with reasons), council.pdf and "
        "council.png (the same counts as the tables)."
    ),
}
