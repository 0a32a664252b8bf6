"""Review for people: pages and forms that do the same as the JSON routes, without JavaScript."""

from services.review.pages import assessments, home, panel, pool, rubrics

routers = (home.router, assessments.router, panel.router, pool.router, rubrics.router)
