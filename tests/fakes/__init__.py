"""Fake model providers: real HTTP servers on loopback, for tests of anything above them."""
