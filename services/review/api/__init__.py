"""Review for programs: JSON."""

from services.review.api import analysis, assessments, assignments, determination, drafts, finding, pool

routers = (
    pool.router,
    finding.router,
    assessments.router,
    assignments.router,
    drafts.router,
    analysis.router,
    determination.router,
)
