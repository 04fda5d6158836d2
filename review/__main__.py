"""``python -m review --stack lab --base origin/main [--state FILE] [--out FILE]``: what this checkout does to a lab.

Exit codes: 0 nothing changes; 10 applies in place; 11 grows; 12 a rebuild (or a change of what is fixed) is refused; 13
rebuilds the lab, for generation is raised; 1 an error, the change's own (the preview fails) or the review's. What
`--accept` names ends with 0 as well: `--accept in-place,grows` is a check that only those pass.

Without the passphrase of the stack in PULUMI_CONFIG_PASSPHRASE(_FILE), as for a fork's pull request, there is no
preview: the report has the settings and the documents, and the code is by change class alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.host import Host, locate
from review import checkout, plan, rendered, report, rules, runner, touched, verdict
from review.errors import ReviewError
from review.masking import Masking
from review.report import Review
from review.touched import Settings
from review.verdict import Verdict
from settings.stackfile import StackFileError

_PASSPHRASE = "passphrase"
_ACCEPTABLE = [known for known in Verdict if known not in (Verdict.NOTHING, Verdict.ERROR)]
_NO_PASSPHRASE = "The passphrase of the stack is not here (a pull request from a fork gets no secrets)."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="review", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--stack", required=True, help="the stack whose Pulumi.<stack>.yaml is meant")
    parser.add_argument("--base", required=True, help="what this checkout is compared with: a directory or a commit")
    parser.add_argument("--state", type=Path, help="what pulumi stack export wrote; default: asked of the backend")
    parser.add_argument("--crds", type=Path, help="definitions of the real cluster (oc get crds -o yaml), which win")
    parser.add_argument("--out", type=Path, help="where the report goes (default: standard output)")
    words = [known.word for known in _ACCEPTABLE]
    parser.add_argument("--accept", type=_accepted, default=(), help=f"of {', '.join(words)}: those that end with 0")
    parser.add_argument("--host", metavar="DIR", help="an embedded host to use and leave (default: one of its own)")
    return parser


def _accepted(text: str) -> tuple[Verdict, ...]:
    """Verdicts by their words, with commas between."""
    known = {verdict.word: verdict for verdict in _ACCEPTABLE}
    words = [word.strip() for word in text.split(",") if word.strip()]
    if unknown := [word for word in words if word not in known]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: take of {', '.join(known)}")
    return tuple(known[word] for word in words)


def review(options: argparse.Namespace) -> tuple[Verdict, str]:
    """The verdict and the report. Raises ReviewError, RehearsalError and StackFileError."""
    head, python = runner.CHECKOUT, sys.executable
    with checkout.base(options.base, head) as base, ThreadPoolExecutor() as pool:
        # Four programs of their own, which need nothing of each other.
        told = [pool.submit(touched.read, options.stack, side, python) for side in (base, head)]
        made = [pool.submit(rendered.documents, options.stack, side, python) for side in (base, head)]
        before, after = (future.result() for future in told)
        documents = [future.result() for future in made]
    if after is None:
        raise ReviewError(f"There is no Pulumi.{options.stack}.yaml in this checkout.")
    # A stack that is new has nothing to be compared with.
    changes = touched.touched(before, after) if before else []
    difference = rendered.difference(*documents)
    words = runner.passphrase()
    text = _state(options) if words else ""
    provider = runner.provider_of_secrets(text) if words else ""
    if words is None or provider != _PASSPHRASE:
        why = _NO_PASSPHRASE if words is None else _kept_elsewhere(provider)
        refusals = touched.refused(before, after) if before else []
        code = verdict.of_classes(refusals, changes, bool(difference))
        short = Review(options.stack, code, changes, None, why, refusals, 0.0, 0, (), difference)
        return code, report.text(short, Masking(()))
    found = runner.kinds(documents[1])
    result = runner.preview(options.stack, text, words, _release(after), found, options.crds, _host(options))
    planned = plan.read(result.preview)
    if not result.preview:
        planned = plan.failed(result.said)
    if planned.complete:
        planned = replace(planned, broken=rules.violations(result.preview))
    code = verdict.of_preview(planned, changes, bool(difference))
    whole = Review(
        *(options.stack, code, changes, planned, "", ()),
        *(result.seconds, result.objects, result.unchecked, difference),
    )
    return code, report.text(whole, Masking([*result.secrets, words], _public(head, options.stack)))


def _state(options: argparse.Namespace) -> str:
    if options.state is None:
        return runner.exported(options.stack)
    try:
        return str(options.state.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"--state {options.state} can't be read: {error}.") from None


def _public(head: Path, stack: str) -> str:
    """What stands in the clear of a stack."""
    return f"{stack}\n{(head / f'Pulumi.{stack}.yaml').read_text(encoding='utf-8')}"


def _kept_elsewhere(provider: str) -> str:
    return (
        f"The stack's secrets are kept by {provider}, which can't be asked where there is no route. A preview without "
        "the lab needs a stack with a passphrase."
    )


def _release(settings: Settings) -> str:
    return str(settings.values["openstack.release"][2])


def _host(options: argparse.Namespace) -> Host | None:
    return locate("review", options.host) if options.host else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Review, write the report, and return the verdict as exit code."""
    options = _parser().parse_args(arguments)
    try:
        code, text = review(options)
    except (ReviewError, RehearsalError, StackFileError) as error:
        print(f"review: {error}", file=sys.stderr)
        code, text = Verdict.ERROR, f"## Review of stack `{options.stack}`: no report\n\n```\n{error}\n```\n"
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text, encoding="utf-8")
        print(f"review: {code.sentence} (exit code {code.value}); the report is {options.out}", file=sys.stderr)
    return 0 if code in options.accept else code.value


if __name__ == "__main__":
    sys.exit(main())
