"""The public read model and site, fed by the events of submission and review."""
