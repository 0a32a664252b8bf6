"""A small service that shows every component in every state: `python -m tests.shared.web.styleguide` serves it."""
