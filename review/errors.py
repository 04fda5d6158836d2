"""What keeps a review from being made."""


class ReviewError(Exception):
    """A review can't be made; `str()` says why and what to do, and holds no secret."""
