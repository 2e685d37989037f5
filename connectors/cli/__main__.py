"""`python -m connectors.cli` is `vaxreg`: how a program starts services with its own interpreter."""

from connectors.cli import main

main()
