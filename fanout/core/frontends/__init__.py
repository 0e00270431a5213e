"""What each tool of the plugin asks for: its parameters into a plan, and its own shape of the answer."""
