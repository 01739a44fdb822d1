"""What the scripts share: how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from stancekit.errors import StancekitError


def main_of(main: Callable[[], int | None]) -> NoReturn:
    """Runs a script and ends with its exit code; an expected mistake is one line and exit code 1, as in `stancekit.cli`."""
    try:
        sys.exit(main())
    except StancekitError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
