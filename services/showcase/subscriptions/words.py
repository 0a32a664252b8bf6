"""What the pages of webhooks call things."""

from collections.abc import Mapping

from shared.web.messages import N_

STATES: Mapping[str, tuple[str, str]] = {
    "active": (N_("active"), "good"),
    "failing": (N_("failing"), "warn"),
    "paused": (N_("paused"), "neutral"),
    "disabled": (N_("switched off"), "bad"),
}
REASONS: Mapping[str, str] = {
    "gone": N_("The receiver answered that it is gone for good (410)."),
    "exhausted": N_("The receiver did not take an event for 75 hours, in ten tries."),
}
KINDS: Mapping[str, str] = {"live": N_("new"), "resend": N_("sent once more"), "test": N_("test")}
ERRORS: Mapping[str, str] = {
    "timeout": N_("no answer within ten seconds"),
    "connection": N_("no connection"),
    "certificate": N_("the certificate is not valid"),
    "tls": N_("the encrypted connection failed"),
    "unknown-host": N_("the host name is not known"),
    "protocol": N_("the answer is not HTTP"),
    "address-refused": N_("the address is private or reserved"),
}
SOURCES: Mapping[str, str] = {"submission": N_("Submission"), "review": N_("Review")}
NOUNS: Mapping[str, str] = {
    "unit": N_("Units"),
    "programme": N_("Programmes"),
    "innovation": N_("Innovations"),
    "rubric": N_("Rubrics"),
    "reviewer": N_("Reviewers"),
    "assessment": N_("Assessments"),
}
OTHER = N_("Other events")
