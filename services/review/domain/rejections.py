"""Why review refuses a command on an assessment; each docstring is the sentence that people read."""

from shared.domain import Conflict, Forbidden, Invalid


class AlreadyOpened(Conflict):
    """This submission is already being assessed."""


class PanelInvalid(Invalid):
    """The quorum is at least one and at most the size of the panel."""


class NobodyNamed(Invalid):
    """Choose at least one reviewer."""


class DueInThePast(Invalid):
    """The due date has passed already."""


class NotInPool(Invalid):
    """This person is not in the pool of reviewers."""


class ReviewerInactive(Invalid):
    """This reviewer is not active at present."""


class OfSubmittingUnit(Invalid):
    """This reviewer belongs to the unit that submitted the innovation."""


class OfSubmittingRegion(Invalid):
    """This reviewer comes from the region that submitted the innovation."""


class RecusedBefore(Invalid):
    """This reviewer declared a conflict of interest in this assessment."""


class AssignedAlready(Invalid):
    """This reviewer is on the panel already."""


class NotAvailable(Invalid):
    """This reviewer is not available for this assessment."""


class PanelFull(Invalid):
    """The panel has {panel_size} places; release somebody first."""


class AlreadyDeclared(Conflict):
    """You have made your declaration already."""


class DeclarationMissing(Conflict):
    """Declare first whether you have a conflict of interest; only then the dossier opens."""


class AlreadyScored(Conflict):
    """The scorecard was handed in and is sealed; it cannot change any more."""


class LeftThePanel(Conflict):
    """You are not on this panel any more."""


class SlotUnknown(Invalid):
    """The panel has no such place."""


class NothingToRelease(Conflict):
    """This reviewer has scored, or has left the panel already."""


class PanelClosed(Conflict):
    """The panel is complete and its scores may be read, so that it cannot change any more."""


class PanelIncomplete(Conflict):
    """Not every assigned reviewer has scored, been recused or been released."""


class QuorumNotMet(Conflict):
    """{scorecards} scorecards were handed in and the quorum is {quorum}; assign further reviewers."""


class JudgeAndChair(Forbidden):
    """You were on this panel as a reviewer; another chair must determine the outcome."""


class ConcludedInTheFuture(Invalid):
    """The date of the determination lies in the future."""


class RubricMissing(Conflict):
    """The rubric of this assessment has not been published yet."""


class AlreadyEnded(Conflict):
    """This assessment has ended."""


class ReviewerOnly(Forbidden):
    """The dossier opens to the panel's reviewers after their declaration."""


class OfTheTeam(Invalid):
    """This reviewer belongs to the team of the innovation."""


class MentoredIt(Invalid):
    """This reviewer was a mentor of the programme."""


class OverrideByLan(Forbidden):
    """Only LAN may seat a reviewer whom a relation bars."""


class NothingToOverride(Invalid):
    """Nothing bars this reviewer; leave the reason out."""


class NothingToRevise(Conflict):
    """You have not handed in a scorecard in this round."""


class RevisedAlready(Conflict):
    """You have revised your scorecard in this moderation already."""


class NotInModeration(Conflict):
    """This assessment is not in moderation."""


class InModeration(Conflict):
    """The panel is in moderation; end it first."""


class TooManyRounds(Conflict):
    """An assessment has at most {maximum} rounds."""


class RubricUnknown(Invalid):
    """Choose a published version of a rubric."""


class NoPresentation(Conflict):
    """The present round is not a presentation that is still to come."""


class StartsInThePast(Invalid):
    """This time has passed already."""


class MinutesInvalid(Invalid):
    """Give a number of minutes from 1 to {maximum}."""


class NotConcluded(Conflict):
    """Identities open only after the conclusion."""


class StillSealed(Conflict):
    """What was sealed opens with the conclusion."""
