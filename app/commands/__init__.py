"""The commands of `python -m app`, one file each; `app.cli` says what they offer."""
