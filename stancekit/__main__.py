"""`python -m stancekit`."""

from stancekit.cli import main

main()
