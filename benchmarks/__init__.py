"""How fast is it? Every figure is measured where you run `python -m benchmarks`."""
