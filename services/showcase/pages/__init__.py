"""The public pages, by noun. Each says what its numbers mean and how fresh it is."""

from fastapi import APIRouter

from services.showcase.pages.board import Board
from services.showcase.pages.compare import Compare
from services.showcase.pages.festivals import FestivalPages
from services.showcase.pages.gallery import Gallery
from services.showcase.pages.home import Home
from services.showcase.pages.innovations import InnovationPages
from services.showcase.pages.pictures import PicturePages
from services.showcase.pages.regions import RegionPages
from services.showcase.pages.site import Site
from services.showcase.pages.units import UnitPages

__all__ = ["Site", "routers"]


def routers(site: Site) -> list[APIRouter]:
    """Give the routes of all public pages."""
    return [
        each(site).router()
        for each in (
            Home,
            Gallery,
            InnovationPages,
            Compare,
            RegionPages,
            UnitPages,
            FestivalPages,
            Board,
            PicturePages,
        )
    ]
