"""Tests of the shipped catalog, and `check`, which compares it with copies of the plugins that it names."""
