"""Programmes, units and innovations: what is put forward, and its way through the five stages."""
