"""Adds to LocalStack's free edition what Isobar needs, through LocalStack's own plugin points."""
