"""Texts of gap areas, inequality and clusters."""

TEXT: dict[str, str] = {
    "layer.mesh_250m": "squares of 250 m",
    "layer.mesh_125m": "squares of 125 m",
    "areas.cells_left_out": "{cells} squares with fewer than 10 households ({households} households together) are not shown.",
    "areas.grey": "Grey: areas with no households to watch over, or too few to show.",
    "areas.small_shapes": "With so many areas the map bears no names; they appear under the mouse. Strong lines are community districts.",
    # inequality
    "areas.inequality": "The share missed differs between districts by a Gini index of {gini} and a Theil index of {theil} (0: the same "
    "everywhere; {units} districts, weighted by households). ",
    "areas.loads": "The loads of watchers have a Gini index of {gini}; {between} of their inequality lies between districts.",
    "areas.inequality.too_few": "To measure inequality takes two districts with households.",
    "areas.inequality.all_zero": "Nobody is missed, so there is no inequality.",
    "areas.formula": "Gini G = Σᵢ Σⱼ wᵢ wⱼ |xᵢ − xⱼ| / (2 W² μ) (Gini 1912, Sen 1973). Theil T = Σᵢ (wᵢ xᵢ / W μ) ln(xᵢ / μ) (Theil 1967). "
    "w are weights, W their sum, μ the weighted mean. Small districts differ by chance too, and the indices"
    " hold that part as well; the test below looks at which areas lie side by side and does not answer how much of it is chance.",
    "areas.indices": "Indices of inequality",
    "areas.by_district": "Shares and loads by district",
    "areas.by_district_note": "1 to 9 households stand as '<10'; shares they could be told from, and loads of fewer than 3 watchers, as '–'. "
    "Loads are those of the watchers who belong to the district.",
    "areas.status.too_few": "too few",
    "areas.status.all_zero": "all 0",
    "areas.measure.share_missed": "Share missed (weighted by households)",
    "areas.measure.share_need_missed": "Share missed (weighted by need)",
    "areas.measure.capacity_per_need": "Capacity for each visit needed (districts)",
    "areas.measure.load": "Load (each watcher, visits a month)",
    "areas.measure.share_used": "Share of capacity used (each watcher)",
    "column.measure": "Measure",
    "column.units": "Units",
    "column.mean": "Mean",
    "column.gini": "Gini",
    "column.theil": "Theil",
    "column.between": "Between districts",
    "define.column.load_per_watcher": "Visits a month made for each watcher who belongs to the district",
    "define.column.share_used": "Visits made as a share of the capacity of the district's watchers",
    "define.column.capacity_per_need": "Capacity of the district's watchers for each visit its households need (below 1: too little)",
    "define.column.share_need_missed": "Share missed, weighted by need",
    "define.column.need_missed": "Weighted visits a month that the missed households need",
    "define.column.p_adjusted": "The lowest false discovery rate at which the area is found (Benjamini and Hochberg)",
    "column.load_per_watcher": "Load each/month",
    "column.share_used": "Capacity used",
    "column.capacity_per_need": "Capacity ÷ need",
    "column.share_need_missed": "Share missed (need)",
    # clusters
    "areas.clusters": "Told from chance",
    "areas.clusters.found": "Clusters or outliers that chance hardly explains: {found} of {tested} areas ({layer}). Around the other {chance}, "
    "how like lies beside like is within what chance explains (a test of where shares lie, not of how far or how high they differ). ",
    "areas.clusters.none": "Of {tested} areas ({layer}), none can be named as a cluster: around each one, how like lies beside like is within what chance "
    "explains (a test of where shares lie, not of how far they differ). This does not mean that the shares are low. ",
    "areas.clusters.only_overall": "There is a pattern over the whole city (p below 0.05), but no single place can be named.",
    "areas.clusters.untested": "Too few areas can be tested to tell anything from chance. ",
    "areas.clusters.global": "Overall, Moran's I (like beside like) is {i} (p = {p}).",
    "areas.clusters.method": "Local Moran's I (Anselin 1995), tested by dealing out the values of all other areas 9,999 times (seed 2025), corrected "
    "for testing many areas (Benjamini and Hochberg 1995) at a false discovery rate of 5 %. Not tested: {untested} areas (fewer than 10 "
    "households, no neighbour, and the like).",
    "areas.legend.clusters": "Clusters chance hardly explains, by {layer}",
    "areas.legend.sign": "{sign} {text}",
    "areas.named": "Areas chance hardly explains",
    "column.cluster": "Result",
    "column.p_adjusted": "Adjusted p",
    # gap areas
    "areas.finding": "Of {missed} households missed, {inside} lie together in {count} gap areas. Next steps: {remedies}.",
    "areas.remedy_count": "{remedy}: {count}",
    "areas.none": "Nowhere do 10 or more households missed lie together.",
    "areas.restricted": "Restricted: this shows where households are missed. Do not print it or take it out of the office.",
    "areas.choose": "Choose an area on the map or a row of the table to see its reasons and the next step.",
    "areas.card": "{name} {id}: of {households} households to watch over, {missed} ({share}) are missed. Those missed need {need} weighted visits a month. "
    "Next step: {remedy}.",
    "areas.left_out": "Missed households in no area: in squares with few households {thin}, in squares with less than 45 % missed {below}, in parts too small to "
    "show {left_out}, without a place {without}.",
    "areas.legend.remedies": "Next step (the number: households missed)",
    "areas.short.act": "act",
    "areas.short.ask": "ask",
    "areas.short.recruit": "recruit",
    "areas.short.strengthen": "strengthen",
    "column.area_id": "Number",
    "column.district": "District",
    "column.need_missed": "Need/month",
}
