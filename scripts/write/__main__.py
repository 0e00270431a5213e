"""`python -m scripts.write`: write every generated file and part of a page that is not current."""

import sys

from .pages import main

sys.exit(main())
