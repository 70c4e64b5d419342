"""Sandboxes of clouds: whose they are, what is the same in all of them, and two by their SDKs."""
