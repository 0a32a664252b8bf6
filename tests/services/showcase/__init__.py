"""Tests of services/showcase."""
