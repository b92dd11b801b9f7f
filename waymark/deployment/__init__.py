"""The lines of the files under `deploy/` and of `docker-compose.yml` that follow from the declared services."""
