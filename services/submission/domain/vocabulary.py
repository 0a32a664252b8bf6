"""The closed lists of the domain. Values are recorded in events and never change; labels live in translations."""

from enum import StrEnum


class Stage(StrEnum):
    """The five stages (5D) in their canonical order; regions label them their own way."""

    DRUM_UP = "drum-up"
    DIAGNOSE = "diagnose"
    DESIGN = "design"
    DELIVER = "deliver"
    DISPLAY = "display"

    @property
    def next(self) -> "Stage | None":
        """The stage after this one; None after the last."""
        order = list(Stage)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None

    def precedes(self, other: "Stage") -> bool:
        """Whether this stage comes before the other."""
        order = list(Stage)
        return order.index(self) < order.index(other)


class UnitKind(StrEnum):
    """What a unit of a region is."""

    OPD = "opd"
    BUMD = "bumd"
    KECAMATAN = "kecamatan"
    DESA = "desa"
    KELURAHAN = "kelurahan"
    PUSKESMAS = "puskesmas"


class Initiator(StrEnum):
    """Who put an innovation forward (PP 38/2017)."""

    HEAD_OF_REGION = "head-of-region"
    COUNCIL_MEMBER = "council-member"
    UNIT = "unit"
    CIVIL_SERVANT = "civil-servant"
    CITIZENS = "citizens"


class Channel(StrEnum):
    """How an innovation came to the laboratory."""

    LAB_SESSION = "lab-session"
    TRAINING_PROJECT = "training-project"
    CONTEST = "contest"
    OWN_INITIATIVE = "own-initiative"
    REPLICATION = "replication"


class Form(StrEnum):
    """The form of an innovation (PP 38/2017)."""

    GOVERNANCE = "governance"
    PUBLIC_SERVICE = "public-service"
    OTHER = "other"


class InnovationType(StrEnum):
    """LAN's eight types."""

    PROCESS = "process"
    METHOD = "method"
    PRODUCT = "product"
    CONCEPTUAL = "conceptual"
    TECHNOLOGY = "technology"
    STRUCTURE = "structure"
    RELATION = "relation"
    HUMAN_RESOURCES = "human-resources"


class Sector(StrEnum):
    """The field of public life that an innovation serves."""

    HEALTH = "health"
    EDUCATION = "education"
    CIVIL_REGISTRATION = "civil-registration"
    AGRICULTURE = "agriculture"
    MARINE = "marine"
    TOURISM = "tourism"
    GOVERNANCE = "governance"
    PUBLIC_WORKS = "public-works"
    SOCIAL = "social"
    ENVIRONMENT = "environment"
    SECURITY = "security"
    VILLAGE = "village"
    TRADE = "trade"
    LICENSING = "licensing"
    LABOUR = "labour"
    OTHER = "other"


class IndicatorKind(StrEnum):
    """What an indicator measures: what was made, or what it changed."""

    OUTPUT = "output"
    OUTCOME = "outcome"


class Dimension(StrEnum):
    """In what way an outcome is better."""

    FASTER = "faster"
    CHEAPER = "cheaper"
    EASIER = "easier"
    WIDER = "wider"


class TargetMeasure(StrEnum):
    """What a programme's target counts."""

    INNOVATIONS = "innovations"
    UNITS_REACHED = "units-reached"
    PER_UNIT = "innovations-per-unit"
    PER_CIVIL_SERVANT = "innovations-per-civil-servant"
