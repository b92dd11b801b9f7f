"""The image, built and tried without a daemon: `python -m deploy.image`, as root on Debian."""
