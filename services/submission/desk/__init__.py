"""What may be asked of submission, in JSON and in forms alike: bodies, who may ask, the command each becomes."""
