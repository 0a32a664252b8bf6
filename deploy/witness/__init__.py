"""A witness of logs, ours or others': what an inspectorate, a ministry or a region runs on a machine of its own."""
