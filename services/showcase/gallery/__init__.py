"""The gallery: search in Indonesian, filters with their counts, sorting, keyset pages over any number of innovations.

The same statements serve the page and the JSON API.
"""

from services.showcase.gallery.asked import CHOICES, SORTS, Filter
from services.showcase.gallery.facets import Bitmaps, Facets, bitmaps
from services.showcase.gallery.listing import PAGE, Page, page
from services.showcase.gallery.searching import Found, found, search
from services.showcase.gallery.suggesting import Suggestion, suggest

__all__ = [
    "CHOICES",
    "PAGE",
    "SORTS",
    "Bitmaps",
    "Facets",
    "Filter",
    "Found",
    "Page",
    "Suggestion",
    "bitmaps",
    "found",
    "page",
    "search",
    "suggest",
]
