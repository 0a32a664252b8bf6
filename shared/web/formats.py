"""How dates, numbers and shares are written in the reader's language."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

NOTHING = "–"
DEFAULT_ZONE = "Asia/Jakarta"
_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

Moment = date | datetime | str | None


# The same few days and numbers stand on many pages, and writing one takes Babel as long as a small template.
@lru_cache(maxsize=4096)
def _date(day: tuple[int, ...], pattern: str, language: str) -> str:
    return format_date(date(*day), pattern, locale=language)


@lru_cache(maxsize=4096)
def _decimal(value: str, pattern: str, language: str) -> str:
    return format_decimal(Decimal(value), pattern, locale=language)


class Formats:
    """The formatters of one language; each accepts None and then gives a dash."""

    def __init__(self, language: str, zone: str = DEFAULT_ZONE) -> None:
        """Take the language and the time zone in which times are shown.

        Moments may be given as ISO 8601 text too; a moment without a zone is UTC, as everywhere in the logs.
        """
        self.language = language
        self.zone = ZoneInfo(zone)
        self._clock = "HH.mm" if language == "id" else "HH:mm"
        self._zone_name = _ZONE_NAMES.get(zone, zone)

    def day(self, value: Moment, style: str = "long") -> str:
        """Give a day: `12 Oktober 2022`, or `12 Okt 2022` in the style "short"."""
        if (day := self._parse(value)) is None:
            return NOTHING
        local = day.astimezone(self.zone) if isinstance(day, datetime) else day
        return _date(local.timetuple()[:3], "d MMM y" if style == "short" else "d MMMM y", self.language)

    def moment(self, value: Moment) -> str:
        """Give a moment with its zone: `12 Oktober 2022, 14.05 WIB`; a day without a time stays a day."""
        moment = self._parse(value)
        if not isinstance(moment, datetime):
            return self.day(moment)
        pattern = f"d MMMM y, {self._clock}"
        return f"{format_datetime(moment, pattern, tzinfo=self.zone, locale=self.language)} {self._zone_name}"

    def ago(self, value: Moment, now: datetime | None = None) -> str:
        """Give how long ago (or ahead) a moment is: `3 menit yang lalu`."""
        moment = self._parse(value)
        if not isinstance(moment, datetime):
            return self.day(moment)
        delta = moment - (now or datetime.now(UTC))
        return format_timedelta(delta, add_direction=True, locale=self.language)

    def when(self, value: Moment, style: str = "date") -> str:
        """Give a `<time>` element: style "date", "short", "datetime" or "ago" (the exact moment as its title)."""
        if (moment := self._parse(value)) is None:
            return NOTHING
        shown = {"datetime": self.moment, "ago": self.ago}.get(style)
        text = shown(moment) if shown else self.day(moment, style)
        title = f' title="{self.moment(moment)}"' if style == "ago" else ""
        # Only Babel's words and an ISO date stand here: nothing to escape, and this is called dozens of times a page.
        return Markup(f'<time datetime="{moment.isoformat()}"{title}>{text}</time>')  # noqa: S704

    def number(self, value: float | Decimal | str | None, digits: int | None = None) -> str:
        """Give a number with the language's separators, with at most 6 or exactly `digits` decimals."""
        if value is None or value == "":
            return NOTHING
        pattern = "#,##0.######" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return _decimal(str(value), pattern, self.language)

    def percent(self, share: float | Decimal | None, digits: int = 0) -> str:
        """Give a share of 1 as a percentage: 0.25 is `25%`."""
        if share is None:
            return NOTHING
        return format_percent(share, "#,##0" + ("." + "0" * digits if digits else "") + "%", locale=self.language)

    @staticmethod
    def _parse(value: Moment) -> date | datetime | None:
        if isinstance(value, str):
            if not value:
                return None
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value
