"""The part of `Graff` that shows and changes the person's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafftui.core.credentials import Credentials
from grafftui.core.validation import validate
from grafftui.errors import SettingsError
from grafftui.settings.first_frame import FILE_NAME
from grafftui.settings.paths import Paths, private_directory
from grafftui.settings.settings import load

if TYPE_CHECKING:
    from grafftui.core.project import Project
    from grafftui.core.turn_maker import TurnMaker


class SettingsAccess:
    """What stands in `settings.toml`.

    What turns are made with counts from the next turn on. The mode, rules, checkpoints, titles
    and the days of retention are read when a `Graff` is made.

    Attributes:
        paths: Where the file is.
        project: May lower limits.
    """

    paths: Paths
    project: Project
    _credentials: Credentials
    _make: TurnMaker

    def settings_file(self) -> str:
        """Path of `settings.toml`, to be edited; an empty one is made where there is none.

        Raises:
            StoreError: Its folder cannot be made.
            SettingsError: It cannot be made.
        """
        path = self.paths.settings / FILE_NAME
        if not path.parent.is_dir():
            private_directory(path.parent)
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise SettingsError(f"{path}: cannot be made ({error.strerror})") from error
        return str(path)

    def list_settings(self) -> list[dict[str, Any]]:
        """`[{name, value, default, description}]`; values as they are written in TOML."""
        from grafftui.settings.listing import listing

        return [
            {
                "name": one.name,
                "value": one.value,
                "default": one.default,
                "description": one.description,
            }
            for one in listing(self._credentials.settings)
        ]

    def change_setting(self, name: str, text: str) -> list[str]:
        """Write one setting, and take it up; see `reload_settings`.

        Args:
            name: As `list_settings` names it.
            text: Its value as TOML; "" goes back to the default.

        Raises:
            UsageError: There is no such setting, or it cannot have that value.
            SettingsError: The file is broken, or cannot be written.
        """
        from grafftui.settings.listing import change

        validate("setting", name=name, value=text)
        change(self.paths, name, text)
        return self.reload_settings()

    def reload_settings(self) -> list[str]:
        """Read the settings again. Returns what of them cannot be used, a line each."""
        settings, problems = load(self.paths)
        self._credentials.take(settings)
        narrowed, more = self.project.narrowed(settings)
        self._make.take_settings(narrowed)
        return [str(problem) for problem in (*problems, *more)]
