"""How days and numbers look, by language."""
