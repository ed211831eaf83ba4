"""Fits how the shipped weights and the lists of words are weighed together: `blend.json`, beside the weights.

Runs on ONNX Runtime with the very files that ship, over the tenth of all texts that nothing was trained on. The cuts
are then moved so that few clear texts are stopped; how few is ours, with room for texts unlike these.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.encoder import Encoder, Seen
from scoring.lexicon import HOLD_AT, REVIEW_AT
from scoring.model_scorer import Weights
from scoring.sensitivity import read
from scoring.training.labels import SENTIMENTS
from scoring.training.texts import Example, examples, is_held, rows

CLEAR_STOPPED, CLEAR_HELD = 0.06, 0.012
"""Shares of clear texts that may be stopped at all, and held. The aims are 8 and 2 %; the rest is room."""
TILTS = (0.6, 0.75, 0.9, 1.0, 1.15, 1.35, 1.6, 1.9)
Floats = npt.NDArray[np.float64]


def fit(features: Floats, dark: npt.NDArray[np.bool_]) -> Floats:
    """Logistic regression by Newton's method, both sides weighing the same: (n, 2) and (n,) -> bias and two weights."""
    x = np.hstack([np.ones((len(features), 1)), features])
    sides = np.where(dark, 0.5 / dark.mean(), 0.5 / (1 - dark.mean()))
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        level = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (sides * (dark - level)) - 1e-3 * weights
        bend = (x * (sides * level * (1 - level))[:, None]).T @ x + 1e-3 * np.eye(x.shape[1])
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def shifted(weights: Floats, clear: Floats, share: float, cut: float) -> Weights:
    """The same formula with its bias moved so that `share` of the clear texts' features reach `cut`."""
    odds = np.sort(np.hstack([np.ones((len(clear), 1)), clear]) @ weights)[::-1]
    edge = odds[int(len(odds) * share)]
    bias = weights[0] - edge + np.log(cut / (1 - cut))
    return Weights(round(float(bias), 4), round(float(weights[1]), 4), round(float(weights[2]), 4))


def blend(texts: Sequence[Example], seen: Sequence[Seen]) -> dict[str, Weights]:
    """Both formulas for texts whose label is sure."""
    label = np.array([int(np.argmax(text.tragedy or (1, 0, 0))) for text in texts])
    said = np.array([read(text.text).probability for text in texts])
    stop = np.stack([_odds(np.array([1 - one.tragedy[0] for one in seen])), said], axis=1)
    hold = np.stack([_odds(np.array([one.tragedy[2] for one in seen])), said], axis=1)
    clear = label == 0
    return {
        "stop": shifted(fit(stop[(label != 1)], label[label != 1] == 2), stop[clear], CLEAR_STOPPED, REVIEW_AT),
        "hold": shifted(fit(hold, label == 2), hold[clear], CLEAR_HELD, HOLD_AT),
    }


def best_tilt(truth: Sequence[str], seen: Sequence[Seen]) -> tuple[float, float, float]:
    """The factors on negative and positive under which the mean recall of the three feelings is highest."""
    right = np.array([SENTIMENTS.index(name) for name in truth])
    shares = np.array([one.sentiment for one in seen])

    def mean_recall(tilt: tuple[float, float, float]) -> float:
        said = (shares * np.array(tilt)).argmax(axis=1)
        return float(np.mean([(said[right == at] == at).mean() for at in range(3)]))

    return max(((low, 1.0, high) for low, high in itertools.product(TILTS, TILTS)), key=mean_recall)


def _odds(share: Floats) -> Floats:
    sure = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(sure / (1 - sure)))


def main() -> None:
    """`python -m scoring.training.calibrate DATASETS FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    encoder = Encoder(options.folder)
    held = [one for one in examples(options.datasets) if is_held(one.sha) and one.tragedy and one.weight == 1.0]
    fitted = blend(held, encoder.read([one.text for one in held]))
    valid = list(rows("tweeteval", options.datasets))
    tilt = best_tilt([row.said for row in valid], encoder.read([row.text for row in valid]))
    told = {name: asdict(weights) for name, weights in fitted.items()} | {"feelings": tilt}
    (options.folder / "blend.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
