"""How fast it is, and how it grows: `python -m tests.bench` (docs/performance.md)."""
