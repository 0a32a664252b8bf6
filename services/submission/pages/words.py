"""The words for the closed lists of the domain, as people read them."""

from collections.abc import Mapping
from enum import StrEnum
from types import SimpleNamespace

from starlette.requests import Request

from services.submission.domain.feedback import FeedbackState
from services.submission.domain.feedback_events import FeedbackKind, Withheld
from services.submission.domain.festival_events import TopCategory
from services.submission.domain.innovation_state import Status
from services.submission.domain.vocabulary import (
    Channel,
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
    TargetMeasure,
    UnitKind,
)
from shared.kernel import Kernel
from shared.web.messages import N_

WORDS: Mapping[str, Mapping[StrEnum, str]] = {
    "unit_kind": {
        UnitKind.OPD: N_("Regional agency (OPD)"),
        UnitKind.BUMD: N_("Regional company (BUMD)"),
        UnitKind.KECAMATAN: N_("District (kecamatan)"),
        UnitKind.DESA: N_("Village (desa)"),
        UnitKind.KELURAHAN: N_("Urban village (kelurahan)"),
        UnitKind.PUSKESMAS: N_("Community health centre (puskesmas)"),
    },
    "initiator": {
        Initiator.HEAD_OF_REGION: N_("Head of region"),
        Initiator.COUNCIL_MEMBER: N_("Member of the regional council"),
        Initiator.UNIT: N_("Regional unit"),
        Initiator.CIVIL_SERVANT: N_("Civil servant"),
        Initiator.CITIZENS: N_("Citizens"),
    },
    "channel": {
        Channel.LAB_SESSION: N_("Session of the laboratory"),
        Channel.TRAINING_PROJECT: N_("Training project (diklat)"),
        Channel.CONTEST: N_("Contest"),
        Channel.OWN_INITIATIVE: N_("Own initiative"),
        Channel.REPLICATION: N_("Adapted from another innovation"),
    },
    "form": {
        Form.GOVERNANCE: N_("Governance"),
        Form.PUBLIC_SERVICE: N_("Public service"),
        Form.OTHER: N_("Other form"),
    },
    "type": {
        InnovationType.PROCESS: N_("Process"),
        InnovationType.METHOD: N_("Method"),
        InnovationType.PRODUCT: N_("Product"),
        InnovationType.CONCEPTUAL: N_("Conceptual"),
        InnovationType.TECHNOLOGY: N_("Technology"),
        InnovationType.STRUCTURE: N_("Organisation structure"),
        InnovationType.RELATION: N_("Relations"),
        InnovationType.HUMAN_RESOURCES: N_("Human resources"),
    },
    "sector": {
        Sector.HEALTH: N_("Health"),
        Sector.EDUCATION: N_("Education"),
        Sector.CIVIL_REGISTRATION: N_("Civil registration"),
        Sector.AGRICULTURE: N_("Agriculture"),
        Sector.MARINE: N_("Marine affairs"),
        Sector.TOURISM: N_("Tourism"),
        Sector.GOVERNANCE: N_("Governance"),
        Sector.PUBLIC_WORKS: N_("Public works"),
        Sector.SOCIAL: N_("Social affairs"),
        Sector.ENVIRONMENT: N_("Environment"),
        Sector.SECURITY: N_("Safety and order"),
        Sector.VILLAGE: N_("Village development"),
        Sector.TRADE: N_("Trade"),
        Sector.LICENSING: N_("Licensing"),
        Sector.LABOUR: N_("Labour"),
        Sector.OTHER: N_("Other sector"),
    },
    "indicator_kind": {
        IndicatorKind.OUTPUT: N_("Output: what was made"),
        IndicatorKind.OUTCOME: N_("Outcome: what it changed"),
    },
    "dimension": {
        Dimension.FASTER: N_("Faster"),
        Dimension.CHEAPER: N_("Cheaper"),
        Dimension.EASIER: N_("Easier"),
        Dimension.WIDER: N_("Wider reach"),
    },
    "measure": {
        TargetMeasure.INNOVATIONS: N_("Innovations"),
        TargetMeasure.UNITS_REACHED: N_("Units with at least one innovation"),
        TargetMeasure.PER_UNIT: N_("Innovations per unit"),
        TargetMeasure.PER_CIVIL_SERVANT: N_("Innovations per civil servant"),
    },
    "feedback_kind": {
        FeedbackKind.CONFIRMATION: N_("Confirmation"),
        FeedbackKind.RATING: N_("Rating"),
        FeedbackKind.COMPLAINT: N_("Complaint"),
    },
    "feedback_state": {
        FeedbackState.GIVEN: N_("Received"),
        FeedbackState.PUBLISHED: N_("Published"),
        FeedbackState.WITHHELD: N_("Withheld"),
        FeedbackState.WITHDRAWN: N_("Taken back"),
    },
    "withheld": {
        Withheld.ABUSIVE: N_("Insulting or hateful"),
        Withheld.PERSONAL_DATA: N_("Holds somebody's personal data"),
        Withheld.OFF_TOPIC: N_("Not about this innovation"),
        Withheld.SPAM: N_("Advertising or spam"),
    },
    "top_category": {
        TopCategory.INNOVATION: N_("Best innovations"),
        TopCategory.DISPLAY: N_("Best displays"),
    },
    "status": {
        Status.ACTIVE: N_("Active"),
        Status.WITHDRAWN: N_("Withdrawn"),
        Status.RETIRED: N_("Retired"),
    },
}

SDGS = (
    N_("No poverty"),
    N_("Zero hunger"),
    N_("Good health"),
    N_("Quality education"),
    N_("Gender equality"),
    N_("Clean water and sanitation"),
    N_("Clean energy"),
    N_("Decent work"),
    N_("Industry and infrastructure"),
    N_("Reduced inequalities"),
    N_("Sustainable cities"),
    N_("Responsible consumption"),
    N_("Climate action"),
    N_("Life below water"),
    N_("Life on land"),
    N_("Peace and strong institutions"),
    N_("Partnerships"),
)


def words(kernel: Kernel, request: Request) -> SimpleNamespace:
    """Give every list in the reader's language: value → text, in the order of the domain."""

    def text(message: str) -> str:
        return kernel.pages.gettext(request, message)

    named = {name: {str(value): text(word) for value, word in each.items()} for name, each in WORDS.items()}
    return SimpleNamespace(**named, sdg={str(number): text(goal) for number, goal in enumerate(SDGS, start=1)})
