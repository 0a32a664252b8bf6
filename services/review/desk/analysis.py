"""The chair's look at a gate's scores: distributions, agreement, leniency, outliers, ranks. Only of what is open.

Everything goes through `disclose`, so that a score counts only where this viewer may read it by itself. Reviewers get
letters that mean nothing beyond the one answer. Where `disclose` names somebody to the viewer, only the places under
that name are taken together: figures that counted further places would tell where else the person sits.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean
from string import ascii_uppercase

from services.review.desk.actions import rubric_version, viewer_of
from services.review.domain import scoring, statistics
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.disclosure import SeenAssessment, disclose
from services.review.domain.events import Criterion, RoundKind, RubricPublished, ScaleKind
from services.review.domain.state import Assessment, Card
from services.review.domain.statistics import Leniency, Level, Reading, Summary
from services.review.read_models.gates import at_gate
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import NotFound
from shared.event_log import EventLog
from shared.lists import Lists

MOST = 250
BINS = 5


@dataclass(frozen=True, kw_only=True)
class Bin:
    """How many scores lie from `low` to `high`; on a scale of anchors both are the anchor's value."""

    low: Decimal
    high: Decimal
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class OfCriterion:
    """The scores on one criterion, on its own scale. `alpha` is ordinal where the scale has anchors."""

    criterion_id: str
    name: str
    share: float
    scores: Summary
    bins: tuple[Bin, ...]
    alpha: float | None


@dataclass(frozen=True, kw_only=True)
class OfReviewer:
    """One reviewer's totals; `person` only where the viewer knows who it is, `leniency` where it can be told."""

    letter: str
    person: str | None
    totals: Summary
    leniency: Leniency | None


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """One assessment: mean and rank as they are, with reviewers normalised, and its ranks under other weights."""

    assessment_id: str
    innovation_id: str
    scorecards: int
    score: Decimal
    spread: Decimal
    wide_spread: bool
    rank: int
    normalised: float
    normalised_rank: int
    best_rank: int
    worst_rank: int


@dataclass(frozen=True, kw_only=True)
class Outlier:
    """A total that lies apart from its panel's mean, further than the totals of this gate otherwise do."""

    assessment_id: str
    innovation_id: str
    slot: str
    total: Decimal
    difference: float
    z: float


@dataclass(frozen=True, kw_only=True)
class OtherRubric:
    """Assessments of the same round that were judged by another rubric or version, which is never mixed in."""

    rubric_id: str
    rubric_version: int
    assessments: int


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The open scores of one round at a gate, all by one version of one rubric.

    `sealed`: assessments whose scores of this round are not open to the viewer, or which have none.
    """

    rubric_id: str
    rubric_version: int
    round_no: int
    rounds: int
    assessments: int
    sealed: int
    more: bool
    others: tuple[OtherRubric, ...]
    totals: Summary
    alpha: float | None
    reading: Reading | None
    pooled_deviation: float | None
    criteria: tuple[OfCriterion, ...]
    reviewers: tuple[OfReviewer, ...]
    ranking: tuple[Ranked, ...]
    outliers: tuple[Outlier, ...]


@dataclass(frozen=True)
class Read:
    """A scorecard that the viewer may read: where it stands, and who it is taken together with."""

    slot: str
    who: tuple[str, bool]
    card: Card


@dataclass(frozen=True)
class Panel:
    """The scorecards of one assessment's round that the viewer may read."""

    seen: SeenAssessment
    rubric: tuple[str, int]
    cards: tuple[Read, ...]

    @property
    def ident(self) -> str:
        """The assessment's id."""
        return self.seen.opened.assessment_id

    @property
    def totals(self) -> list[Decimal]:
        """The totals in the order of slots."""
        return [each.card.total for each in self.cards]


def look(commands: CommandHandler, models: Lists, actor: Actor, region: str, programme: str, gate: str) -> "Gathered":
    """Give what the actor may read at a gate of a region that they chair; raise NotFound. A constant of queries."""
    if not actor.coordinates(region):
        raise NotFound
    with models.of([region]) as connection:
        idents = at_gate(connection, region, programme, gate, MOST + 1)
    if not idents:
        raise NotFound
    states = commands.states(*((ASSESSMENT, ident) for ident in idents[:MOST]))
    return Gathered(commands.log, actor, [state for state, _ in states], more=len(idents) > MOST)


