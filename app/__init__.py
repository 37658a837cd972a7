"""The service: HTTP in, the engine called, HTTP out."""
