"""The domain: what an export will hold and cost, and how it is carried out."""
