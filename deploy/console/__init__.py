"""The console's pages, built from their sources by Node."""
