"""Attacks by programs of which less is known than of `ls`. As in `corpus_attacks`.

Each is to be asked about under a rule for its program, or for its first two words.
"""

from __future__ import annotations

RUN_ANOTHER = [
    "coreutils --coreutils-prog=rm x", "pee 'touch PWNED'", "ssh-agent touch PWNED",
    "chronic touch PWNED", "x86_64 touch PWNED", "i386 touch PWNED", "choom -n 0 touch PWNED",
    "pyenv exec touch PWNED", "asdf exec touch PWNED", "mise x touch PWNED",
    "mise exec -- touch PWNED", "nvm exec 20 x.js", "pipenv run sh x.sh", "rye run x",
    "coverage run x.py", "op run -- touch PWNED", "dotenv run touch PWNED", "nodemon x.js",
    "py x.py", "powershell x.ps1", "dumb-init touch PWNED", "tini touch PWNED",
    "lxc exec box touch PWNED", "original-awk 'BEGIN{system(1)}'", "gtar xf x", "gtimeout 5 sh x",
    "genv touch PWNED", "python.exe x.py", "watchexec touch PWNED", "systemd-cat touch PWNED",
    "ifne touch PWNED", "busctl call x", "flatpak run x", "tsx x.ts", "duckdb -c 'copy x'",
]  # fmt: skip
"""Not even a rule that says all of it allows these."""

UNKNOWN = [
    "touch OUT", "touch .envrc", "touch .git/hooks/pre-commit", "touch .env", "touch link-out/x",
    "touch -r OUT notes.txt", "mkdir ../x", "mkdir -p .git/hooks", "mkdir -m 777 x",
    "mkdir -p src .vscode/x", "test -v a", "test -f x -o -f y", "test ! -f x",
    "python -m http.server", "python -m pip install x", "python -m unittest -s OUT",
    "python -m pytest -p evil", "python -m pytest @args", "python3 -m pytest OUT",
    "gh alias set x '!sh'", "gh api -X DELETE repos/a/b", "journalctl --vacuum-size=1",
    "dmesg --clear",
    "ss -K", "gzip a.txt", "bzip2 a.txt", "pkill -9 x", "killall x", "mytool lint --fix src",
    "mytool src", "ln -s OUT x", "install EVIL x", "chmod 777 notes.txt",
    "sponge notes.txt", "systemctl stop x", "mount x y", "update-alternatives --set x y",
    "hg --config alias.x=!sh x", "svn update", "code --install-extension x", "notaprogram run x",
    "ip link set lo down", "sysctl -w x=1",
]  # fmt: skip
"""Of programs that are in no table."""

