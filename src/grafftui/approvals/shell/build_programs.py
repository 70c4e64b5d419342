"""What is known of build tools and package managers.

They run the workspace's own code: a rule for one says so. What makes them run other code, or
write where they were not sent, is left out, and so is objected to. Linters and test runners are
in `code_programs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments
from grafftui.approvals.shell.place import Place
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
    if name == "env":
        return "shows the environment where no script is called env"
    read.operands[:] = rest
    read.dashed = None if read.dashed is None else read.dashed - 1
    return _check_script(read)


_NAMED_SCRIPT = Arguments("-s --silent --if-present", "code", check=_check_named_script)


def _check_bun_script(read: ReadArguments, place: Place) -> str:
    # Where no script is called so, bun runs the program of that name: `bun run rm`
    name = read.operands[0] if read.operands else ""
    try:
        text = Path(place.cwd, "package.json").read_text(encoding="utf-8")
        scripts = json.loads(text)["scripts"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        scripts = {}
    if not isinstance(scripts, dict) or name not in scripts:
        return f"{name} is no script of package.json"
    return _check_named_script(read)


_CARGO = (
    "-v -q -j= -p= --verbose --quiet --jobs= --package= --workspace --all --exclude= --lib --bin= "
    "--bins --example= --examples --test= --tests --bench= --benches --all-targets --doc "
    "-F= --features= --all-features --no-default-features -r --release --frozen --locked --offline "
    "--color= --message-format= --no-fail-fast --no-run --keep-going "
)
_CARGO_TEST_ARGUMENTS: Final = word_set(
    "--nocapture --ignored --include-ignored --exact --list --quiet -q --show-output --no-capture "
    "--skip --test-threads"
)


def _check_cargo(read: ReadArguments) -> str:
    after = [] if read.dashed is None else read.operands[read.dashed :]
    for word in after:
        if word.startswith("-") and word.partition("=")[0] not in _CARGO_TEST_ARGUMENTS:
            return f"the option {word} is not known to be harmless"
    return ""


_CARGO_LINTS = r"-[AWDF]|[a-z][\w:]*"


def _check_lints(read: ReadArguments) -> str:
    if read.operands and read.dashed != 0:
        return f"{read.operands[0]} is not known to be harmless"
    return ""


def _check_nothing_handed_on(read: ReadArguments) -> str:
    return "" if read.dashed is None else "what stands behind -- is for another program"


def _check_cmake(read: ReadArguments) -> str:
    targets = [value for name, value in read.options if name in ("-t", "--target")]
    if any(target.partition("/")[0] in ("install", "uninstall") for target in targets):
        return "installs outside of the workspace"
    return _check_nothing_handed_on(read)


_CARGO_NAMES = Arguments(_CARGO, "text", form=r"-*[\w:=-]+", check=_check_cargo)
_CARGO_ALONE = Arguments(_CARGO, "none")

_GO = (
    "-v -x -n -a -race -msan -asan -short -failfast -cover -json -i -p= -count= -run= -bench= "
    "-benchmem -benchtime= -timeout= -parallel= -cpu= -list= -shuffle= -skip= -tags= -trimpath "
    "-fullpath -covermode= -coverpkg= "
)
_GO_PACKAGES = r"\.|\.\.\.|\./.*"

_SCRIPTS: Final = {
    "run": _NAMED_SCRIPT,
    **dict.fromkeys(("test", "lint", "build", "typecheck", "check", "format"), _NPM_SCRIPT),
}
_DOTNET = (
    "-c= -f= -v= -r= --configuration= --framework= --verbosity= --nologo --no-build --no-restore "
    "--no-dependencies "
)
_SWIFT = "-c= -j= -v -q --configuration=debug|release --jobs= --verbose --quiet --target= "
_MIX_TEST = "--trace --stale --failed --cover --only= --exclude= --max-failures= --seed= --color "
_PIP: Final = {
    "check": Arguments("-q", "none"),
    "freeze": Arguments("-q -l --local --user --exclude-editable", "none"),
    "list": Arguments(
        "-q -v -l --format=columns|json|freeze --not-required --user --local", "none"
    ),
    "show": Arguments("-f -v --files", "text", form=r"\w[\w.-]*"),
}

SUBCOMMANDS: Final[Mapping[str, Mapping[str, Arguments]]] = {
    "biome": {
        name: Arguments("--colors= --max-diagnostics= --verbose", "code", said="--write --fix")
        for name in ("check", "ci", "format", "lint")
    },
    "bun": {
        "run": replace(_NAMED_SCRIPT, check=None, check_in=_check_bun_script),
        "test": Arguments("-t= --bail[=] --timeout= --coverage", "code"),
    },
    "cargo": {
        "bench": _CARGO_NAMES,
        "build": _CARGO_ALONE,
        "check": _CARGO_ALONE,
        "clippy": Arguments(_CARGO + "--no-deps", "text", form=_CARGO_LINTS, check=_check_lints),
        "doc": Arguments(_CARGO + "--no-deps --document-private-items", "none"),
        "fmt": Arguments("-v -q --all --check --verbose --quiet", "text", form="--check"),
        "metadata": Arguments("-q --no-deps --format-version= --offline --locked", "none"),
        "test": _CARGO_NAMES,
        "tree": Arguments(
            "-v -q -e= -i= -d -p= --edges= --invert= --duplicates --depth= --prefix= --no-dedupe "
            "--package= --workspace --all-features --offline --locked",
            "none",
        ),
    },
    "cmake": {
        "--build": Arguments(
            "-j= -t= -v --parallel= --target= --config= --verbose",
            "code",
            most=1,
            check=_check_cmake,
        )
    },
    "coverage": {
        "report": Arguments(
            "-m -i --show-missing --skip-covered --skip-empty --precision= --sort= --fail-under= "
            "--include= --omit= --format=text|total|markdown",
            "none",
        )
    },
    "dotnet": {
        name: Arguments(
            _DOTNET + ("--filter= --list-tests -t --blame" if name == "test" else ""),
            "code",
            most=1,
            expands=True,
            attached=False,  # -flp:… is a logger's file
            check=_check_nothing_handed_on,
        )
        for name in ("build", "test")
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
    "golangci-lint": {
        "run": Arguments(
            "-v --verbose --timeout= --fast --new --tests= --enable= --disable= "
            "--max-same-issues= --color=",
            "code",
            form=_GO_PACKAGES,
            said="--fix",
        )
    },
    "mix": {
        "compile": Arguments("--warnings-as-errors --force --all-warnings", "none"),
        "format": Arguments("--check-formatted --dry-run", "code"),
        "test": Arguments(_MIX_TEST, "code"),
    },
    "npm": {
        "list": Arguments("-a --all --depth= --json --omit= --long", "text", form=r"[@\w][\w./-]*"),
        "ls": Arguments("-a --all --depth= --json --omit= --long", "text", form=r"[@\w][\w./-]*"),
        "run": _NAMED_SCRIPT,
        "run-script": _NAMED_SCRIPT,
        "t": _NPM_SCRIPT,
        "test": _NPM_SCRIPT,
    },
    "pip": _PIP,
    "pip3": _PIP,
    "pnpm": _SCRIPTS,
    "ruff": {
        "check": Arguments(
            "-q -v -s -n --quiet --verbose --silent --diff --statistics --no-cache --no-fix "
            "--select= --ignore= --extend-select= --extend-ignore= --output-format= --preview "
            "--target-version= --show-files --show-settings --exit-zero --exit-non-zero-on-fix "
            "--per-file-ignores= --force-exclude --respect-gitignore --line-length=",
            "code",
            expands=True,
            said="--fix --unsafe-fixes",
        ),
        "format": Arguments(
            "-q -v --quiet --verbose --check --diff --no-cache --preview --target-version= "
            "--line-length= --force-exclude --respect-gitignore",
            "code",
            expands=True,
        ),
        "rule": Arguments("--all --output-format=", "text", expands=True),
        "version": Arguments("--output-format=", "none", expands=True),
    },
    "swift": {
        "build": Arguments(_SWIFT, "none"),
        "test": Arguments(_SWIFT + "--parallel --filter= --skip= --enable-code-coverage", "none"),
    },
    "terraform": {
        "fmt": Arguments("-check -diff -recursive -no-color", "code", single_dash=True),
    },
    "yarn": _SCRIPTS,
}

_TARGET = r"\w[\w.:-]*"
_MAKE = Arguments(
    "-j[=] -k -s -B --silent --keep-going --no-print-directory", "text", form=r"[\w][\w.-]*", most=1
)

TARGETS: Final[Mapping[str, Arguments]] = {
    "ctest": Arguments(
        "-j= -R= -E= -L= -LE= -N -C= -V -VV -Q -output-on-failure -test-dir=PATH -progress "
        "-rerun-failed -stop-on-failure -timeout= -parallel=",
        "none",
        single_dash=True,
    ),
    "gmake": _MAKE,
    "gradle": Arguments(
        "-q -i -s -m -x= --quiet --info --stacktrace --offline --parallel --no-daemon --continue "
        "--console= --tests= --rerun-tasks --build-cache --no-build-cache --dry-run",
        "text",
        form=r":?\w[\w:-]*",
        most=1,
    ),
    "just": Arguments("-n -q -l --dry-run --quiet --list --summary", "text", form=_TARGET, most=1),
    "make": _MAKE,
    "mvn": Arguments(
        "-q -B -e -X -o -am -fae -ff -fn -ntp -pl= -T= -Dtest= -DskipTests[=] -DfailIfNoTests=",
        "text",
        form="clean|validate|compile|test-compile|test|package|verify",
        single_dash=True,
    ),
    "ninja": Arguments("-j= -k= -n -v --quiet --verbose", "text", form=r"\w[\w.-]*", most=1),
    "nox": Arguments("-l -r -R -s= -e= -t= -k= --list --sessions= --tags= --no-color", "none"),
    "rake": Arguments("-n -q -s -T --dry-run --quiet --silent --tasks", "text", _TARGET, most=1),
    "task": Arguments("-l -n -s --list --dry --silent --summary", "text", form=_TARGET, most=1),
    "tox": Arguments(
        "-q -v -l -a -e= --listenvs --skip-missing-interpreters[=]",
        "text",
        form="run|r|list|l",
        most=1,
        check=_check_nothing_handed_on,
    ),
}
"""Programs that run what a file of the workspace calls by a name: one target, and nothing that
sets variables, files or directories. A rule for one is for somebody to write, and never offered."""
