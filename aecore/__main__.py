"""`python -m aecore`: the command line, as `aecore` is when installed."""

from aecore.cli.app import main

if __name__ == "__main__":
    main()
