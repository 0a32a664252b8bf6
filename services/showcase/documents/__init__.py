"""The directory of an edition as a file: what is in it, how it is set, who makes it, and where people ask for it.

A document is made of one prefix of each of its region's logs and of nothing else: no clock, no other region, no row of
the live model. So the same records give the same bytes, today and after any rebuild, and whoever holds a file can
compare it with what the showcase makes of the positions on its cover.
"""
