"""The pages: each asks one question of `reports.queries` and shows the answer."""
