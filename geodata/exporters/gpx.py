"""GPX 1.1 routes for a walker's phone: pseudonyms and points only."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

from geodata.exporters.tables import write_text

_NAMESPACE = "http://www.topografix.com/GPX/1/1"
RoutePoint = tuple[str, float, float]  # label, longitude, latitude


def write_gpx(path: Path, routes: Sequence[tuple[str, Sequence[RoutePoint]]]) -> None:
    """Write one route an outing.

    Parameters
    ----------
    routes : sequence of (name, points)
        Points in walking order: label, longitude and latitude in degrees.
    """
    root = ElementTree.Element("gpx", version="1.1", creator="mimamori", xmlns=_NAMESPACE)
    for name, points in routes:
        route = ElementTree.SubElement(root, "rte")
        ElementTree.SubElement(route, "name").text = name
        for label, lon, lat in points:
            point = ElementTree.SubElement(route, "rtept", lat=f"{lat:.7f}", lon=f"{lon:.7f}")
            ElementTree.SubElement(point, "name").text = label
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')