class Gathered:
    """A gate's assessments as one actor may see them."""

    def __init__(self, log: EventLog, actor: Actor, states: Sequence[Assessment], *, more: bool) -> None:
        """Take the states; everything goes on from what `disclose` gives of them."""
        self._log = log
        self.more = more
        self.states = [(state, disclose(state, viewer_of(actor, state))) for state in states]

    @property
    def presentations(self) -> list[SeenAssessment]:
        """The assessments whose present round is a presentation."""
        return [seen for _, seen in self.states if seen.round.kind is RoundKind.PRESENTATION]

    def analysis(self, round_no: int = 1, rubric: tuple[str, int] | None = None) -> Analysis | None:
        """Give the figures of one round by one rubric, else by the one most used; None where no score is open."""
        panels = [panel for state, seen in self.states if (panel := _panel(state, seen, round_no)) is not None]
        used = Counter(panel.rubric for panel in panels)
        if not used:
            return None
        chosen = rubric if rubric is not None and rubric in used else used.most_common(1)[0][0]
        of_rubric = [panel for panel in panels if panel.rubric == chosen]
        version = rubric_version(self._log, *chosen)
        totals = [[float(total) for total in panel.totals] for panel in of_rubric]
        alpha = statistics.alpha(totals)
        scores = {panel.ident: {each.who: float(each.card.total) for each in panel.cards} for panel in of_rubric}
        return Analysis(
            rubric_id=chosen[0],
            rubric_version=chosen[1],
            round_no=round_no,
            rounds=max(len(seen.rounds) for _, seen in self.states),
            assessments=len(of_rubric),
            sealed=len(self.states) - len(panels),
            more=self.more,
            others=tuple(
                OtherRubric(rubric_id=each[0], rubric_version=each[1], assessments=count)
                for each, count in sorted(used.items())
                if each != chosen
            ),
            totals=statistics.summary([total for each in totals for total in each]),
            alpha=alpha,
            reading=None if alpha is None else statistics.reading(alpha),
            pooled_deviation=statistics.pooled_deviation(totals),
            criteria=_criteria(version, of_rubric),
            reviewers=_reviewers(scores),
            ranking=_ranking(version, of_rubric, scores),
            outliers=_outliers(of_rubric),
        )


def _panel(state: Assessment, seen: SeenAssessment, round_no: int) -> Panel | None:
    """Give the scorecards of a round; None where the round is not open to the viewer, though their own card be."""
    found = next((each for each in seen.rounds if each.round.number == round_no), None)
    if found is None or found.score is None:
        return None
    cards = []
    for seat in seen.seats:
        card = next((each for each in reversed(seat.cards) if each.round_no == round_no), None)
        behind = state.seat_at(seat.slot)
        if card is not None and behind is not None:
            cards.append(Read(seat.slot, (behind.person, seat.person is not None), card))
    return Panel(seen, (found.round.rubric_id, found.round.rubric_version), tuple(cards))


def _scores(panel: Panel, criterion: Criterion) -> list[Decimal]:
    return [
        mark.score for each in panel.cards for mark in each.card.marks if mark.criterion_id == criterion.criterion_id
    ]


def _criteria(rubric: RubricPublished, panels: Sequence[Panel]) -> tuple[OfCriterion, ...]:
    weights = sum(each.weight for each in rubric.criteria)
    found = []
    for criterion in rubric.criteria:
        by_panel = [_scores(panel, criterion) for panel in panels]
        every = [score for scores in by_panel for score in scores]
        level = Level.INTERVAL if criterion.scale is ScaleKind.POINTS else Level.ORDINAL
        found.append(
            OfCriterion(
                criterion_id=criterion.criterion_id,
                name=criterion.name,
                share=float(criterion.weight / weights),
                scores=statistics.summary([float(score) for score in every]),
                bins=_bins(criterion, every),
                alpha=statistics.alpha([[float(score) for score in scores] for scores in by_panel], level),
            )
        )
    return tuple(found)


