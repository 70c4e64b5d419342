"""A forbidden program is found in what is handed to others: in their environment, their options,
their input. Who only speaks of it is free."""

from __future__ import annotations

import pytest

from grafftui.approvals.shell import forbids, words_run

HANDED = [
    "PAGER='rm x' man ls", "PAGER=rm man ls", "PAGER='sudo rm x' man ls", "GIT_PAGER=rm git log",
    "PS4='$(rm x)' bash -xc true", "export PAGER='rm x'; man ls", "env PAGER='rm x' man ls",
    "sudo PAGER=rm man ls", "PROMPT_COMMAND='rm x'; true", "GIT_EDITOR='rm x' git commit",
    "ANYTHING='a; rm x' a-tool", "hash -p /bin/rm q; q x", "hash -p/bin/rm q", "cp /bin/rm q",
    "ln -s /usr/bin/rm q; ./q x", "npm exec -c 'rm x'", "yarn exec 'rm x'", "nc -e 'rm x' h 1",
    "ssh -o ProxyCommand='rm x' h", "ssh -p 2 h rm x", "ssh h -t 'rm x'", "rsync -e 'rm x' a b:",
    "gdb -ex '!rm x'", "gdb -ex 'shell rm x'", "vim -c '!rm x' -c q", "vim '+!rm' x",
    "less '+!rm x' f", "socat - EXEC:'rm x'", "a-tool '!rm'", "a-tool --do='x: rm y'",
    "a-tool 'r\\m x'", "ed <<< '!rm x'", "ed f <<< '!rm x'", "sudo ed <<< '!rm x'",
    "echo '!rm x' | ed f", "make -f - <<< 'all: ; rm x'", "make -f - <<E\nall:\n\t@rm x\nE",
    "printf 'all:\\n\\trm x' | make -f -", "a-tool <<E\nrm x\nE",
    "python3 - <<'E'\nsubprocess.run(['rm', 'x'])\nE",
]  # fmt: skip

SPOKEN_OF = [
    "echo 'rm x'", "git commit -m 'rm x'", "grep 'rm ' f", "rg 'rm x' .", "sed 's/a/rm x/' f",
    "find . -name 'rm x'", "timeout 5 grep 'rm x' f", "pytest -k 'rm or x'", "curl -d 'rm x' h",
    "m='rm x'; git commit -m \"$m\"", "gh pr create --body 'rm x'", "ls /bin/rm", "make RM=x",
    "cat > x <<'E'\nrm x\nE", "cat > x <<'E' && chmod +x x\nrm x\nE", "tee x <<'E'\nrm x\nE",
    "git commit -F - <<E\nfix: rm x\nE", "git log --grep 'rm x' | less", "docker run --rm x",
    "bash -c \"echo 'rm x'\"", "ssh h \"echo 'rm x'\"", "docker exec c sh -c \"echo 'rm x'\"",
    "npm run rm-all", "RM=rm ./configure", "jq '.rm' f", "grep x <<< 'rm x'", "cp rm q",
    "git log --format='rm: %s'", "awk '{print $1}' rm", "rm=1; ls", "man rm", "which rm",
]  # fmt: skip


@pytest.mark.parametrize("command", HANDED, ids=range(len(HANDED)))
def test_r09_a_forbidden_program_is_found_in_what_is_handed_over(command: str) -> None:
    assert any(forbids("rm", words) for words in words_run(command))


@pytest.mark.parametrize("command", SPOKEN_OF, ids=range(len(SPOKEN_OF)))
def test_r09_who_only_speaks_of_it_is_free(command: str) -> None:
    assert not any(forbids("rm", words) for words in words_run(command))
