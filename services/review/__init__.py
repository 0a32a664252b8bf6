"""Assessments: panels judge what is submitted to a gate, sealed until the panel is complete."""
