"""`python -m geoplan.cli`."""

from geoplan.cli.app import main

main()
