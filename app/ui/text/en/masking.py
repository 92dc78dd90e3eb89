"""Texts on displaced points."""

TEXT: dict[str, str] = {
    "masking.asked": "Asked for leave to write displaced points. Once another administrator approves, they can be written for 24 hours.",
    "masking.shown": "{shown} of {homes} households are shown as displaced points. {left_out} with fewer than 10 dwellings around are left out; {below} with fewer than wanted are shown.",
    "masking.k": "Each point hides among at least {least} dwellings as near to it as the home (median {middle}).",
    "masking.fitting": "Who knows the rule only is left with {least} dwellings at the least, and with {low} or more at 95 points of 100.",
    "masking.moved": "Points moved by {middle} m (median), {most} m at most.",
    "masking.source.file": "Dwellings to hide among: the addresses or buildings of the file given.",
    "masking.source.streets": "Dwellings to hide among: the neighbourhoods' household counts, spread evenly along their streets (a file of buildings or addresses, --dwellings, makes it surer).",
    "masking.error": "Counted by {layer}, {elsewhere} % of the points lie in another area, and a share watched changes by {change} percentage points at most.",
    "masking.never_public": "For internal maps and tests. Never to be published.",
    "repair.points displaced before they were kept": "points displaced before they were kept",
    "repair.households left out: too few dwellings to hide among": "households left out: too few dwellings to hide among",
}
