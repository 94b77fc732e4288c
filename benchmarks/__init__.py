"""How fast it is, compared to others and to what is possible.

`python -m benchmarks` runs all, `python -m benchmarks request_builder` one.
"""
