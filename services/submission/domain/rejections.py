"""Why a command of submission is refused: one class a reason, its docstring the sentence that people read."""

from shared.domain import Conflict, Invalid

# -- what was sent cannot be ------------------------------------------------------------------------------------


class Blank(Invalid):
    """This must be filled in."""


class TooLong(Invalid):
    """This is too long: at most {limit} characters."""


class TooManyWords(Invalid):
    """This has {count} words; at most {limit} are allowed."""


class TooMany(Invalid):
    """There are too many entries here: at most {limit}."""


class Repeated(Invalid):
    """The same entry stands here twice."""


class BadCharacters(Invalid):
    """This holds characters that cannot be shown. Type it anew."""


class Malformed(Invalid):
    """Use lower-case letters, digits and hyphens only, at most 40."""


class OutOfRange(Invalid):
    """Choose a number from {least} to {most}."""


class TooPrecise(Invalid):
    """Use at most {decimals} decimals."""


class DateOutOfRange(Invalid):
    """Choose a date from {first} to {last}."""


class DatesReversed(Invalid):
    """This date cannot be before {earlier}."""


class InTheFuture(Invalid):
    """This date is in the future."""


class UnknownRegion(Invalid):
    """There is no region with this code."""


class PersonUnknown(Invalid):
    """A person is named by the opaque id that sign-in gives."""


class GroundsNeeded(Invalid):
    """Give the grounds in {shortest} to {longest} characters, without a name."""


class UnknownUnit(Invalid):
    """There is no such unit in this region."""


class UnknownRubric(Invalid):
    """No such version of a rubric has been published; choose one of the list."""


class UnknownOriginal(Invalid):
    """There is no innovation with this id to adapt from."""


class UnknownMilestone(Invalid):
    """There is no such milestone in the design."""


class UnknownIndicator(Invalid):
    """There is no such indicator in the design."""


class OriginalMissing(Invalid):
    """Say which innovation this one is adapted from."""


class NotTheNextStage(Invalid):
    """A gate stands between a stage and the one after it."""


class QuorumTooLarge(Invalid):
    """The quorum cannot be larger than the panel."""


class DimensionMissing(Invalid):
    """Say in what way the outcome is better."""


class NotAnEarlierStage(Invalid):
    """An innovation is returned to a stage before the one where it stands."""


class NotAWebAddress(Invalid):
    """This is not an address that begins with https://."""


class NoSuchSdg(Invalid):
    """The goals of sustainable development are numbered 1 to 17."""


class StarsMissing(Invalid):
    """Give one to five stars."""


class NoStarsHere(Invalid):
    """Only a rating has stars."""


class FieldForMachines(Invalid):
    """Leave the field for the website empty."""


class UnknownProgramme(Invalid):
    """There is no such programme in this region."""


class NotToBeShown(Invalid):
    """Choose innovations of the festival's region that are launched, or shown to the public, and still active."""


class NotChosen(Invalid):
    """This innovation is not among those that the festival shows."""


class NotAFestivalDay(Invalid):
    """Choose a day of the festival: {first} to {last}."""


class EndsTooEarly(Invalid):
    """This must end after it begins."""


class NobodyNamed(Invalid):
    """Name at least one innovation."""


# -- it could be, but not now -----------------------------------------------------------------------------------


class ErasureOrdered(Conflict):
    """This erasure was ordered already. Look people up anew to order another."""


class UnitExists(Conflict):
    """A unit with this code is already registered in this region."""


class ProgrammeExists(Conflict):
    """This region already has a programme of this edition."""


class AlreadyAgreed(Conflict):
    """The agreement of this programme is already recorded."""


class NotAgreed(Conflict):
    """LAN and the region have not signed the agreement of this programme yet."""


class ProgrammeStands(Conflict):
    """This programme is stalled. Resume it first."""


class NotStalled(Conflict):
    """This programme is not stalled."""


class ProgrammeIsClosed(Conflict):
    """This programme is closed."""


class AlreadyOpened(Conflict):
    """This stage of the programme is already open."""


class NotOpened(Conflict):
    """This stage of the programme has not been opened yet."""


class AlreadyCompleted(Conflict):
    """This stage of the programme is already completed."""


