"""Files and folders that hold secrets or give rights: their owner's alone, or the desk does not start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.config.defaults import write_missing
from console.config.errors import ConfigError
from console.config.load import load_config
from console.config.paths import Paths, make_private


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})
    write_missing(paths)
    return paths


@pytest.mark.parametrize("mode", [0o660, 0o620, 0o602, 0o666])
def test_roles_that_others_could_write_are_refused(paths: Paths, mode: int) -> None:
    paths.roles_file.chmod(mode)
    with pytest.raises(ConfigError, match=r"roles.yaml: .* may write it .* chmod 600"):
        load_config(paths)


def test_roles_that_others_may_read_are_taken(paths: Paths) -> None:
    paths.roles_file.chmod(0o644)
    assert load_config(paths).roles.given is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_roles_and_folders_of_another_user_are_refused(paths: Paths) -> None:
    os.chown(paths.roles_file, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to user 12345"):
        load_config(paths)
    os.chown(paths.config, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to user 12345"):
        make_private(paths.config)


@pytest.mark.parametrize("mode", [0o770, 0o730, 0o707])
def test_a_folder_in_which_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "state"
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(mode)
    with pytest.raises(ConfigError, match=r"may write in it .* chmod 700"):
        make_private(folder)
