"""Writing files: tables, GeoJSON and GPX, each put in place only when it is whole."""

from geodata.exporters.gpx import write_gpx
from geodata.exporters.tables import safe_name, write_csv, write_geojson, write_json, write_text

__all__ = ["safe_name", "write_csv", "write_geojson", "write_gpx", "write_json", "write_text"]
