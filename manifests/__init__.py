"""Pure renderers: from settings and plan to the documents that the outside world reads.

Nothing here knows Pulumi, a host or the clock, so every document can be tested, diffed and read without a lab.
"""
