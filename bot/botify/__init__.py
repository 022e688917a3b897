"""The edge to Botify: HTTP outcomes become domain errors here and nowhere else."""
