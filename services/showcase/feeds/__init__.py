"""The showcase's copy of the producers' logs, and what is read from it: the merged feed and the stream of events."""
