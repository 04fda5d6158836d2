"""`make stop` and `make start`: puts a whole running lab to rest, and brings it back (traps.md 39).

Everything goes down before what it depends on: instances, computes, workers, masters; and comes back the other way
round. Both may be repeated at any time: what is done already is not done again, so after an interruption the same
command goes on. Nothing is written into Pulumi's state: a machine that is off is not a machine that is gone.
"""
