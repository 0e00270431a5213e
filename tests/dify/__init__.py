"""Tests of the border to the SDK. They import it, and so gevent patches the process: they run in one of their own."""
