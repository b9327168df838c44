"""The network: application entities, associations, services."""
