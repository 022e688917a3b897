"""A local Slack: Web API, Socket Mode and a person's client, strict where Slack is."""
