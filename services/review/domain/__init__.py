"""What review decides, and why it refuses: pure."""
