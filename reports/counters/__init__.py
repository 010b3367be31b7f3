"""Counters of large teams: the figures of their scope by day, kept exactly (docs/decisions/counters.md).

people's presence and ── a pure ──▶ changes by day, ──▶ ledger of what is ── folded ──▶ blocks: a team's sums
standings                function    team and cell       not folded yet                  at a day, and the days after

A read adds the block of the day and what of the ledger lies in the team's scope, in one statement.
"""
