"""Review for programs: JSON."""

from services.review.api import assessments, finding, pool

routers = (pool.router, finding.router, assessments.router)
