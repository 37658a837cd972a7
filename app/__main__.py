"""`python -m app`: serve, on HOST and PORT."""

from app.server import serve

if __name__ == "__main__":
    serve()
