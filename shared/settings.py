"""What a process is told from outside: environment variables with the prefix LABINOV_, and nothing else."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process of one service. Nothing that opens a door has a default."""

    model_config = SettingsConfigDict(env_prefix="LABINOV_", frozen=True)

    deployment: str = Field(description="`embedded` on one machine for trying out; any other name elsewhere")
    database_url: SecretStr = Field(description="the application role's URL, postgresql+psycopg://…")
    owner_database_url: SecretStr | None = Field(
        default=None, description="the owner role's URL: migrations, rebuilds and verification only"
    )
    broker_url: SecretStr = Field(description="Celery broker, redis://… or amqp://…")
    public_url: str = Field(description="address of the gateway as people see it, without a slash at the end")
    root_path: str = Field(default="", description="where the gateway mounts this service, such as /submission")
    producers: dict[str, str] = Field(default_factory=dict, description="base URL of each producing service")
    peers: dict[str, str] = Field(
        default_factory=dict, description="base URL of each other service, for what concerns all: a person's data"
    )
    subscribers: tuple[str, ...] = Field(
        default=("submission", "review", "showcase"), description="services whose queues get a copy of each event"
    )
    issuer: str = Field(description="OpenID Connect issuer")
    issuer_internal_url: str | None = Field(
        default=None, description="where the issuer is reached from inside, when that differs from its name"
    )
    client_id: str
    client_secret: SecretStr
    session_secret: SecretStr
    audience: str = "labinov"
    claim_roles: str = "roles"
    claim_regions: str = "regions"
    claim_units: str = "units"
    claim_event_types: str = Field(
        default="event_types", description="the claim that narrows a machine to kinds of events; absent means all"
    )
    seal_dir: Path | None = Field(default=None, description="key, signed heads and tiles, outside the database")
    origin: str = Field(default="labinov.id", description="the part of a log's origin that names this deployment")
    seal_after_seconds: float = Field(default=30.0, ge=0, description="a new event is sealed this long after")
    witnesses: tuple[str, ...] = Field(
        default=(), description="who sees each signed head, each as `public-key address` (C2SP tlog-witness)"
    )
    witness_quorum: int = Field(default=0, ge=0, description="how many of them must have seen it within 15 minutes")
    sweep_seconds: float = Field(default=2.0, gt=0)
    parked_after: int = Field(default=5, ge=1, description="tries before an event is parked")
    pool_size: int = Field(default=5, ge=1)
    threads: int = Field(default=4, ge=1, description="threads that serve `def` routes, a process")
    smtp_url: SecretStr | None = Field(
        default=None,
        description="mail server, smtp://user:password@host:587?starttls=1 or smtps://…; without one mail is kept",
    )
    mail_from: str = Field(default="labinov@localhost", description="the address that letters come from")
    webhook_allow: tuple[str, ...] = Field(
        default=(), description="internal networks and hosts that webhooks may go to, also by http: 10.20.0.0/16, …"
    )
    stream_readers: int = Field(default=1000, ge=1, description="streams of events that a process serves at a time")
    webhook_seconds: float = Field(
        default=10.0, gt=0, le=20, description="time that an attempt at a webhook has in all"
    )
    body_limit: int = Field(default=1_048_576, description="bytes that a request's body may have")
