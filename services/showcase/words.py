"""The public's words for the closed lists of the domain; a value that is new here is shown as it was recorded."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from shared.web.messages import N_

SECTORS = {
    "health": N_("Health"),
    "education": N_("Education"),
    "civil-registration": N_("Civil registration"),
    "agriculture": N_("Agriculture"),
    "marine": N_("Marine and fisheries"),
    "tourism": N_("Tourism"),
    "governance": N_("Governance"),
    "public-works": N_("Public works"),
    "social": N_("Social affairs"),
    "environment": N_("Environment"),
    "security": N_("Security and disaster relief"),
    "village": N_("Villages"),
    "trade": N_("Trade and industry"),
    "licensing": N_("Licensing"),
    "labour": N_("Labour"),
    "other": N_("Other fields"),
}
UNIT_KINDS = {
    "opd": N_("Regional office (OPD)"),
    "bumd": N_("Regional enterprise (BUMD)"),
    "kecamatan": N_("District (kecamatan)"),
    "desa": N_("Village (desa)"),
    "kelurahan": N_("Urban village (kelurahan)"),
    "puskesmas": N_("Health centre (puskesmas)"),
}
STATUSES = {
    "active": N_("Active"),
    "launched": N_("Launched"),
    "displayed": N_("Displayed"),
    "withdrawn": N_("Withdrawn"),
    "retired": N_("Retired"),
    "all": N_("All, also those that ended"),
}
INITIATORS = {
    "head-of-region": N_("Head of the region"),
    "council-member": N_("Member of the regional council"),
    "unit": N_("Regional unit"),
    "civil-servant": N_("Civil servant"),
    "citizens": N_("Citizens"),
}
CHANNELS = {
    "lab-session": N_("Session of the laboratory"),
    "training-project": N_("Training project"),
    "contest": N_("Contest"),
    "own-initiative": N_("Own initiative"),
    "replication": N_("Replication"),
}
FORMS = {
    "governance": N_("Governance of the region"),
    "public-service": N_("Public service"),
    "other": N_("Other form"),
}
TYPES = {
    "process": N_("Process"),
    "method": N_("Method"),
    "product": N_("Product"),
    "conceptual": N_("Conceptual"),
    "technology": N_("Technology"),
    "structure": N_("Organisational structure"),
    "relation": N_("Relations"),
    "human-resources": N_("Human resources"),
}
DIMENSIONS = {
    "faster": N_("faster"),
    "cheaper": N_("cheaper"),
    "easier": N_("easier"),
    "wider": N_("wider reach"),
}
MEASURES = {
    "innovations": N_("Innovations"),
    "units-reached": N_("Units with an innovation"),
    "innovations-per-unit": N_("Innovations per unit"),
    "innovations-per-civil-servant": N_("Innovations per civil servant"),
}
# What the gallery can be narrowed down by, beyond the lists of the domain, and how it is sorted.
OUTCOMES = {"measured": N_("With measured results")}
RUNNING = {
    "confirmed": N_("Known to run within six months"),
    "stale": N_("Not heard of for six months"),
}
HOSTS = {"yes": N_("Copied by other regions")}
EXAMPLES = {"yes": N_("Examples only"), "no": N_("Without examples")}
SORTS = {
    "relevance": N_("Best match"),
    "newest": N_("Newest first"),
    "displayed": N_("Displayed last first"),
    "outcome": N_("Newest results first"),
    "alphabetical": N_("By title"),
}
# What happened to an innovation, and how a timeline marks it.
TRANSITIONS = {
    "proposed": (N_("Put forward"), "info"),
    "submitted": (N_("Submitted to the panel for %(stage)s"), "info"),
    "advanced": (N_("Moved on to %(stage)s"), "good"),
    "returned": (N_("Returned to %(stage)s to be improved"), "warn"),
    "declined": (N_("Not accepted for %(stage)s; it may be submitted again"), "warn"),
    "launched": (N_("Launched"), "good"),
    "displayed": (N_("Shown to the public"), "good"),
    "withdrawn": (N_("Withdrawn by its unit"), "bad"),
    "retired": (N_("Retired"), "bad"),
}

_TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sector": SECTORS,
        "unit_kind": UNIT_KINDS,
        "status": STATUSES,
        "initiator": INITIATORS,
        "channel": CHANNELS,
        "form": FORMS,
        "type": TYPES,
        "dimension": DIMENSIONS,
        "measure": MEASURES,
        "outcome": OUTCOMES,
        "running": RUNNING,
        "host": HOSTS,
        "example": EXAMPLES,
    }
)


def word(gettext: Callable[[str], str], table: str, value: str | None) -> str:
    """Give the reader's word for a value of a closed list; nothing for None."""
    if value is None:
        return ""
    known = _TABLES[table].get(value)
    return gettext(known) if known else value
