"""Webhooks: who asked to be sent which events, and how each arrives at least once, in the order of its log."""
