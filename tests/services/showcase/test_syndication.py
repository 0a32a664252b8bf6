"""What other programs follow and list: feeds that a reader parses, sitemaps, pictures of the right size."""

import io
import json
import struct
import xml.etree.ElementTree as ET
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from services.showcase.cards import Card, Figure, draw
from services.showcase.pages import syndication
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Stage
from shared.auth import routes_without_permission
from tests.services.showcase.logs import advanced, programme, proposed, unit
from tests.services.showcase.site import Running
from tests.support import counting

REGION = "51.71"
AT = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
TITLE = 'Antar <b>dokumen</b> & "kawan" ]]> \U0001f600'


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """A region whose first innovation has moved on."""
    each = proposed(REGION, 1, title=TITLE)
    log = running.submission
    log.record(REGION, f"programme/{REGION}-2020", programme(REGION), at=AT)
    log.record(REGION, f"unit/{REGION}-disdukcapil", unit(REGION, "disdukcapil", "Dinas Dukcapil"), at=AT)
    log.record(REGION, f"innovation/{each.innovation_id}", each, at=AT + timedelta(hours=1))
    log.record(
        REGION,
        f"innovation/{each.innovation_id}",
        advanced(each.innovation_id, Stage.DIAGNOSE, each.proposed_on),
        at=AT + timedelta(hours=2),
    )
    other = proposed("52.71", 1, title="Lain")
    log.record("52.71", f"innovation/{other.innovation_id}", other, at=AT + timedelta(hours=3))
    running.catch_up()
    return running