class NoSuchSession(Conflict):
    """There is no such session in this programme."""


class SessionExists(Conflict):
    """This programme already has a session with this id."""


class AlreadySigned(Conflict):
    """This unit has already signed the commitment."""


class InnovationExists(Conflict):
    """There is already an innovation with this id."""


class NotActive(Conflict):
    """This innovation was withdrawn or retired; its record is kept as it was."""


class AwaitingGate(Conflict):
    """This innovation waits for a panel's decision; until then its record stays as it was submitted."""


class NotAwaited(Conflict):
    """This innovation does not wait for this decision."""


class SectionSettled(Conflict):
    """This part was settled when the innovation left {stage}. It can be changed after a return to {stage}."""


class TooEarly(Conflict):
    """This becomes possible in the stage {stage}."""


class AlreadyLaunched(Conflict):
    """The launch of this innovation is already recorded."""


class NotLaunched(Conflict):
    """This innovation has not been launched yet. It can be withdrawn."""


class NotMeasurable(Conflict):
    """Record the launch before the first measurement."""


class AlreadyDone(Conflict):
    """This milestone is already done."""


class AlreadyDisplayed(Conflict):
    """This innovation is already shown to the public."""


class LastStage(Conflict):
    """Display is the last stage. Show the innovation to the public instead."""


class NotInUse(Conflict):
    """Citizens can say something about an innovation while it is in use: launched, and not withdrawn or retired."""


class NothingToPublish(Conflict):
    """There are no words to publish; it counts as it is."""


class FeedbackIsWithheld(Conflict):
    """This was withheld from the public. Publish it before answering."""


class FeedbackIsWithdrawn(Conflict):
    """Whoever said this has taken it back."""


class NothingRuns(Conflict):
    """This innovation has not been launched yet, so there is nothing to confirm."""


class AskedTooSoon(Conflict):
    """A unit is asked {days} days after its innovation was launched, measured, confirmed or last asked about."""


class FestivalExists(Conflict):
    """This region already has a festival with this code."""


class FestivalIsCancelled(Conflict):
    """This festival was cancelled."""


class SlotsOnOtherDays(Conflict):
    """The schedule has items outside these days. Change the schedule first."""


class StillNeeded(Conflict):
    """An innovation that stands in the schedule or among the best stays chosen. Change those first."""


# -- what must exist to leave a stage ---------------------------------------------------------------------------


class Missing(Conflict):
    """Something that must exist to leave this stage is still missing."""


class IdeaMissing(Missing):
    """The idea is not described yet."""


class TeamMissing(Missing):
    """The team is not named yet."""


class CommitmentMissing(Missing):
    """The head of the unit has not signed the commitment yet."""


class ProblemMissing(Missing):
    """The problem is not described yet."""


class AffectedMissing(Missing):
    """Who is affected is not described yet."""


class RootCausesMissing(Missing):
    """The root causes are not described yet."""


class DiagnosisEvidenceMissing(Missing):
    """The evidence for the problem is not described yet."""


class SolutionMissing(Missing):
    """The simple solution is not described yet."""


class DesignMissing(Missing):
    """The design is not described yet."""


class TypeMissing(Missing):
    """The type of the innovation is not chosen yet."""


class MilestonesMissing(Missing):
    """The action plan has no milestones yet."""


class OutputIndicatorMissing(Missing):
    """There is no output indicator yet."""


class OutcomeIndicatorMissing(Missing):
    """There is no outcome indicator yet."""


class ResourcesMissing(Missing):
    """The resources are not described yet; zero cost is fine."""


class LegalBasisMissing(Missing):
    """The legal basis is not named yet."""


class LaunchMissing(Missing):
    """The launch is not recorded yet."""


class MilestonesOpen(Missing):
    """{count} milestones are not done yet."""


class MeasurementMissing(Missing):
    """An outcome indicator has no measurement yet."""


class EvidenceMissing(Missing):
    """The evidence of the delivery is not described yet."""


class SummaryMissing(Missing):
    """The summary for the public is not written yet."""


class ShownOutcomeMissing(Missing):
    """No outcome with its figures is chosen to be shown yet."""


class ReplicationNotesMissing(Missing):
    """The notes for those who want to adapt it are not written yet."""
