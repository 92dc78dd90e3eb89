"""Texts of the picture of the watch network."""

TEXT: dict[str, str] = {
    # one sign for each kind of watcher
    "network.letter.welfare_commissioner": "C",
    "network.letter.community_promoter": "P",
    "network.letter.neighbour": "N",
    "network.letter.casual_volunteer": "V",
    "network.letter.student": "S",
    "network.letter.npo": "O",
    "network.letter.company": "F",
    "network.letter.delivery_firm": "D",
    "network.letter.shop": "H",
    # sentences
    "network.finding": (
        "{name}: of {households} households that may be shown, {connected} ({share}) have a way to a "
        "consultation centre."
    ),
    "network.finding_all": (
        "{name}: all {households} households that may be shown have a way to a consultation centre."
    ),
    "network.finding_nobody": "{name}: there are no households that may be shown.",
    "network.finding_reason": "The main reason for the {missed} others: {reason}.",
    "network.finding_key": "Without {id} ({kind}), {lost} households would be cut off.",
    "network.definition": (
        "A household has a way when somebody visits or notices it whose reports arrive at a consultation centre "
        "without a break. Picture and tables count the households that may be shown to this role."
    ),
    "network.hidden": (
        "{count} more households are not shown because of their consent (the district's totals hold them)."
    ),
    "network.outside": (
        "{count} watchers are not marked on the map: their place is unknown or outside the picture."
    ),
    "network.reason.nobody": "its watcher reports to nobody",
    "network.reason.out_of_office": "the post reported to is vacant or over",
    "network.reason.circle": "the reports run in a circle",
    "network.reason.no_watcher": "nobody visits or notices it",
    "network.end.nobody": "to nobody",
    "network.end.out_of_office": "to a vacant post",
    "network.end.circle": "in a circle",
    # four figures
    "network.figure.watched": "Watched",
    "network.figure.connected": "With a way to a centre",
    "network.figure.one_way": "Rely on one person only",
    "network.figure.broken": "Watchers without a way",
    "network.population.district": "of {count} in the district",
    "network.population.shown": "of {count} shown",
    "network.population.watchers": "of {count} watchers",
    # legend
    "network.legend.backed_up": "watched and backed up",
    "network.legend.broken": "watcher without a way to a centre",
    "network.legend.vacant": "vacant or over",
    "network.legend.ring": "{count} or more would be cut off",
    "network.legend.small": "other watchers (without a letter)",
    "network.legend.visit": "visits",
    "network.legend.lost_visit": "visits, but no way to a centre",
    "network.legend.notice": "notices (where nobody visits)",
    "network.legend.report": "reports (arrow: to whom)",
    # layers
    "network.scheme.centre": "Consultation centre",
    "network.scheme.reported_to": "Reported to (households cut off without)",
    "network.scheme.watchers": "Watchers below",
    "network.scheme.households": "Households seen (watched · too few visits)",
    "network.scheme.person": "{id} ({lost})",
    "network.scheme.more": "+{count}",
    "network.map.person": "{id} ({lost})",
    "network.scheme.direct": "report directly",
    "network.scheme.others": "{count} others with theirs",
    "network.scheme.other_centres": "Other centres",
    "network.scheme.none": "No watcher has a way to a centre.",
    "network.scheme.broken": "No way to a consultation centre",
    "network.scheme.note": (
        "A household seen by two rows is counted in both. Cut off: households that would have no way to any "
        "centre without this person."
    ),
    # tables
    "network.reasons": "Why households are missed, and what to do (whole district)",
    "network.key_people": "Whose loss cuts households off, and along which line",
    "network.chains": "How long the chains of reports are",
    "network.parts": "Parts without a way to a centre",
    "network.none": "None.",
    "network.more": "{count} more",
    "network.column.watcher": "watcher",
    "network.column.kind": "kind",
    "network.column.households": "sees",
    "network.column.lost": "cut off",
    "network.column.reports_to": "reports to",
    "network.column.chain": "chain",
    "network.column.watchers": "watchers",
    "network.column.example": "example",
    "network.column.members": "watchers' ids",
    "network.centre": "centre",
    "network.steps": "steps to the centre: {steps}",
    # paper
    "network.paper.title": "{name} ({code}): the watch network",
    "network.paper.restricted": "Restricted: this district only",
    "network.paper.scale": "Printed on {size}: 1:{scale}",
    "network.paper.page": "{number} / {total}",
    "network.paper.rules": (
        "Households and watchers are written as ids. Use this for watching over in the district only; "
        "do not copy it, leave it nowhere."
    ),
    # screen
    "network.title": "The watch network",
    "network.switch": "Picture",
    "network.picture.map": "On the map",
    "network.picture.scheme": "In layers",
    "network.drawing": "Drawing the picture",
    "network.alt": "Picture of the watch network of {name}",
    # command
    "network.command.done": (
        "{name}: of {households} households that may be shown, {connected} ({share}) have a way to a "
        "consultation centre. This sheet is for the district only."
    ),
}
