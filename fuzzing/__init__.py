"""Damaged and odd files for the runtime, and the judge of what it makes of them; started by `scripts/fuzz`.

`cli` holds the command; `isolation` runs cases in processes of their own and judges them; `mutations` damages bytes and JSON.
Each other module makes the cases of one kind: `scans`, `dialects`, `depth`, `labels`, `bundles`, `commands`, and `requests`,
which go to one service.
"""
