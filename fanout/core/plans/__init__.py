"""From what an author wrote to a checked, compiled and frozen `Plan`; every mistake is found on the way."""
