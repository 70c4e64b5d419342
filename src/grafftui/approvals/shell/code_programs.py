"""What is known of linters, formatters and test runners.

They run the workspace's own code and settings: a rule for one says so. What makes them load other
code or settings, or write where they were not sent, is left out, and so is objected to. Nothing is
attached to `-t` where letters behind it are options of their own, or `-noEmit` is one word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments
from grafftui.approvals.shell.unittest_names import check_unittest


def _check_tsc(read: ReadArguments) -> str:
    if read.has("-p", "--project") and not read.has("--noEmit"):
        return "tsc writes where the project says; without --noEmit none may be named"
    return ""


def _check_warnings(read: ReadArguments) -> str:
    for name, value in read.options:
        if name == "-W" and not _WARNINGS.fullmatch(value):
            return f"the warnings {value} are not known to be harmless"
    return ""


_WARNINGS: Final = re.compile(r"(error|ignore|default|always|module|once)(:[^:]*(:\w*)?)?")
"""With a dot in the third part, they are of a module, which is loaded."""

_NO_INIT = "(?!init$).*"
_JEST = (
    "--ci --coverage --bail[=] --silent --verbose --runInBand --passWithNoTests --onlyChanged "
    "--onlyFailures --listTests --forceExit --detectOpenHandles --expand --no-cache --no-color "
    "--color --watchAll=false --testTimeout= --maxWorkers= --testNamePattern= --shard= "
    "--testPathPattern= --testPathPatterns= --findRelatedTests --logHeapUsage -b -i -o -t= -w= "
)
_GOFMT = Arguments("-l -d -s -e", "code", single_dash=True, said="-w")
_SPEC_FORMATS = "d|p|j|documentation|progress|json|failures"

PROGRAMS: Final[Mapping[str, Arguments]] = {
    "bandit": Arguments("-r -q -v -l -i -x= -s= -t= -n= -f=txt|json|csv|yaml", "code"),
    "black": Arguments(
        "-q -v -S -C -l= -t= --check --diff --color --no-color --quiet --verbose --fast --safe "
        "--line-length= --target-version= --exclude= --extend-exclude= --preview --version",
        "code",
    ),
    "clang-format": Arguments("-n --dry-run --Werror --verbose", "code", expands=True, said="-i"),
    "codespell": Arguments("-q= -L= -S= -f -c --skip= --ignore-words-list=", "code", said="-w"),
    "eslint": Arguments(
        "--quiet --max-warnings= --ext= --no-error-on-unmatched-pattern --color --no-color "
        "--fix-dry-run --exit-on-fatal-error --no-inline-config --cache "
        "--report-unused-disable-directives --pass-on-no-patterns --version "
        "-f=json|stylish|compact|unix --format=json|stylish|compact|unix",
        "code",
        said="--fix",
    ),
    "flake8": Arguments(
        "-v -q -j= --verbose --quiet --count --show-source --statistics --max-line-length= "
        "--max-complexity= --max-doc-length= --select= --extend-select= --ignore= "
        "--extend-ignore= --exclude= --extend-exclude= --per-file-ignores= --jobs= --exit-zero "
        "--color= --version",
        "code",
    ),
    "gofmt": _GOFMT,
    "goimports": _GOFMT,
    "isort": Arguments(
        "-c -q -v --check-only --check --diff --quiet --verbose --color --version "
        "--profile=black|django|pycharm|google|open_stack|plone|attrs|hug|wemake|appnexus",
        "code",
    ),
    "jest": Arguments(_JEST, "code", said="-u --updateSnapshot", attached=False),
    "mocha": Arguments(
        "-b -c -g= -f= -i -j= -p -s= -t= --bail --color --no-color --grep= --fgrep= --invert "
        "--timeout= --slow= --exit --recursive --parallel --jobs= --retries= --forbid-only "
        "--forbid-pending --dry-run --check-leaks --full-trace --async-only "
        "-R=spec|dot|min|tap|list|json|nyan --reporter=spec|dot|min|tap|list|json|nyan",
        "code",
        form=_NO_INIT,
        attached=False,
    ),
    "mypy": Arguments(
        "-v -p= -m= --strict --verbose --pretty --no-color-output --no-error-summary "
        "--show-error-codes --hide-error-codes --show-column-numbers --show-error-context "
        "--show-error-end --show-absolute-path --ignore-missing-imports --follow-imports= "
        "--no-incremental --namespace-packages --explicit-package-bases --check-untyped-defs "
        "--disallow-untyped-defs --disallow-any-generics --no-implicit-optional --strict-equality "
        "--warn-unreachable --warn-return-any --warn-unused-ignores --warn-redundant-casts "
        "--python-version= --platform= --exclude= --version --no-site-packages",
        "code",
        expands=True,
    ),
    "phpunit": Arguments(
        "-v --verbose --debug --filter= --testsuite= --group= --exclude-group= --stop-on-failure "
        "--stop-on-error --stop-on-defect --testdox --colors[=] --no-coverage --no-progress "
        "--list-tests --version",
        "code",
    ),
    "prettier": Arguments(
        "-c -l -u --check --list-different --ignore-unknown --log-level= --color --no-color "
        "--no-error-on-unmatched-pattern --cache --version",
        "code",
        said="-w --write",
    ),
    "pylint": Arguments(
        "-E -d= -e= -j= -s= -r= --errors-only --disable= --enable= --jobs= --score= --reports= "
        "--max-line-length= --fail-under= --fail-on= --recursive= --ignore= --ignore-patterns= "
        "-f=text|json|colorized|parseable --output-format=text|json|colorized|parseable",
        "code",
        expands=True,
    ),
    "pyright": Arguments("--stats --verbose --outputjson --warnings --version", "code"),
    "pytest": Arguments(
        "-v -q -s -x -l -r= -k= -m= -n= -W= --verbose --quiet --exitfirst --maxfail= --lf "
        "--last-failed --ff --failed-first --nf --new-first --sw --stepwise --tb= --durations= "
        "--durations-min= --collect-only --co --showlocals --no-header --no-summary --capture= "
        "--color= --code-highlight= --disable-warnings --strict-markers --strict-config --version "
        "--deselect= --ignore= --runxfail --fixtures --markers --setup-show --timeout= --cov[=] "
        "--cov-branch --cov-report=term|term-missing|term-missing:skip-covered --cov-fail-under= "
        "--no-cov --numprocesses= --dist= --reruns= --failed-last --verbosity= --benchmark-skip "
        "-p=no:cacheprovider|no:randomly|no:xdist|no:warnings|no:cov|no:logging",
        "code",
        expands=True,
        check=_check_warnings,
        said="--snapshot-update",
    ),
    "rspec": Arguments(
        f"-b -e= -t= -w -f={_SPEC_FORMATS} --format={_SPEC_FORMATS} --backtrace --example= --tag= "
        "--fail-fast[=] --color --no-color --only-failures --next-failure --dry-run --seed= "
        "--order= --profile[=] --warnings",
        "code",
    ),
    "rubocop": Arguments(
        "-D -F -P -S -E --lint -l --only= --except= --parallel --fail-fast --display-cop-names "
        "--force-exclusion --color --no-color --fail-level= -f=p|s|j|o|progress|simple|json "
        "--format=progress|simple|json|offenses|github",
        "code",
        said="-a -A --autocorrect --autocorrect-all",
    ),
    "rustfmt": Arguments("-q -v -l --check --quiet --verbose --edition= --color=", "code"),
    "shellcheck": Arguments(
        "-a -s= -e= -i= -S= -C[=] -f=tty|gcc|json|json1 --shell= --exclude= --include= "
        "--severity= --format=tty|gcc|json|json1 --color[=]"
    ),
    "shfmt": Arguments("-d -l -s -i= -ci -bn -sr -kp -ln=", "code", single_dash=True, said="-w"),
    "stylelint": Arguments(
        "-q --quiet --max-warnings= --allow-empty-input --color --no-color "
        "-f=json|string|compact|verbose --formatter=json|string|compact|verbose",
        "code",
        said="--fix",
        attached=False,
    ),
    "tsc": Arguments(
        "-p=PATH --noEmit --pretty[=] --strict --skipLibCheck --listFiles --showConfig "
        "--project=PATH --version",
        "none",
        expands=True,
        check=_check_tsc,
        attached=False,
    ),
    "vitest": Arguments(
        "-t= --run --coverage --silent --bail= --passWithNoTests --no-color --testNamePattern= "
        "--maxWorkers= --no-file-parallelism --hideSkippedTests --typecheck --testTimeout= "
        "--retry= --reporter=default|basic|verbose|dot|json|tap",
        "code",
        form=_NO_INIT,
        said="-u --update",
        attached=False,
    ),
    "yamllint": Arguments("-s --strict --no-warnings -f=parsable|standard|colored|github"),
}

PYTHON: Final = re.compile(r"python(3(\.\d+)?)?")

MODULES: Final[Mapping[str, Arguments]] = {
    **{
        name: PROGRAMS[name]
        for name in ("bandit", "black", "flake8", "isort", "mypy", "pylint", "pytest", "yamllint")
    },
    "unittest": Arguments(
        "-v -q -f -c -b -k= -s=PATH -t=PATH -p= --verbose --quiet --failfast --catch --buffer "
        "--locals --start-directory=PATH --top-level-directory=PATH --pattern=",
        "text",
        check_in=check_unittest,
    ),
}
"""What Python runs with `-m`; the workspace's own modules come first, as its code does anyway."""
