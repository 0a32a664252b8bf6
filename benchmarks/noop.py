"""A Celery application whose one task says that it was done; the environment says on which broker."""

import os

import redis
from celery import Celery

QUEUE = "benchmark"

app = Celery("benchmark", broker=os.environ["LABINOV_BENCH_BROKER"])
app.conf.update(task_default_queue=QUEUE, task_ignore_result=True, worker_prefetch_multiplier=1)
_store = redis.Redis.from_url(os.environ["LABINOV_BENCH_BROKER"])


@app.task(name="noop")  # type: ignore[untyped-decorator]  # Celery is untyped
def noop(ident: str) -> None:
    """Say that it was done."""
    _store.lpush(f"done:{ident}", 1)
