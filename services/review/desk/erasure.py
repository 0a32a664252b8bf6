"""What review does when the erasure of a person's data is ordered.

Who sat where is read from the events themselves, through an index over these few: no read model may lag behind here.
"""

from shared.erasure import PersonErased, erase, forget_person
from shared.reaction import Do

# As the index says it, or it would not be found.
_SEATS = """
SELECT region, stream, payload_member(payload, 'slot') AS slot FROM event
WHERE type = 'assessment.reviewer-assigned' AND payload_member(payload, 'person') = %(person)s
"""

OF_SEAT = f"""
WITH seat AS MATERIALIZED ({_SEATS}), said AS (
    SELECT e.region, e.position, e.type, e.recorded_at, convert_from(e.payload, 'UTF8')::jsonb AS data, seat.slot
    FROM seat JOIN event e ON e.region = seat.region AND e.stream = seat.stream
    WHERE e.payload IS NOT NULL AND e.type IN ('assessment.remark-made', 'assessment.reviewer-recused',
        'assessment.scorecard-submitted', 'assessment.scorecard-revised', 'assessment.reviewer-resolved')
), own AS (SELECT * FROM said WHERE slot = coalesce(data ->> 'slot', data ->> 'speaker'))
"""

_REMARKS = f"""
{OF_SEAT}
SELECT region, array_agg(position ORDER BY position) FROM own
WHERE type = 'assessment.remark-made' GROUP BY region ORDER BY region
"""

_FORGET = (
    "DELETE FROM draft WHERE person = %(person)s::uuid",
    # Letters sent again hang on the first one, and go to the same person; all go in one statement.
    "DELETE FROM mail WHERE recipient_person = %(person)s::uuid",
)


def obey(event: PersonErased, do: Do) -> None:
    """Erase the person's remarks in all regions, and delete their name, drafts and letters.

    Regions in their order, so that two that lock several logs wait for each other in a row.
    """
    for region, positions in do.connection.exec_driver_sql(_REMARKS, {"person": event.person}).all():
        erase(do, event.erasure_id, region, positions)
    for statement in _FORGET:
        do.connection.exec_driver_sql(statement, {"person": event.person})
    forget_person(do.connection, event.person)
