"""What platform, providers and authors can do wrong, tried on the real process: nothing kills it, nothing is lost."""
