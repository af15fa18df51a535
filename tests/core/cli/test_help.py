"""What `--help` says: of every command a sentence and of every option a short one, in one form."""

import pytest
import typer

from aecore.cli.app import app

COMMANDS = typer.main.get_command(app).commands
OPTIONS = [(name, parameter) for name, command in COMMANDS.items() for parameter in command.params]
VERBS = {name: command.help.split()[0] for name, command in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_one_sentence_that_begins_with_a_verb(name):
    first, *more = COMMANDS[name].help.split("\n\n")
    assert first.endswith(".")
    assert "\n" not in first
    assert len(first) <= 100
    assert VERBS[name].isalpha()
    assert VERBS[name].istitle()
    assert not VERBS[name].endswith("s")  # what it does is ordered: "List", not "Lists"
    assert all(len(text) <= 400 for text in more)


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=lambda value: getattr(value, "name", value))
def test_the_help_of_an_option_is_there_and_short(command, option):
    assert option.help, f"{command} says nothing of {option.name}"
    assert option.help.endswith(".")
    assert option.help[0].isupper()
    assert len(option.help) <= 70


def test_one_option_reads_alike_wherever_it_is():
    said: dict[str, set[str]] = {}
    for _, option in OPTIONS:
        if option.opts[0].startswith("--"):
            said.setdefault(option.opts[0], set()).add(option.help)
    several = {name for name, texts in said.items() if len(texts) > 1}
    assert several <= {
        "--option",
        "--recipes",
        "--keep",
        "--seed",
        "--name",
        "--title",
    }  # each about something of its command's own
