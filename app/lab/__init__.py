"""The laboratory's addresses: `bench` says how an experiment becomes one; each module beside it holds a few of them."""

from app.lab.bench import answer_examples, router

__all__ = ["answer_examples", "router"]
