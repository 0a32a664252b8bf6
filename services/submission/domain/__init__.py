"""The rules of submission: pure, without framework or I/O."""
