"""Read models kept from the log: positions, parking, generations, the runner, rebuilds, and what operators do."""
