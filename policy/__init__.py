"""Rules that every preview and up can be held to: pure functions over what the engine is about to make.

`pulumi preview --policy-pack policy` (or `up`) starts `__main__.py` beside the engine. The settings refuse what a user
may write wrongly; these rules look at the resources themselves, so they also catch a mistake of the program.
"""
