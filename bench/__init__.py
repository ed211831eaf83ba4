"""Measurements: speed as ratios taken in one run, and the quality of what is detected and judged."""
