"""Exports of logs for auditors: made, verified with nothing of ours, and imported into an empty installation."""
