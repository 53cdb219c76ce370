"""The rules of renewals: what speaks for and against one, how likely a lapse is, and how good such words were.

Pure Python. Points are log-odds of lapse. Source: docs/renewal-risk.md.
"""
