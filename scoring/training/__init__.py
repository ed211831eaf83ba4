"""Makes the weights in `scoring/model`. Needs torch; nothing that runs imports this package."""
