"""Botify Export for Slack: the program behind `/botify-export`."""