KNOWN = [
    "ctest --build-and-test x", "ctest -S EVIL", "gofmt -w .", "mocha -r ./evil.js",
    "mocha --require ./evil.js", "mocha init src", "mocha 'link*/*.js'",
    "mocha '{link-out,x}/*.js'",
    "mocha --reporter ./evil.js", "eslint --parser ./evil.js .", "eslint --fix src",
    "eslint -c evil.js src", "eslint -f ./evil.js src", "eslint --rulesdir . src",
    "eslint -o notes.txt src", "eslint OUT", "hostname evil", "hostname -F notes.txt",
    "prettier --write .", "prettier --plugin=./evil.js .", "prettier --config OUT/x .",
    "jest --config ./evil.js", "jest --setupFiles ./evil.js", "jest -u", "jest -tc ./evil.js",
    "mocha -gr ./evil.js", "vitest -tc evil.ts",
    "dotnet build -flp:logfile=notes.txt", "dotnet build -restoreProperty:X=y", "tsc -pretty",
    "jest --rootDir OUT",
    "vitest --config evil.ts", "vitest init browser", "vitest --reporter=./evil.js",
    "tsc -p tsconfig.json", "tsc --outDir OUT", "tsc --noEmit false -p tsconfig.json",
    "flake8 --config evil.cfg", "pylint --load-plugins=evil src", "pylint --init-hook=x src",
    "rspec -r ./evil.rb", "rspec -f ./evil.rb", "rubocop -r ./evil.rb", "rubocop -A",
    "phpunit --bootstrap evil.php", "tox -c OUT/tox.ini", "tox -e py -- -p evil", "nox -f evil.py",
    "gradle publish test", "gradle -I evil.gradle test", "gradle test -Dorg.x=y", "mvn deploy",
    "mvn test -Dexec.executable=EVIL", "mvn -f OUT/pom.xml test", "dotnet test -p:X=y",
    "dotnet test /p:X=y", "dotnet run x", "dotnet test @OUT/args", "swift run x",
    "swift test --package-path OUT", "cmake -P evil.cmake", "cmake --build x -- SHELL=EVIL",
    "cmake --install x", "cmake --build x --target install", "cmake --build x -tinstall/strip",
    "just --justfile OUT/x test", "just x=1 test", "rake -f evil.rb test",
    "ninja -C OUT", "ninja -t clean", "jq -f evil.jq a.txt", "jq -n env", "jq -n '$ENV.KEY'",
    "jq 'import \"a\" as a; 1' a.txt", "jq . link-secret", "jq . .env", "printenv", "printenv KEY",
    "fd -x touch PWNED", "fd . OUT", "shuf -o PWNED a.txt", "base64 link-secret", "pip install x",
    "pip list --outdated", "npm exec x", "npm ls --prefix OUT", "pnpm dlx x", "yarn dlx x",
    "pytest -p evil", "pytest -p no:cacheprovider -p evil", "pytest --cov-report=html:OUT",
    "pytest --cov-config=evil", "pytest --rootdir OUT", "ruff check --fix src",
    "cargo clippy --fix", "cargo clippy -- --cfg x", "cargo fmt -- --config x=y",
    "golangci-lint run --fix", "golangci-lint run -c evil.yml", "shfmt -w .", "clang-format -i x.c",
    "shellcheck -x README.md", "terraform apply", "coverage xml -o PWNED", "mix run x",
    "npm run --silent", "biome check --write .", "biome migrate x", "xmllint --noent a.txt",
    "ruff check --select @args .", "ruff check --select=@args .", "ruff format --check @args",
    "ruff check . --ignore @args", "ruff rule @args", "mypy --exclude @args src", "mypy -p @x",
    "mypy -p@x", "pytest -k @args", "pytest --tb @x", "pytest tests -- @x", "pylint --disable @x",
    "pylint src @x", "python -m mypy --exclude @args src", "python3 -m pytest -m @x",
    "python -m pylint -d @x src", "dotnet test -c @x", "tsc --noEmit -p @x",
    "clang-format -n @x", "strings @args", "strings -n @x notes.txt", "nm @x", "size @x",
    "readelf -h @x", "objdump -d @x", "diff sub link-out", "diff . src", "diff src/app.js .",
    "ps -auxe", "ps -auxeww", "ps -uxe", "ps -aue", "ps -dufe", "ps -pe", "ps -p e", "ps -u xe",
    "ps -ex", "ps -e x", "ps -e -u xa", "ps -p 1e",
    "python -m unittest http.server.test", "python -m unittest ensurepip.bootstrap",
    "python -m unittest link-out.x", "python -m unittest evil.sh", "python -m unittest tests",
    "python -m unittest missing.py", "python3 -m unittest OUT/x.py", "python -m unittest test.x",
    "python -m unittest tests.test_a.os.abort", "python -m unittest tests.test_a.main",
    "python -m unittest tests/../../x.py", "python -m unittest discover OUT",
    "python -m unittest discover -s idlelib -p '*.py'", "python -m unittest discover idlelib",
    "python -m unittest discover -s link-out", "python -m unittest discover -t ..",
    "npm run env", "npm run-script env", "npm run -s env", "pnpm run env", "yarn run env",
    "bun run env", "bun run rm src/app.js", "bun run printenv", "cargo --version", "npm --version",
    "yarn --version", "pnpm --version", "go --version", "coverage --version",
]  # fmt: skip
"""Of programs that are: what loads other code, or writes what was not spoken of."""
