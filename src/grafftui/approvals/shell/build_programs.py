"""What is known of test runners, linters and build tools.

They run the workspace's own code: a rule for one says so. What makes them run other code, or
write where they were not sent, is left out, and so is objected to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments
from grafftui.approvals.shell.syntax import word_set


def _check_script(read: ReadArguments) -> str:
    after = [] if read.dashed is None else read.operands[read.dashed :]
    for word in after:
        if word.startswith("-") and word not in _FOR_SCRIPTS:
            return f"the option {word} is not known to be harmless"
    return ""


_FOR_SCRIPTS: Final = word_set(
    "--run --ci --coverage --verbose --silent --bail --watch=false --watchAll=false --no-watch "
    "--no-color --color --passWithNoTests -t -g --grep --testNamePattern"
)

_NPM_SCRIPT = Arguments("-s --silent --if-present", "code", check=_check_script)


def _check_named_script(read: ReadArguments) -> str:
    if not read.operands or read.dashed == 0:
        return "does not say which script first"
    name, *rest = read.operands
    if name.startswith("-") or "/" in name:
        return f"{name} is no name of a script"
    read.operands[:] = rest
    read.dashed = None if read.dashed is None else read.dashed - 1
    return _check_script(read)


_NAMED_SCRIPT = Arguments("-s --silent --if-present", "code", check=_check_named_script)

_CARGO = (
    "-v -q -j= -p= --verbose --quiet --jobs= --package= --workspace --all --exclude= --lib --bin= "
    "--bins --example= --examples --test= --tests --bench= --benches --all-targets --doc "
    "-F= --features= --all-features --no-default-features -r --release --frozen --locked --offline "
    "--color= --message-format= --no-fail-fast --no-run --keep-going "
)
_CARGO_TEST_ARGUMENTS: Final = word_set(
    "--nocapture --ignored --include-ignored --exact --list --quiet -q --test-threads=1 "
    "--show-output --no-capture"
)


def _check_cargo(read: ReadArguments) -> str:
    after = [] if read.dashed is None else read.operands[read.dashed :]
    for word in after:
        if word.startswith("-") and word not in _CARGO_TEST_ARGUMENTS:
            return f"the option {word} is not known to be harmless"
    return ""


_CARGO_NAMES = Arguments(_CARGO, "text", form=r"-*[\w:=-]+", check=_check_cargo)
_CARGO_ALONE = Arguments(_CARGO, "none")

_GO = (
    "-v -x -n -a -race -msan -asan -short -failfast -cover -json -i -p= -count= -run= -bench= "
    "-benchmem -benchtime= -timeout= -parallel= -cpu= -list= -shuffle= -skip= -tags= -trimpath "
    "-fullpath -covermode= -coverpkg= "
)
_GO_PACKAGES = r"\.|\.\.\.|\./.*"

PROGRAMS: Final[Mapping[str, Arguments]] = {
    "black": Arguments(
        "-q -v -S -C -l= -t= --check --diff --color --no-color --quiet --verbose "
        "--line-length= --target-version=",
        "code",
    ),
    "isort": Arguments("-c -q -v --check-only --check --diff --quiet --verbose", "code"),
    "mypy": Arguments(
        "-v -p= -m= --strict --verbose --pretty --no-color-output --no-error-summary "
        "--show-error-codes --hide-error-codes --show-column-numbers --show-error-context "
        "--show-error-end --show-absolute-path --ignore-missing-imports --follow-imports= "
        "--no-incremental --namespace-packages --explicit-package-bases --check-untyped-defs "
        "--disallow-untyped-defs --disallow-any-generics --no-implicit-optional --strict-equality "
        "--warn-unreachable --warn-return-any --warn-unused-ignores --warn-redundant-casts "
        "--python-version= --platform= --exclude= --version --no-site-packages",
        "code",
    ),
    "prettier": Arguments("-c -l --check --list-different --log-level= --no-color", "code"),
    "pyright": Arguments("--stats --verbose --outputjson --warnings --version", "code"),
    "pytest": Arguments(
        "-v -q -s -x -l -r= -k= -m= -n= --verbose --quiet --exitfirst --maxfail= --lf "
        "--last-failed --ff --failed-first --nf --new-first --sw --stepwise --tb= --durations= "
        "--durations-min= --collect-only --co --showlocals --no-header --no-summary --capture= "
        "--color= --code-highlight= --disable-warnings --strict-markers --strict-config --version "
        "--deselect= --runxfail --fixtures --markers --setup-show --timeout= --cov[=] --cov-branch "
        "--cov-report=term --no-cov --numprocesses= --dist= --reruns= --failed-last",
        "code",
        form=r"[^@].*",
    ),
    "tsc": Arguments("--noEmit --pretty --strict --skipLibCheck --version --listFiles", "none"),
}

SUBCOMMANDS: Final[Mapping[str, Mapping[str, Arguments]]] = {
    "cargo": {
        "bench": _CARGO_NAMES,
        "build": _CARGO_ALONE,
        "check": _CARGO_ALONE,
        "clippy": Arguments(_CARGO + "--no-deps", "none"),
        "doc": Arguments(_CARGO + "--no-deps --document-private-items", "none"),
        "fmt": Arguments("-v -q --all --check --verbose --quiet", "none"),
        "metadata": Arguments("-q --no-deps --format-version= --offline --locked", "none"),
        "test": _CARGO_NAMES,
        "tree": Arguments(
            "-v -q -e= -i= -d -p= --edges= --invert= --duplicates --depth= --prefix= --no-dedupe "
            "--package= --workspace --all-features --offline --locked",
            "none",
        ),
    },
    "go": {
        "build": Arguments(_GO, "code", form=_GO_PACKAGES, single_dash=True),
        "env": Arguments("-json", "text", form="[A-Z0-9_]+", single_dash=True),
        "fmt": Arguments("-n -x", "code", form=_GO_PACKAGES, single_dash=True),
        "list": Arguments(
            "-json -deps -test -m -f=", "code", _GO_PACKAGES + "|all|std", single_dash=True
        ),
        "test": Arguments(_GO, "code", form=_GO_PACKAGES, single_dash=True),
        "version": Arguments("", "none"),
        "vet": Arguments("-v -n -x -json -tags=", "code", form=_GO_PACKAGES, single_dash=True),
    },
    "npm": {
        "run": _NAMED_SCRIPT,
        "run-script": _NAMED_SCRIPT,
        "t": _NPM_SCRIPT,
        "test": _NPM_SCRIPT,
    },
    "pnpm": {"run": _NAMED_SCRIPT, "test": _NPM_SCRIPT},
    "ruff": {
        "check": Arguments(
            "-q -v -s -n --quiet --verbose --silent --diff --statistics --no-cache --no-fix "
            "--select= --ignore= --extend-select= --extend-ignore= --output-format= --preview "
            "--target-version= --show-files --show-settings --exit-zero --exit-non-zero-on-fix "
            "--per-file-ignores= --force-exclude --respect-gitignore --line-length=",
            "code",
        ),
        "format": Arguments(
            "-q -v --quiet --verbose --check --diff --no-cache --preview --target-version= "
            "--line-length= --force-exclude --respect-gitignore",
            "code",
        ),
        "rule": Arguments("--all --output-format=", "text"),
        "version": Arguments("--output-format=", "none"),
    },
    "yarn": {"run": _NAMED_SCRIPT, "test": _NPM_SCRIPT},
}

MAKE: Final = Arguments(
    "-j[=] -k -s -B --silent --keep-going --no-print-directory", "text", form=r"[\w][\w.-]*", most=1
)
"""A target by name, and nothing that sets variables, files or directories."""
