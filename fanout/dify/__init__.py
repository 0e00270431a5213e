"""The only contact with the SDK and with gevent, which it brings along."""
