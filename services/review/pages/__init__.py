"""Review for people: pages and forms that do the same as the JSON routes, without JavaScript."""

from services.review.pages import (
    analysis,
    assessments,
    assignment,
    determination,
    finding,
    home,
    mail,
    panel,
    pool,
    rounds,
    rubrics,
)

routers = (
    home.router,
    finding.router,
    assessments.router,
    assignment.router,
    panel.router,
    pool.router,
    rubrics.router,
    analysis.router,
    rounds.router,
    determination.router,
    mail.router,
)
