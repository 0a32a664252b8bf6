"""Texts that would become active where a page, a sanitiser or a template took them for more than text."""

TEXTS = (
    '<img src=x id=pwned onerror="window.pwned=1">',
    "<script id=pwned>window.pwned=1</script>",
    '"><svg id=pwned onload=window.pwned=1>',
    "'><a id=pwned href='javascript:window.pwned=1'>x</a>",
    "javascript:window.pwned=1//",
    "[x](javascript:window.pwned=1)",
    "<math><mtext><table><mglyph><style><!--</style><img id=pwned src=x onerror=window.pwned=1>",
    '<noscript><p title="</noscript><img id=pwned src=x onerror=window.pwned=1>">',
    "</textarea></title></style></script><img id=pwned src=x onerror=window.pwned=1>",
    "<svg><animate id=pwned onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<iframe id=pwned srcdoc='<script>parent.pwned=1</script>'>",
    '" autofocus onfocus="window.pwned=1" id="pwned" x="',
    "&lt;img id=pwned src=x onerror=window.pwned=1&gt;",
    "{{ 7 * 7 }}{% print(7) %}${7*7}",
)
TITLE = '"><img src=x id=pwned onerror=window.pwned=1></title></textarea>'
LONG = "\n\n".join(TEXTS)
