"""The terminal: standard output carries answers alone, bad input gets one line and status 2."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer
from assistant.settings import Settings
from index.generations import Generations

Run = Callable[..., tuple[int, str, str]]
Lines = Callable[..., str]


@pytest.fixture
def data(settings: Settings) -> list[str]:
    return ["--data", str(settings.data_dir)]


def one_line(err: str) -> str:
    lines = [line for line in err.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    assert "Traceback" not in err
    return lines[0]


def test_ask_json_is_the_contract(run: Run, data: list[str]) -> None:
    status, out, _ = run("ask", "--json", *data, "What does a senior AI PM earn?")
    answer = Answer.model_validate_json(out)
    assert status == 0
    assert out.count("\n") == 1
    assert answer.question == answer.standalone_question == "What does a senior AI PM earn?"
    assert answer.mode == "extractive"


def test_ask_is_readable_in_a_terminal(run: Run, data: list[str]) -> None:
    status, out, _ = run("ask", *data, "What", "does", "a", "senior", "AI", "PM", "earn?")
    assert status == 0
    assert "$190K-$250K" in out.splitlines()[0]
    assert "[1] “| Senior AI PM | 5-8 | $190K-$250K | $300K-$480K |”" in out
    assert "Confidence:" in out


def test_a_refusal_is_an_answer_not_an_error(run: Run, data: list[str]) -> None:
    status, out, _ = run("ask", "--json", *data, "What does Netflix pay in Berlin?")
    assert status == 0
    assert json.loads(out)["abstained"]


def test_batch_answers_every_line_in_order(run: Run, data: list[str], jsonl: Lines) -> None:
    file = jsonl(
        {"id": "a", "turns": ["What does a senior AI PM earn?", "And for a director?"]},
        {
            "id": 2,
            "history": [{"role": "user", "content": "What is AARRR?"}, {"role": "assistant", "content": "Pirate metrics."}],
            "question": "who came up with it?",
        },
        {"id": "c", "turns": ["How do I bake bread?"]},
    )
    status, out, _ = run("batch", *data, file)
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [a["id"] for a in answers] == ["a", "2", "c"]
    assert "director" in answers[0]["standalone_question"]
    assert "McClure" in answers[1]["answer"]
    assert answers[2]["abstained"]


def test_bad_lines_of_a_batch_are_named_and_the_others_answered(run: Run, data: list[str], jsonl: Lines) -> None:
    file = jsonl(
        {"id": "a", "turns": ["What is AARRR?"]}, "{oops", {"turns": ["x"]}, {"id": "d", "turns": []}, {"id": "e", "question": " "}
    )
    status, out, err = run("batch", *data, file)
    assert status == 2
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a"]
    assert [line.split(":")[1] for line in err.splitlines() if line.startswith(file)] == ["2", "3", "4", "5"]
    assert "4 of 5 lines" in one_line(err)


def test_characters_that_are_no_text_are_bad_input_and_lose_nothing(run: Run, data: list[str], jsonl: Lines) -> None:
    status, out, err = run(
        "batch", *data, jsonl('{"id": "a", "turns": ["What is \\ud800 RAG?"]}', {"id": "b", "turns": ["What is AARRR?"]})
    )
    assert status == 2
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["b"]
    assert "not text" in err


def test_an_empty_batch_says_what_to_write(run: Run, data: list[str], jsonl: Lines) -> None:
    status, _, err = run("batch", *data, jsonl())
    assert status == 2
    assert "No questions" in one_line(err)


def test_search_for_a_person_shows_the_text(run: Run, data: list[str]) -> None:
    status, out, _ = run("search", *data, "-k", "1", "interview", "rounds", "at", "Meta")
    assert status == 0
    assert "pm-interview" in out.splitlines()[0]
    assert "Meta" in out


def test_search_prints_ranked_passages(run: Run, data: list[str], jsonl: Lines) -> None:
    status, out, _ = run("search", *data, "-k", "3", "--queries", jsonl({"id": "q", "turns": ["interview rounds at Meta"]}))
    found = json.loads(out)
    assert status == 0
    assert found["id"] == "q"
    assert len(found["passages"]) == 3
    assert found["passages"][0]["document"] == "pm-interview"
    scores = [p["score"] for p in found["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_show_prints_the_text_that_offsets_count(run: Run, data: list[str]) -> None:
    _, out, _ = run("ask", "--json", *data, "What does a senior AI PM earn?")
    citation = json.loads(out)["citations"][0]
    status, text, _ = run("show", *data, citation["document"])
    assert status == 0
    assert text[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "  "], "The question is empty"),
        (["ask", "x" * 5_000], "ask in at most"),
        (["ask"], "Missing argument"),
        (["batch", "no-such-file.jsonl"], "No file"),
        (["search"], "one of the two"),
        (["show", "no-such-guide"], "No document 'no-such-guide'"),
        (["index", "--corpus", "no-such-folder"], "No folder"),
        (["dance"], "No such command"),
        (["ask", "--nonsense", "x"], "No such option"),
        (["serve", "--port", "99999"], "less than or equal to 65535"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments: list[str], says: str, run: Run, data: list[str]) -> None:
    status, out, err = run(*arguments[:1], *(data if arguments[0] != "dance" else []), *arguments[1:])
    assert status == 2
    assert out == ""
    assert says in one_line(err)


def test_index_of_a_folder_reports_what_it_could_not_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Tea\n\nTea is brewed for three minutes.\n", encoding="utf-8")
    (tmp_path / "corpus" / "b.png").write_bytes(b"x")
    status, out, err = run("index", "--corpus", str(tmp_path / "corpus"), "--data", str(tmp_path / "data"))
    assert (status, out) == (0, "")
    assert "b.png" in err and "1 documents" in err
    status, out, _ = run("ask", "--json", "--data", str(tmp_path / "data"), "How long is tea brewed?")
    assert "three minutes" in json.loads(out)["answer"]


def stale(data: Path) -> None:
    manifest = next((data / "index" / "generations").glob("*/manifest.json"))
    kept: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(kept | {"chunker_version": "0"}), encoding="utf-8")


def test_a_stale_index_of_ones_own_rebuilds_itself_while_its_folder_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Tea\n\nTea is brewed for three minutes.\n", encoding="utf-8")
    arguments = ["--data", str(tmp_path / "data")]
    run("index", "--corpus", str(tmp_path / "corpus"), *arguments)
    stale(tmp_path / "data")
    status, out, err = run("ask", *arguments, "How long is tea brewed?")
    assert status == 0
    assert "three minutes" in out
    assert "chunker version" in err and "Rebuilding" in err


def test_a_stale_index_whose_folder_is_gone_says_how_to_rebuild_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Tea\n\nTea.\n", encoding="utf-8")
    arguments = ["--data", str(tmp_path / "data")]
    run("index", "--corpus", str(tmp_path / "corpus"), *arguments)
    stale(tmp_path / "data")
    (tmp_path / "corpus").rename(tmp_path / "elsewhere")
    status, out, err = run("ask", *arguments, "tea?")
    assert (status, out) == (1, "")
    assert "assistant index --corpus DIR" in one_line(err)
    assert str(tmp_path / "corpus") in err


def test_a_broken_index_of_the_bundled_guides_rebuilds_itself(run: Run, settings: Settings, house: object, tmp_path: Path) -> None:
    shutil.copytree(settings.data_dir, tmp_path / "data")
    Generations(tmp_path / "data").current().joinpath("spans.npy").write_bytes(b"")
    status, out, err = run("ask", "--data", str(tmp_path / "data"), "What is AARRR?")
    assert status == 0
    assert "cquisition" in out
    assert "Rebuilding" in err


def test_a_setting_that_makes_no_sense_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "ask", "x"],
        env={"ASSISTANT_PORT": "many", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "ASSISTANT_PORT='many'" in one_line(done.stderr)
    assert done.stdout == ""


def test_no_call_leaves_the_machine_even_where_tracing_is_on(settings: Settings, house: object) -> None:
    tracing = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "none", "LANGCHAIN_TRACING_V2": "true", "ANONYMIZED_TELEMETRY": "True"}
    command = [sys.executable, "-m", "tests.offline", "ask", "--data", str(settings.data_dir), "What is AARRR?"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | tracing)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cquisition" in done.stdout


def test_help_and_a_question_do_not_import_torch(settings: Settings, house: object) -> None:
    code = (
        "import sys; from assistant.cli import main; status = main(sys.argv[1:]); "
        "heavy = 'torch sentence_transformers gradio sklearn pandas'.split(); "
        "sys.stderr.write(' '.join(name for name in heavy if name in sys.modules)); sys.exit(status)"
    )
    for arguments in (["--help"], ["ask", "--data", str(settings.data_dir), "What is AARRR?"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_page_opens_before_what_answers_is_imported() -> None:
    code = (
        "import sys, assistant.ui.page; heavy = 'langchain_core langsmith chromadb onnxruntime bm25s scipy torch'.split(); "
        "sys.stdout.write(' '.join(name for name in heavy if name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == ""


def test_a_port_that_is_taken_is_one_line(run: Run, data: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = run("serve", *data, "--port", str(port))
    assert status == 2
    assert f"port {port}" in one_line(err) and "--port" in err


def test_no_arguments_show_the_help(run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert "Usage" in out


def test_a_name_with_a_dot_is_one_word(run: Run, data: list[str]) -> None:
    _, out, _ = run("ask", "--json", *data, "What does Levels.fyi say about AI PM pay?")
    assert "levels.f" not in out and "“yi”" not in out
