"""The command line: `python -m playground train | evaluate | experiment | bench | workshop | prepare | doctor`."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from playground.bench import BENCHES
from playground.command.bench import bench_command
from playground.command.doctor import doctor_command
from playground.command.evaluate import evaluate_command
from playground.command.experiment import experiment_command
from playground.command.prepare import prepare_command
from playground.command.train import BAD_INPUT, train_command
from playground.command.workshop import workshop_command
from playground.storage.home import create_private_home

INTERRUPT_STATUS = 130  # as shells have it: 128 and the number of SIGINT


class _OneLine(argparse.ArgumentParser):
    """Bad input is answered by one line, not by a page of usage."""

    def error(self, message: str) -> None:  # type: ignore[override]  # ends the process, as argparse's own does
        print(f"{self.prog}: {' '.join(message.split())} (--help tells more)", file=sys.stderr)
        sys.exit(BAD_INPUT)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = _parser().parse_args(arguments)
    if given.command != "doctor":  # which looks at what there is
        with suppress(OSError):  # whoever needs it says what is wrong with it
            create_private_home()
    if given.command == "doctor":
        return doctor_command()
    if given.command == "prepare":
        return prepare_command()
    if given.command == "bench":
        return bench_command(quick=given.quick, only=given.only, folder=given.data, file=given.json)
    if given.command == "evaluate":
        return evaluate_command(run=given.run, runs=given.runs)
    if given.command == "experiment":
        name = None if given.list else given.resume or given.name
        return experiment_command(name=name, settings=given.set, seeds=given.seeds, runs=given.runs, file=given.json)
    if given.command == "workshop":
        return workshop_command(
            code=given.code,
            presenter_code=given.presenter_code,
            port=given.port,
            runs_each=given.runs_each,
            minutes=given.minutes,
            people=given.people,
            address=given.address,
            proxies=",".join(given.proxy),
        )
    return train_command(config=given.config, settings=given.set, runs=given.runs)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="python -m playground", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="make one run; the last line on stdout is its summary as JSON")
    training.add_argument("--config", type=Path, metavar="FILE", help="a config.json to start from")
    training.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="method.name=moco batch_size=128 ..."
    )
    training.add_argument("--runs", type=Path, metavar="DIR", help="where the run's folder goes")
    evaluating = commands.add_parser("evaluate", help="what an encoder has learned; the last line on stdout is JSON")
    evaluating.add_argument("run", metavar="RUN", help="the folder of a run, or its id")
    evaluating.add_argument("--runs", type=Path, metavar="DIR", help="where the run of that id is looked for")
    _experiment_arguments(commands.add_parser("experiment", help="several runs that check a claim; prints their table"))
    benching = commands.add_parser("bench", help="what things cost on this machine, beside what people use instead")
    benching.add_argument("--quick", action="store_true", help="few short rounds: about two minutes, not fifteen")
    benching.add_argument("--only", nargs="+", action="extend", default=[], metavar="NAME", help=", ".join(BENCHES))
    benching.add_argument("--data", type=Path, metavar="FOLDER", help="images to train on, instead of drawn shapes")
    benching.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as JSON")
    _workshop_arguments(commands.add_parser("workshop", help="serve the app to a room of people, behind a code"))
    commands.add_parser("prepare", help="compile for this machine what else the first run would wait for")
    commands.add_parser("doctor", help="what this machine offers")
    return parser


def _experiment_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="NAME", help="one of --list, or the id of one that was begun")
    which.add_argument("--resume", metavar="ID", help="go on with the experiment of that id")
    which.add_argument("--list", action="store_true", help="what there is to run")
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="for all runs: data.name=digits ..."
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="how many seeds each setting gets")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where the runs' folders go")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as JSON")


def _workshop_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", help="with which people enter; one is made where none is given")
    parser.add_argument("--presenter-code", metavar="CODE", help="with which the presenter enters; made likewise")
    parser.add_argument("--port", type=int, default=8501, metavar="N")
    parser.add_argument("--runs-each", type=int, default=5, metavar="N", help="of one person that wait or go on")
    parser.add_argument("--minutes", type=float, default=10, metavar="N", help="that a run may take")
    parser.add_argument("--people", type=int, default=40, metavar="N", help="who may enter at most")
    parser.add_argument("--address", metavar="HOST", help="how others reach this machine, where the guess is wrong")
    parser.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="IP",
        help="a proxy in front, which tells who asks; may be repeated",
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before there is a run to be stopped: while its images are read, say
        sys.exit(INTERRUPT_STATUS)
