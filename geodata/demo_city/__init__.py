"""The demo city: a synthetic castle town of any size, written as files the ordinary importers read."""

from geodata.demo_city.generate import DemoCity, generate_demo_city

GENERATOR_VERSION = 2  # raised when the same seed gives another city than before

__all__ = ["GENERATOR_VERSION", "DemoCity", "generate_demo_city"]
