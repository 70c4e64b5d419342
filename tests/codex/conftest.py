"""The stage these tests play on."""

from codexstage import (  # noqa: F401
    clients,
    codex_program,
    pytest_generate_tests,
    scripted,
    stages,
    warm_homes,
)
