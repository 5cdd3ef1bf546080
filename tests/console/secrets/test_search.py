"""Where keys are looked for, which of them counts, and what is said of the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.secrets.in_keyring import in_keyring
from console.secrets.search import Found, SecretsError, find

KEY, SECRET = NAMES = ("ALPACA_API_KEY", "ALPACA_SECRET_KEY")
BOTH = "ALPACA_API_KEY: PKFILE\nALPACA_SECRET_KEY: '#se:same '\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.yaml"
    path.write_text(BOTH)
    path.chmod(0o600)
    return path


@pytest.fixture
def credentials(tmp_path: Path) -> dict[str, str]:
    """The environment of a service, as systemd makes it: what was loaded ends with the line end of its file."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    for name in NAMES:
        (folder / name).write_text(f"{name.lower()}\r\n")
        (folder / name).chmod(0o440)  # the mask of an ACL
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def searched(environ: dict[str, str], path: Path, account: str = "PA3X") -> Found:
    return find(NAMES, account, environ, path)


def values(found: Found) -> tuple[str, ...]:
    return tuple(found.secrets[name].reveal() for name in NAMES)


def refusal(environ: dict[str, str], path: Path) -> str:
    with pytest.raises(SecretsError) as caught:
        searched(environ, path)
    return str(caught.value)


def test_the_environment_comes_first_then_the_file_then_systemd(file: Path, credentials: dict[str, str]) -> None:
    found = searched({KEY: " PKENV\n", SECRET: "s", **credentials}, file)
    assert (found.place, values(found)) == ("environment", ("PKENV", "s"))
    found = searched(credentials, file)
    assert (found.place, values(found)) == (str(file), ("PKFILE", "#se:same"))
    found = searched(credentials, file.with_name("none.yaml"))
    assert (found.place, values(found)) == ("systemd credentials", (KEY.lower(), SECRET.lower()))


def test_an_account_has_keys_of_its_own_in_the_file(file: Path) -> None:
    file.write_text(f"{BOTH}accounts:\n  123456789:\n    ALPACA_API_KEY: AKLIVE\n    ALPACA_SECRET_KEY: '0123'\n")
    assert values(searched({}, file, "123456789")) == ("AKLIVE", "0123")
    assert values(searched({}, file, "PA3X")) == ("PKFILE", "#se:same")


def test_the_error_names_every_place_and_what_was_found_there(tmp_path: Path) -> None:
    said = refusal({}, tmp_path / "secrets.yaml")
    assert said == (
        "ALPACA_API_KEY and ALPACA_SECRET_KEY not found ("
        "environment: ALPACA_API_KEY and ALPACA_SECRET_KEY not set; "
        f"{tmp_path}/secrets.yaml: not there; "
        "systemd credentials: CREDENTIALS_DIRECTORY not set (the desk is no service, or its unit has no "
        "LoadCredential=); "
        "keyring (tradedesk): ALPACA_API_KEY and ALPACA_SECRET_KEY not set)"
    )


def test_half_a_pair_is_no_pair_and_is_not_mended_from_elsewhere(file: Path) -> None:
    said = refusal({KEY: "PKENV", SECRET: " "}, file)
    assert "environment: ALPACA_SECRET_KEY not set, and ALPACA_API_KEY is" in said
    assert str(file) not in said, "what is wrong in the first place is not hidden by the second"
    assert "PKENV" not in said


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused_with_the_remedy(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert f"others may read or write it (mode {mode:04o}); expected 0600: chmod 600 {file}" in refusal({}, file)


def test_a_file_of_another_user_is_refused(file: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(file, 12345, -1)
    assert "belongs to user 12345; expected a file of your own" in refusal({}, file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ALPACA_API_KEY: PK1\nALPACA_SECRET_KEY:\n", "ALPACA_SECRET_KEY is empty"),
        ("ALPACA_API_KEY: PK1\n", "ALPACA_SECRET_KEY not set, and ALPACA_API_KEY is"),
        ('ALPACA_API_KEY: PK1\nALPACA_SECRET_KEY: "sesame\\nopen"\n', "ALPACA_SECRET_KEY has a letter at place 7"),
        ("ALPACA_API_KEY: PK1\nALPACA_SECRET_KEY: sesam…\n", "ALPACA_SECRET_KEY has a letter at place 6"),
        ("ALPACA_API_KEY: PK1\nALPACA_SECRET_KEY: [sesame]\n", "line 2: ALPACA_SECRET_KEY is no text"),
        ("ALPACA_API_KEY: PK1\nALPACA_SECRET_KEY: !sesame x\n", "line 2 can't be read"),
        ("ALPACA_API_KEY: PK1\nsesame\n", "line 3 can't be read"),
        ("accounts: sesame\n", "line 1: expected names of accounts"),
        ("accounts: {PA3X: sesame}\n", "line 1: expected the secrets of account PA3X"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_without_a_letter_of_the_secret(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    found = refusal({}, file)
    assert f"{file}: {said}" in found
    assert "sesam" not in found
    assert "PK1" not in found


def test_what_is_no_file_is_not_waited_for(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)
    assert f"{file}: is not a file" in refusal({}, file)


def test_credentials_that_anybody_may_read_are_not_systemds(file: Path, credentials: dict[str, str]) -> None:
    (Path(credentials["CREDENTIALS_DIRECTORY"]) / KEY).chmod(0o444)
    said = refusal(credentials, file.with_name("none.yaml"))
    assert f"/{KEY}: others may read or write it (mode 0444)" in said


def asked(backend: str, tmp_path: Path, *command: str, typed: str = "") -> str:
    """A process of its own, with this keyring."""
    environ = {
        **os.environ,
        "PYTHON_KEYRING_BACKEND": backend,
        "KEYRING_PROPERTY_FILE_PATH": str(tmp_path / "ring.cfg"),
    }
    run = (sys.executable, "-m", *command)
    return subprocess.run(run, env=environ, input=typed, capture_output=True, text=True, check=True).stdout


ASK = ("tests.console.secrets.keyrings", *NAMES)
TO_A_FILE = "keyrings.alt.file.PlaintextKeyring"


def test_a_keyring_is_asked_for_the_account_first(tmp_path: Path) -> None:
    for name, text in ((KEY, "PKRING"), (SECRET, "sesame")):
        asked(TO_A_FILE, tmp_path, "keyring", "set", "tradedesk", name, typed=text)
    general, own = map(json.loads, asked(TO_A_FILE, tmp_path, *ASK, "--own").splitlines())

    assert general == ["keyring (tradedesk)", {KEY: "PKRING", SECRET: "sesame"}, ""]
    assert own == ["keyring (tradedesk/PA3X)", {name: f"own {name}" for name in NAMES}, ""]


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("tests.console.secrets.keyrings.Locked", "is locked; unlock it and start again"),
        ("tests.console.secrets.keyrings.Silent", "no answer within 1 s: it may be waiting to be unlocked"),
        ("keyring.backends.fail.Keyring", "this machine has none"),
    ],
)
def test_a_keyring_that_gives_nothing_says_why(tmp_path: Path, backend: str, said: str) -> None:
    place, found, words = json.loads(asked(backend, tmp_path, *ASK))
    assert (place, found) == ("keyring", {})
    assert said in words
    assert "sesame" not in words


def test_an_empty_keyring_has_nothing() -> None:
    assert in_keyring(NAMES, "PA3X").words == "ALPACA_API_KEY and ALPACA_SECRET_KEY not set"
