"""The shell's own words kept as data: the services, the roles, and what each error means to a reader."""


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext's tools know it
    """Mark a message for translation where it stands and give it back as it is; it is translated when shown."""
    return message


SERVICES = (
    ("showcase", "/", N_("Showcase")),
    ("submission", "/submission/", N_("Submission")),
    ("review", "/review/", N_("Review")),
)
ROLES = {
    "lan": N_("LAN administrator"),
    "coordinator": N_("Regional coordinator"),
    "unit-member": N_("Unit member"),
    "reviewer": N_("Reviewer"),
    "auditor": N_("Auditor"),
    "service": N_("Service"),
    "machine": N_("Regional system"),
}
PROBLEMS = {
    400: (N_("This request could not be read"), N_("Go back and try once more.")),
    401: (N_("Please sign in"), N_("This page is for people who have signed in.")),
    403: (N_("You may not open this"), N_("Your role does not include this page. Ask your coordinator for access.")),
    404: (N_("This page is not here"), N_("The address may be mistyped, or the page may have moved.")),
    405: (N_("This address is not used that way"), N_("Go back and use the button on the page.")),
    409: (N_("This is not possible now"), N_("Open the page again to see the present state.")),
    410: (N_("This page is gone"), N_("Start again from the first page of the list.")),
    412: (N_("Somebody else changed this"), N_("Open it again and repeat your change.")),
    413: (N_("That is too large"), N_("Send a smaller file or a shorter text.")),
    422: (N_("Something needs to be put right"), N_("Go back and check what you filled in.")),
    429: (N_("Too many requests"), N_("Wait a moment, then try again.")),
    503: (N_("This service rests for a moment"), N_("Nothing is lost. Try again in a minute.")),
}
OTHER_PROBLEM = (N_("Something went wrong"), N_("The fault is ours, not yours. Try again in a minute."))
