"""The two pages that are no part of the app: where people come in, and where they leave. Plain HTML, no script."""

import hashlib
from base64 import b64encode

from playground.wording.escape import escape_html
from playground.workshop.person import LONGEST

# The card is as wide as a phone; the fields are 16 px high at least, else phones zoom in when one is touched.
STYLE = """
:root { color-scheme: light dark; --ink: #1c1f26; --soft: #5a6270; --ground: #f4f5f8; --card: #fff; --line: #8d95a3;
  --deed: #bd3142; --wrong: #a01c1c; --wrong-ground: #fdecec; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f2f6; --soft: #b3bac6; --ground: #0e1117; --card: #1a1e27; --line: #6d7686;
    --wrong: #ffb3b3; --wrong-ground: #3a1a1d; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; min-height: 100svh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; padding: 1.75rem; border-radius: .75rem; background: var(--card);
  box-shadow: 0 1px 8px #0003; }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25; }
p { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
p[role=alert] { padding: .6rem .75rem; border-radius: .4rem; color: var(--wrong); background: var(--wrong-ground); }
label { display: block; margin: .9rem 0 .25rem; font-weight: 600; }
input { width: 100%; padding: .6rem .75rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: .4rem; }
button { width: 100%; margin-top: 1.4rem; padding: .7rem; font: inherit; font-weight: 600; color: #fff;
  background: var(--deed); border: 0; border-radius: .4rem; cursor: pointer; }
a { display: block; margin-top: 1rem; color: inherit; text-align: center; }
:focus-visible { outline: 3px solid #3b82f6; outline-offset: 2px; }
"""
_ALLOWED_STYLE = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_ALLOWED_STYLE}'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ENTER = (
    "Give any name, and the access code that the presenter shows you. This browser then keeps a cookie that brings "
    "you back to your own runs."
)
LEAVE = (
    "This browser forgets who you are. Your runs stay on the server, but if you enter again you begin with none, and "
    "nobody but the presenter finds the old ones."
)


def enter_page(action: str, then: str, *, name: str = "", wrong: str = "") -> str:
    """Name and code, to be sent to `action`; `then`: where to go next. `wrong` is one sentence on what was given."""
    alert = f'<p role="alert" id="wrong">{escape_html(wrong)}</p>' if wrong else ""
    told = ' aria-describedby="wrong"' if wrong else ""
    return _page(
        "Contrastive Playground: workshop",
        f"""<p>{ENTER}</p>{alert}
<form method="post" action="{escape_html(action)}">
<label for="name">Your name</label>
<input id="name" name="name" value="{escape_html(name)}" maxlength="{LONGEST}" required autocomplete="nickname"{told}>
<label for="code">Access code</label>
<input id="code" name="code" maxlength="100" required autocomplete="off" autocapitalize="none" spellcheck="false"{told}>
<input type="hidden" name="then" value="{escape_html(then)}">
<button>Enter</button>
</form>""",
    )


def leave_page(action: str, back: str, name: str) -> str:
    """Whether they mean it: without their cookie nobody finds their runs again."""
    return _page(
        f"Leave the workshop, {name}?",
        f"""<p>{LEAVE}</p>
<form method="post" action="{escape_html(action)}"><button>Leave</button></form>
<a href="{escape_html(back)}">Back to my runs</a>""",
    )


def _page(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape_html(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head>
<body><main><h1>{escape_html(title)}</h1>
{body}
</main></body></html>
"""