def _bins(criterion: Criterion, scores: Sequence[Decimal]) -> tuple[Bin, ...]:
    """Give the anchors with how often each was chosen, or five equal parts of a scale of points."""
    if criterion.scale is not ScaleKind.POINTS:
        counts = Counter(scores)
        return tuple(
            Bin(low=each.value, high=each.value, label=each.label, count=counts[each.value])
            for each in sorted(criterion.anchors, key=lambda anchor: anchor.value)
        )
    width = (criterion.maximum - criterion.minimum) / BINS
    placed = Counter(min(int((score - criterion.minimum) / width), BINS - 1) for score in scores)
    return tuple(
        Bin(
            low=criterion.minimum + width * place,
            high=criterion.minimum + width * (place + 1),
            label="",
            count=placed[place],
        )
        for place in range(BINS)
    )


def _reviewers(scores: dict[str, dict[tuple[str, bool], float]]) -> tuple[OfReviewer, ...]:
    """Give the reviewers, the strictest first, those whose leniency cannot be told last."""
    totals: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for cards in scores.values():
        for who, total in cards.items():
            totals[who].append(total)
    told = statistics.leniency(scores)

    def strictness(who: tuple[str, bool]) -> tuple[bool, float]:
        return who not in told, told[who].difference if who in told else fmean(totals[who])

    return tuple(
        OfReviewer(
            letter=_letter(place),
            person=who[0] if who[1] else None,
            totals=statistics.summary(totals[who]),
            leniency=told.get(who),
        )
        for place, who in enumerate(sorted(totals, key=strictness))
    )


def _letter(place: int) -> str:
    """Give A to Z, then A2 and so on."""
    turn, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn + 1) if turn else "")


def _ranking(
    rubric: RubricPublished, panels: Sequence[Panel], scores: dict[str, dict[tuple[str, bool], float]]
) -> tuple[Ranked, ...]:
    raw = {ident: fmean(cards.values()) for ident, cards in scores.items()}
    evened = {ident: fmean(cards.values()) for ident, cards in statistics.normalised(scores).items()}
    rank, evened_rank = statistics.ranks(raw), statistics.ranks(evened)
    weights = {each.criterion_id: float(each.weight) for each in rubric.criteria}
    ranges = statistics.rank_range({panel.ident: _parts(rubric, panel) for panel in panels}, weights)
    found = [
        Ranked(
            assessment_id=panel.ident,
            innovation_id=panel.seen.opened.innovation_id,
            scorecards=len(panel.cards),
            score=scoring.mean(panel.totals),
            spread=(spread := scoring.spread(panel.totals)),
            wide_spread=spread > scoring.MODERATION_SPREAD,
            rank=rank[panel.ident],
            normalised=evened[panel.ident],
            normalised_rank=evened_rank[panel.ident],
            # Totals are rounded to hundredths before they are ranked, parts are not: a tie may break either way.
            best_rank=min(ranges[panel.ident][0], rank[panel.ident]),
            worst_rank=max(ranges[panel.ident][1], rank[panel.ident]),
        )
        for panel in panels
    ]
    return tuple(sorted(found, key=lambda each: each.rank))


def _parts(rubric: RubricPublished, panel: Panel) -> dict[str, float]:
    """Give the panel's mean on every criterion, on 0–1."""
    return {
        each.criterion_id: fmean(
            float((score - each.minimum) / (each.maximum - each.minimum)) for score in _scores(panel, each)
        )
        for each in rubric.criteria
    }


def _outliers(panels: Sequence[Panel]) -> tuple[Outlier, ...]:
    keyed = {
        (panel.ident, each.slot): (panel, each, float(each.card.total) - fmean(float(total) for total in panel.totals))
        for panel in panels
        for each in panel.cards
        if len(panel.cards) > 1
    }
    found = statistics.outliers({key: difference for key, (_, _, difference) in keyed.items()})
    return tuple(
        Outlier(
            assessment_id=panel.ident,
            innovation_id=panel.seen.opened.innovation_id,
            slot=each.slot,
            total=each.card.total,
            difference=difference,
            z=found[key],
        )
        for key, (panel, each, difference) in keyed.items()
        if key in found
    )
