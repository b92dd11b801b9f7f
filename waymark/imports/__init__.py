"""Real input: histories and files turned into interactions, resumable and harmless to repeat."""
