"""Side by side with its peers: `make bench`. See README.md."""
