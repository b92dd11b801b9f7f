"""Events at the door: own JSON and CloudEvents, turned into drafts and appended once the log acknowledges them."""
