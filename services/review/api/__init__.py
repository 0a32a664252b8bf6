"""Review for programs: JSON."""

from services.review.api import assessments, pool

routers = (pool.router, assessments.router)
