"""The demonstration: five real laboratories and the innovations of many regions, played as commands over HTTP."""
