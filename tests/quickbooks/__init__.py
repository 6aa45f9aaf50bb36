"""A QuickBooks Online that behaves like the real one, as far as we use it, and in its awkward places most of all.

`python -m tests.quickbooks` runs it; `with simulator() as intuit:` of `launching` runs it for a test.
"""
