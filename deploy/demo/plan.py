"""The whole demonstration as a list of commands, made from the data alone."""

from deploy.demo.laboratories import all_laboratories
from deploy.demo.panels import pool
from deploy.demo.regions import regions
from deploy.demo.steps import Plan


def plan() -> Plan:
    """Give the plan; the same data give the same commands with the same keys."""
    return Plan(pool(), (*all_laboratories(), *regions()))
