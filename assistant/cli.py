"""``assistant``: ask, batch, search, show, flags, serve; and index, add, remove, list, doctor from ``assistant.library``.

Standard output carries answers alone; progress and errors go to standard error. Exit status: 0 answered or abstained,
2 bad usage or input, 1 anything else, always with one line that says what to do next.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from assistant.asking import checked
from assistant.errors import AssistantError, InputError, SettingsError
from assistant.flagging import flags_app
from assistant.library import DataOption, register, with_data
from assistant.settings import stay_offline
from assistant.terminal import say_on_stderr
from index.errors import CorpusError, IndexingError

if TYPE_CHECKING:
    from assistant.answer import Turn
    from assistant.opening import House

BAD_INPUT, FAILED = 2, 1

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=__doc__)
register(app)
app.add_typer(flags_app, name="flags")

JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer contract as one JSON object.")]


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: PLR0911 - one return for each kind of end
    """Run one command; its exit status."""
    stay_offline()
    try:
        given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
        status = app(args=given, prog_name="assistant", standalone_mode=False)
        return int(status or 0)
    except typer.Exit as done:
        return done.exit_code
    except TyperException as error:
        return _fail(f"{error.format_message()} Run: assistant --help", BAD_INPUT)
    except (InputError, SettingsError, CorpusError) as error:
        return _fail(str(error), BAD_INPUT)
    except (AssistantError, IndexingError) as error:
        return _fail(str(error), FAILED)
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or ''}. Check the path, its rights and the free space.", FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Stopped.", FAILED)
    except Exception as error:  # noqa: BLE001 - the last resort: a person gets one line, never a stack trace
        return _fail(f"Unexpected {type(error).__name__}: {error}. Please report it, with the command.".replace("\n", " "), FAILED)


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="The question; several words need no quotes.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question with citations."""
    text = _question(" ".join(question))
    from assistant.glossary import glossary_of
    from assistant.terminal import readable

    house = _told(_open(data))
    answer = house.assistant.ask(text)
    _print(answer.model_dump_json() if as_json else readable(answer, glossary_of(house.live.document)))


@app.command()
def batch(
    file: Annotated[str, typer.Argument(help='JSON lines with "id" and "turns", or "id", "history" and "question"; - for standard input.')],
    data: DataOption = None,
) -> None:
    """Answer many questions: one JSON object a line, in the order they came."""
    lines = list(_json_lines(file))  # read first: a missing file should not cost the start of a model
    if not lines:
        raise InputError(f'No questions in {file}. Write a line such as {{"id": "1", "turns": ["What does a senior AI PM earn?"]}}')
    house = _told(_open(data))
    for identity, turns, question in _usable(lines):
        conversation, history = uuid.uuid4().hex, list(turns)  # ids of a file come again in the next one
        for place, earlier in enumerate(history):
            if not earlier.answer:
                history[place] = _asked(house, earlier, history[:place], conversation)
        answer = house.assistant.ask(question, history, conversation)
        _print(answer.model_copy(update={"id": identity}).model_dump_json())


@app.command()
def search(
    query: Annotated[list[str] | None, typer.Argument(help="What to look for.")] = None,
    queries: Annotated[str | None, typer.Option("--queries", metavar="FILE", help="JSON lines as for batch; - for standard input.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Passages a query.")] = 10,
    data: DataOption = None,
) -> None:
    """Print the ranked passages for a query, or as JSON for each line of a file."""
    if bool(query) == bool(queries):
        raise InputError('Give a query or --queries FILE, one of the two: assistant search "director pay"')
    if query:
        from assistant.terminal import plain

        for place, passage in enumerate(_open(data).assistant.search(_question(" ".join(query)), (), k), 1):
            heading = " > ".join((passage.chunk.document, *passage.chunk.section))
            _print(
                f"{place}. {heading} ({passage.chunk.start}-{passage.chunk.end}, score {passage.score:.3f})\n{plain(passage.chunk.text)}\n"
            )
        return
    lines = list(_json_lines(str(queries)))
    house = _open(data)
    for identity, history, question in _usable(lines):
        found = house.assistant.search(question, history, k)
        passages = [{"document": p.chunk.document, "chunk": p.identity, "score": round(p.score, 6)} for p in found]
        _print(json.dumps({"id": identity, "passages": passages}, ensure_ascii=False))


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="A document's name, as citations give it.")],
    data: DataOption = None,
) -> None:
    """Print a document's text exactly: citations' offsets count its characters."""
    live = _open(data).live.reader()
    found = live.catalog.document(document)
    if found is None:
        some = ", ".join(list(live.manifest.documents)[:8])
        raise InputError(f"No document {document!r}. There are {len(live.manifest.documents)}, among them: {some}.")
    sys.stdout.write(found.text)


@app.command()
def serve(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: ASSISTANT_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; default: ASSISTANT_PORT; 0 picks a free one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Open the chat page."""
    settings = with_data(data, host=host, port=port)
    from assistant.ui.page import serve_page

    serve_page(settings, open_browser)


def _open(data: Path | None) -> House:
    from assistant.opening import open_house

    return open_house(with_data(data))


def _question(text: str) -> str:
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise InputError("The question holds bytes that are not text. Write it in UTF-8.")
    return checked(text)


def _told(house: House) -> House:
    """The house, after saying on standard error which model is asked, where one is."""
    if house.model_notice:
        say_on_stderr(house.model_notice)
    return house


def _asked(house: House, turn: Turn, before: Sequence[Turn], conversation: str) -> Turn:
    """A turn without an answer, answered: what the chain said itself is the history of what follows."""
    answer = house.assistant.ask(turn.question, before, conversation)
    return turn.model_copy(update={"answer": answer.answer, "standalone_question": answer.standalone_question})


def _json_lines(file: str) -> Iterator[tuple[str, Any]]:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        lines = raw.decode("utf-8-sig").splitlines()
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(f"No file {file}. Name a file of JSON lines, or - for standard input.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text. Save it as UTF-8 JSON lines.") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield f"{file}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                yield f"{file}:{number}", error


def _usable(lines: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, list[Turn], str]]:
    """The conversations of those lines that hold one; the others are named as they come and counted at the end."""
    bad = 0
    for where, row in lines:
        try:
            conversation = _conversation(row)
        except InputError as error:
            bad += 1
            say_on_stderr(f"{where}: {error}")
        else:
            yield conversation
    if bad:
        raise InputError(f"{bad} of {len(lines)} lines could not be used; the others are done. Mend those lines and run them again.")


def _conversation(row: Any) -> tuple[str, list[Turn], str]:
    """One line of a batch -> its id, the turns before, and the question to answer."""
    from assistant.answer import Turn

    if isinstance(row, json.JSONDecodeError):
        raise InputError(f"not JSON ({row.msg}).")
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        raise InputError('needs an "id".')
    turns, history, question = row.get("turns"), row.get("history", []), row.get("question")
    if isinstance(turns, list) and turns and all(isinstance(t, str) for t in turns):
        return str(row["id"]), [Turn(question=t) for t in turns[:-1]], _question(turns[-1])
    if not isinstance(question, str) or not isinstance(history, list):
        raise InputError('needs "turns" (user messages), or "history" and "question".')
    told: list[Turn] = []
    for message in history:
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            raise InputError('each message of "history" needs "role" and "content".')
        if message.get("role") == "user":
            told.append(Turn(question=message["content"], answer=" "))
        elif told:
            told[-1] = told[-1].model_copy(update={"answer": message["content"] or " "})
    return str(row["id"]), told, _question(question)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fail(line: str, status: int) -> int:
    say_on_stderr(f"Error: {line}")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
