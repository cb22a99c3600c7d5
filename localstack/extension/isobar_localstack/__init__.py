"""What LocalStack's free edition lacks for Isobar, on LocalStack's own plugin points."""
