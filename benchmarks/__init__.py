"""Benchmarks: medians, and ratios against peers measured in the same run. Start them with `make bench`."""
