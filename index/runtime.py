"""Models in ONNX files: each run on one core, as many runs at once as there are cores; only a run by itself may have all of them.

One run spread over two cores costs each of them more than half of what it takes alone, and two people who ask at the same
moment would wait for each other's parts. Measured on 2 cores: 1,200 texts take 11.9 s instead of 13.6, and two threads that
read spans do 1.4 times as many.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CORES = os.cpu_count() or 1

Feed = Mapping[str, NDArray[np.int64]]


class OnnxModel:
    """A model. Threads may share it."""

    def __init__(self, path: Path, alone: int = 1) -> None:
        """Open the model.

        Args:
            alone: cores that a run by itself is spread over. For several runs at once another copy of the model is then opened.
        """
        self._path = path
        self._alone = alone
        self._opening = threading.Lock()
        self._sessions: dict[int, Any] = {}  # by the number of cores
        self._session(alone)

    def run_all(self, feeds: Sequence[Feed], done: Callable[[int], None] | None = None) -> list[NDArray[Any]]:
        """The first output of the model for each feed, in their order.

        Args:
            done: told the number of each feed that is finished, in their order.
        """
        session = self._session(self._alone if len(feeds) == 1 else 1)

        def run(feed: Feed) -> NDArray[Any]:
            return np.asarray(session.run(None, dict(feed))[0])

        found = []
        # for a single one the way to another thread and back would only cost time
        for number, result in enumerate(map(run, feeds) if len(feeds) == 1 else _cores().map(run, feeds)):
            found.append(result)
            if done:
                done(number)
        return found

    def outputs(self, feed: Feed) -> list[NDArray[Any]]:
        """All that the model makes of one feed, in the order in which it names its outputs."""
        return [np.asarray(output) for output in self._session(self._alone).run(None, dict(feed))]

    def _session(self, cores: int) -> Any:
        with self._opening:
            if cores not in self._sessions:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                options.log_severity_level = 3
                options.intra_op_num_threads = cores
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # whoever waits must not keep a core busy
                options.enable_mem_pattern = False  # it keeps a plan for every shape, and hardly two texts have the same
                # fusing these two makes them slower on processors: 1.8 instead of .2 of the 8 milliseconds that reading a span takes
                unwanted = ["SkipLayerNormFusion"]
                self._sessions[cores] = onnxruntime.InferenceSession(
                    str(self._path), options, providers=["CPUExecutionProvider"], disabled_optimizers=unwanted
                )
            return self._sessions[cores]


@cache
def _cores() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES, "onnx")
