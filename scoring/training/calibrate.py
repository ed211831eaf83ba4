"""Fits the formulas that turn the model's odds into probabilities: `calibration.json`, beside the weights.

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
from scoring.model_scorer import Curve
from scoring.training.labels import SENTIMENTS
from scoring.training.manifest import write_manifest
from scoring.training.texts import Example, examples, is_held, rows

CLEAR_STOPPED, CLEAR_HELD = 0.06, 0.008
"""Shares of clear texts that may be stopped at all, and held. The aims are 8 and 2 %; the rest is room."""
TILTS = (0.6, 0.75, 0.9, 1.0, 1.15, 1.35, 1.6, 1.9)
Floats = npt.NDArray[np.float64]


def fit(odds: Floats, dark: npt.NDArray[np.bool_]) -> Floats:
    """Logistic regression by Newton's method, both sides weighing the same: (n,) and (n,) -> bias and slope."""
    x = np.stack([np.ones(len(odds)), odds], axis=1)
    sides = np.where(dark, 0.5 / dark.mean(), 0.5 / (1 - dark.mean()))
    weights = np.zeros(2)
    for _ in range(30):
        level = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (sides * (dark - level)) - 1e-3 * weights
        curvature = (x * (sides * level * (1 - level))[:, None]).T @ x + 1e-3 * np.eye(2)
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def shifted(weights: Floats, clear: Floats, share: float, cut: float) -> Curve:
    """The same curve with its bias moved so that `share` of the clear texts reach `cut`; `clear`: their odds."""
    slope = weights[1]
    edge = np.sort(clear)[::-1][int(len(clear) * share)]
    return Curve(round(float(np.log(cut / (1 - cut)) - slope * edge), 4), round(float(slope), 4))


def curves(texts: Sequence[Example], seen: Sequence[Seen]) -> dict[str, Curve]:
    """Both formulas for texts whose label is sure; what is merely sensitive counts for neither side of `stop`."""
    label = np.array([int(np.argmax(text.tragedy or (1, 0, 0))) for text in texts])
    stop = _odds(np.array([1 - one.tragedy[0] for one in seen]))
    hold = _odds(np.array([one.tragedy[2] for one in seen]))
    sure, clear = label != 1, label == 0
    return {
        "stop": shifted(fit(stop[sure], label[sure] == 2), stop[clear], CLEAR_STOPPED, REVIEW_AT),
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
    fitted = curves(held, encoder.read([one.text for one in held]))
    valid = list(rows("tweeteval", options.datasets))
    tilt = best_tilt([row.said for row in valid], encoder.read([row.text for row in valid]))
    told = {name: asdict(curve) for name, curve in fitted.items()} | {"feelings": tilt}
    (options.folder / "calibration.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    write_manifest(options.folder)


if __name__ == "__main__":
    main()
