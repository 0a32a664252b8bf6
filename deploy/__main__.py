"""`python -m deploy`: the `labinov` command where it is not installed as a program, as in a container."""

from deploy.cli import main

main()
