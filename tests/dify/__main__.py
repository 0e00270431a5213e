"""`python -m tests.dify`: run these tests with gevent's patches in place before anything else is imported."""

import dify_plugin  # noqa: F401, I001  (first, as in `main.py`)
import sys

import pytest

sys.exit(pytest.main([__package__.replace(".", "/"), *sys.argv[1:]]))
