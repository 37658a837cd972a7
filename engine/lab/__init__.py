"""The laboratory: experiments on a run. Each turns a run and a few settings into a document; `subject` says on what.

Each experiment is a function `experiment(run, ...) -> dict` in a module of its own, ready for JSON: numbers as
`numbers.to_json` writes them, and whatever a person reads as text or as `numbers.shown`. What cannot be done is told by
`Unfit`, with the field that is to blame.
"""
