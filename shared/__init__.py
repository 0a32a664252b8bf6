"""The kernel that all services share: mechanism only."""
