"""A living demo community, made from a seed, dates relative to today."""