def test_a_feed_reader_reads_the_newest_steps(site: Running) -> None:
    answer = site.client.get(f"/regions/{REGION}/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = feedparser.parse(io.BytesIO(answer.content), sanitize_html=False)
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert feed.feed.id == f"tag:labinov.id,2026:feed/{REGION}/id"
    assert feed.feed.updated == "2026-04-01T03:00:00Z"
    assert {each.rel: each.href for each in feed.feed.links} == {
        "self": f"{URL}/regions/{REGION}/feed.atom?lang=id",
        "alternate": f"{URL}/regions/{REGION}",
    }
    ident = proposed(REGION, 1).innovation_id
    assert [(each.id, each.link, each.updated, each.title.startswith(TITLE)) for each in feed.entries] == [
        (f"tag:labinov.id,2026:submission/{REGION}/4", f"{URL}/innovations/{ident}", "2026-04-01T03:00:00Z", True),
        (f"tag:labinov.id,2026:submission/{REGION}/3", f"{URL}/innovations/{ident}", "2026-04-01T02:00:00Z", True),
    ]
    everything = feedparser.parse(io.BytesIO(site.client.get("/feed.atom").content))
    assert (everything.bozo, len(everything.entries), everything.entries[0].updated) == (
        False,
        3,
        "2026-04-01T04:00:00Z",
    )


def test_who_has_a_feed_already_gets_nothing_twice(site: Running) -> None:
    first = site.client.get("/feed.atom")
    again = site.client.get("/feed.atom", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert site.client.get("/regions/99.99/feed.atom").status_code == 404
    assert site.client.get("/regions/11.11/feed.atom").status_code == 200


def test_a_page_names_its_feeds_its_addresses_and_its_picture(site: Running) -> None:
    page = site.page(f"/regions/{REGION}")
    for said in (
        f'<link rel="canonical" href="{URL}/regions/{REGION}">',
        f'<link rel="alternate" hreflang="en" href="{URL}/regions/{REGION}?lang=en">',
        f'href="/regions/{REGION}/feed.atom"',
        f'<meta property="og:image" content="{URL}/regions/{REGION}/card.png">',
    ):
        assert said in page
    assert '<meta name="robots" content="noindex">' not in page
    past = site.page(f"/regions/{REGION}?at=2026-04-01T09:00")
    assert '<meta name="robots" content="noindex">' in past
    assert 'rel="canonical"' not in past


def addresses(site: Running, path: str) -> list[tuple[str | None, str | None]]:
    """The addresses and the moments of change that a sitemap lists."""
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(site.client.get(path).content)
    return [(each.findtext("s:loc", None, spaces), each.findtext("s:lastmod", None, spaces)) for each in root]


def test_the_sitemap_lists_every_page_once_in_parts(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syndication, "LISTED", 1)
    index = addresses(site, "/sitemap.xml")
    assert index == [
        (f"{URL}/sitemaps/pages.xml", None),
        (f"{URL}/sitemaps/innovations-1.xml", "2026-04-01T03:00:00Z"),
        (f"{URL}/sitemaps/innovations-2.xml", "2026-04-01T04:00:00Z"),
    ]
    listed = [addresses(site, str(address).removeprefix(URL)) for address, _ in index]
    assert listed == [
        [
            (URL + path, None)
            for path in (
                "/",
                "/innovations",
                "/regions",
                f"/regions/{REGION}",
                f"/programmes/{REGION}-2020",
                f"/units/{REGION}-disdukcapil",
            )
        ],
        [(f"{URL}/innovations/{proposed(REGION, 1).innovation_id}", "2026-04-01T03:00:00Z")],
        [(f"{URL}/innovations/{proposed('52.71', 1).innovation_id}", "2026-04-01T04:00:00Z")],
    ]
    for part in listed:
        assert [site.client.get(str(address)).status_code for address, _ in part] == [200] * len(part)
    wrong = ("/sitemaps/innovations-3.xml", "/sitemaps/innovations-0.xml", "/sitemaps/x.xml", "/sitemap.xml?n=1")
    assert [site.client.get(path).status_code for path in wrong] == [404] * 4


def test_robots_are_told_where_the_sitemap_is_and_what_is_not_for_them(site: Running) -> None:
    said = site.client.get("/robots.txt").text.splitlines()
    assert (said[0], said[-1]) == ("User-agent: *", f"Sitemap: {URL}/sitemap.xml")
    assert {"Disallow: /*?*at=", "Disallow: /regions/*/why"} < set(said)
    assert routes_without_permission(site.app) == []


def size(png: bytes) -> tuple[int, int]:
    """The width and height that a PNG's header says."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_pictures_have_the_size_that_is_shared_and_follow_the_title(site: Running) -> None:
    ident = proposed(REGION, 1).innovation_id
    paths = ("/card.png", f"/regions/{REGION}/card.png", f"/innovations/{ident}/card.png")
    with counting(site.service.kernel.engine) as count:
        pictures = [site.client.get(path) for path in paths]
        assert count() <= 6
    assert [(each.headers["content-type"], size(each.content)) for each in pictures] == [("image/png", (1200, 630))] * 3
    site.submission.record(
        REGION,
        f"innovation/{ident}",
        renamed("Judul baru"),
        at=AT + timedelta(hours=5),
    )
    site.catch_up()
    assert site.client.get(paths[2]).content != pictures[2].content
    assert site.client.get(paths[1]).content == pictures[1].content
    missing = ("/regions/99.99/card.png", f"/innovations/{REGION}-{9:032x}/card.png")
    assert [site.client.get(path).status_code for path in missing] == [404, 404]


def renamed(title: str) -> submission.IdeaSaved:
    """Give the innovation's idea saved anew with another title."""
    said = proposed(REGION, 1)
    return submission.IdeaSaved(
        innovation_id=said.innovation_id,
        title=title,
        meaning=said.meaning,
        idea=said.idea,
        sector=said.sector,
        initiator=said.initiator,
        channel=said.channel,
    )


def test_nothing_that_people_write_is_a_command_to_what_sets_the_picture() -> None:
    hostile = '#panic("x") #sys.inputs $x$ ] } \\ "quoted" <a> @ref *b* _i_ `c` // \u202e \U0001f600'
    card = Card("id", hostile, hostile * 5, hostile, [Figure(hostile, hostile)], 3, hostile, hostile)
    assert size(draw(json.dumps(asdict(card)))) == (1200, 630)
