"""What the approval panel, the trust panel and the full-screen request are made of."""
