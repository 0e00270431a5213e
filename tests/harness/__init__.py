"""What tests drive processes with: a platform that does everything wrong, a playground in a thread, and load."""
