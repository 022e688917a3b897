"""A local Slack workspace and a local Botify that say no where the real ones do."""
