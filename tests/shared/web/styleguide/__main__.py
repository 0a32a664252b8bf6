"""Serve the styleguide on 127.0.0.1 for a look by eye."""

import sys

import uvicorn

from tests.shared.web.styleguide.app import app

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8090, log_level="warning")
