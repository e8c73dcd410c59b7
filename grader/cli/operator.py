"""The commands of an operator: doctor, completion."""

from __future__ import annotations

import itertools

import click

from grader.cli.common import PASSED, PLATFORM, course_of, course_option, finish, json_option, print_json, progress_bar
from grader.cli.plugins import services


@click.command()
@course_option
@json_option
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Try every wall and every service for real, and say what is missing.

    Exit code 3 when this machine must not grade. Example: chainrule doctor
    """
    from grader.doctor import examine

    findings = []
    with progress_bar("trying", None, quiet=as_json) as advance:
        for finding in itertools.chain(examine(course_of(context)), services()):
            findings.append(finding)
            advance(finding.name)
    healthy = all(finding.status != "broken" for finding in findings)
    if as_json:
        print_json({"healthy": healthy, "findings": [finding.as_dict() for finding in findings]})
    else:
        from grader.cli.render import show_findings

        show_findings(findings)
    finish(PASSED if healthy else PLATFORM)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the shell's completion script.

    Example: chainrule completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    assert completer is not None
    click.echo(completer(context.find_root().command, {}, "chainrule", "_CHAINRULE_COMPLETE").source())
