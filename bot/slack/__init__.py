"""The edge to Slack: its answers become domain errors here and nowhere else."""
