"""Tests of what starts and carries the services."""
