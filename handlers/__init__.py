"""Hears Slack: one module per kind of event. Knows Slack's words, decides nothing."""
