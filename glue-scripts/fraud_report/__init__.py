"""The report of a training: its figures (`figures`, `drift`), and the page that shows them (`page`)."""
