"""What a person has in ForgeCode's folder, taken over when they ask for it. Nothing is written
there."""
