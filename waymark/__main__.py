"""`python -m waymark`: the command line, where the script is not on the path."""

from waymark.cli import main

if __name__ == "__main__":
    main()
