"""An innovation as data for search engines: schema.org, as JSON-LD."""

from typing import Any

from sqlalchemy import Row

from services.showcase.innovation.lineage import Kin
from shared.regions import region_name


def described(
    found: Row[Any], voices: Row[Any], origin: Kin | None, *, address: str, home: str, picture: str, sector: str
) -> dict[str, Any]:
    """Give what the page at `address` is about; only what the page itself says, and nothing that is not known.

    Takes the addresses of the site and of the picture, and the reader's word for the sector.
    """
    said = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "@id": address,
        "url": address,
        "identifier": found.innovation_id,
        "name": found.title,
        "abstract": found.meaning or None,
        "description": found.public_summary or found.idea or found.meaning or None,
        "image": picture,
        "inLanguage": "id",
        "genre": sector,
        "author": {"@type": "GovernmentOrganization", "name": found.unit_name or region_name(found.region)},
        "publisher": {"@type": "Organization", "name": "Labinov", "url": home},
        "spatialCoverage": {"@type": "AdministrativeArea", "name": region_name(found.region)},
        "dateCreated": found.proposed_on.isoformat(),
        "datePublished": found.displayed_on.isoformat() if found.displayed_on else None,
        "dateModified": found.recorded_at.date().isoformat(),
        "isBasedOn": f"{home}/innovations/{origin.row.innovation_id}" if origin else None,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": float(round(voices.mean, 2)),
            "ratingCount": voices.ratings,
            "bestRating": 5,
            "worstRating": 1,
        }
        if voices.ratings
        else None,
    }
    return {name: value for name, value in said.items() if value is not None}
