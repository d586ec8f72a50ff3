"""Chooses, fits, calibrates and measures the sample model; writes dga.json and dga.md, and beside them dga-logistic.json, the
kind that was not chosen, for who wants the faster one.

    python train.py FEATURES.csv MODELS_FOLDER DATE

FEATURES.csv comes from export-features.ts. Everything is seeded: the same features give the same files.
"""

import csv
import json
import math
import sys

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Features of the registrable label only. Those of the whole name (name_length, labels, subdomain_length) are left out:
# the lists hold registered names, live traffic holds names with subdomains, and a model would take that for a sign.
INPUTS = [
    "length",
    "entropy",
    "distinct_ratio",
    "digit_ratio",
    "vowel_ratio",
    "hex_ratio",
    "consonant_run",
    "switches",
    "hyphens",
    "likelihood",
    "rare_ratio",
]
FALSE_POSITIVE_RATE = 1e-3
THRESHOLD = 0.9
SEED = 7
# Decimals kept in the file; the figures below are those of the rounded model.
THRESHOLD_DECIMALS = 8
VALUE_DECIMALS = 6


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=1.0))


def boosting():
    return HistGradientBoostingClassifier(
        max_iter=100,
        max_depth=5,
        max_leaf_nodes=20,
        min_samples_leaf=60,
        learning_rate=0.15,
        early_stopping=False,
        random_state=SEED,
    )


def out_of_fold(make, x, y):
    """Margins of each row by a model that never saw it."""
    margins = np.empty(len(y))
    for fit, held in StratifiedKFold(5, shuffle=True, random_state=SEED).split(x, y):
        margins[held] = make().fit(x[fit], y[fit]).decision_function(x[held])
    return margins


def cut_at(margins, y):
    """The least margin above which at most the wanted share of benign rows lies."""
    return float(np.quantile(margins[y == 0], 1 - FALSE_POSITIVE_RATE, method="higher"))


def trees_of(model):
    trees = []
    for (predictor,) in model._predictors:
        tree = {name: [] for name in ("input", "threshold", "left", "right", "value", "cover")}
        for node in predictor.nodes:
            leaf = bool(node["is_leaf"])
            tree["input"].append(0 if leaf else int(node["feature_idx"]))
            tree["threshold"].append(0 if leaf else round_up(node["num_threshold"]))
            tree["left"].append(-1 if leaf else int(node["left"]))
            tree["right"].append(-1 if leaf else int(node["right"]))
            tree["value"].append(tidy(node["value"], VALUE_DECIMALS) if leaf else 0)
            tree["cover"].append(int(node["count"]))
        trees.append(tree)
    return trees


def tidy(number, decimals):
    rounded = round(float(number), decimals)
    return int(rounded) if rounded == int(rounded) else rounded


def round_up(threshold):
    """A threshold may be a value of the training rows itself, which has to stay at or below it."""
    steps = math.ceil(float(threshold) * 10**THRESHOLD_DECIMALS)
    rounded = tidy(steps / 10**THRESHOLD_DECIMALS, THRESHOLD_DECIMALS)
    return rounded if rounded >= threshold else tidy((steps + 1) / 10**THRESHOLD_DECIMALS, THRESHOLD_DECIMALS)


def margin_of(base, trees, x):
    """What Lacewing computes: float64 throughout, left when input <= threshold."""
    total = np.full(len(x), base)
    for tree in trees:
        node = np.zeros(len(x), dtype=int)
        left, right = np.array(tree["left"]), np.array(tree["right"])
        split, threshold = np.array(tree["input"]), np.array(tree["threshold"], dtype=float)
        while True:
            inner = np.flatnonzero(left[node] != -1)
            if len(inner) == 0:
                break
            at = node[inner]
            node[inner] = np.where(x[inner, split[at]] <= threshold[at], left[at], right[at])
        total += np.array(tree["value"], dtype=float)[node]
    return total


def percent(share, places=1):
    return f"{100 * share:.{places}f} %"


def calibration_shift(margins, y):
    """What is added to the log-odds so that THRESHOLD is the score that FALSE_POSITIVE_RATE of benign rows exceed."""
    return float(np.log(THRESHOLD / (1 - THRESHOLD)) - cut_at(margins, y))


def write_logistic(path, x, y, fit, test, date):
    """Fits logistic regression, with its scaler folded in, calibrated as the trees are, and writes it."""
    shift = calibration_shift(out_of_fold(logistic, x[fit], y[fit]), y[fit])
    scaler, regression = (step for _, step in logistic().fit(x[fit], y[fit]).steps)
    slopes = regression.coef_[0] / scaler.scale_
    coefficients = [tidy(value, VALUE_DECIMALS) for value in slopes]
    intercept = tidy(regression.intercept_[0] - float((slopes * scaler.mean_).sum()) + shift, VALUE_DECIMALS)
    margins = intercept + x @ np.array(coefficients, dtype=float)
    alarm = 1 / (1 + np.exp(-margins)) >= THRESHOLD
    document = {
        "lacewing_model": 1,
        "kind": "linear",
        "name": "dga-logistic",
        "title": "Generated domain names, by a straight line through their features",
        "inputs": [{"name": name} for name in INPUTS],
        "link": "logit",
        "threshold": THRESHOLD,
        "labels": ["benign", "dga"],
        "intercept": intercept,
        "coefficients": coefficients,
        "means": [tidy(value, VALUE_DECIMALS) for value in scaler.mean_],
        "card": {
            "date": date,
            "trainer": f"scikit-learn {sklearn.__version__}, LogisticRegression",
            "rows": {"fit": int(fit.sum()), "test": int(test.sum())},
            "test": {
                "roc_auc": round(float(roc_auc_score(y[test], margins[test])), 4),
                "false_positive_rate": round(float(alarm[test & (y == 0)].mean()), 5),
                "recall": round(float(alarm[test & (y == 1)].mean()), 4),
            },
            "data": "as of dga.md",
        },
    }
    with open(path, "w", encoding="utf8") as file:
        file.write(json.dumps(document, indent=2) + "\n")


def main():
    features, folder, date = sys.argv[1:4]
    with open(features, encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[name]) for name in INPUTS] for row in rows])
    y = np.array([int(row["is_dga"]) for row in rows])
    part = np.array([row["part"] for row in rows])
    family = np.array([row["family"] for row in rows])
    fit, test = part == "fit", part == "test"
    write_logistic(f"{folder}/dga-logistic.json", x, y, fit, test, date)

    # Which kind: out of fold, on the rows that may be fitted to.
    compared = []
    for title, make in (("logistic regression", logistic), ("gradient boosting", boosting)):
        margins = out_of_fold(make, x[fit], y[fit])
        recall = float((margins[y[fit] == 1] > cut_at(margins, y[fit])).mean())
        compared.append((title, roc_auc_score(y[fit], margins), recall))
        print(f"{title}: AUC {compared[-1][1]:.4f}, recall {recall:.3f}", file=sys.stderr)

    # Calibration: real traffic holds far fewer generated names than the list, so the log-odds are moved until a score of
    # 0.9 is the margin that one benign name in a thousand exceeds out of fold.
    shift = calibration_shift(margins, y[fit])
    model = boosting().fit(x[fit], y[fit])
    trees = trees_of(model)
    base = tidy(model._baseline_prediction[0, 0] + shift, VALUE_DECIMALS)
    margins = margin_of(base, trees, x)
    worst = float(np.abs(margins - shift - model.decision_function(x)).max())
    assert worst < 1e-4, f"the rounded model differs by {worst}"

    score = 1 / (1 + np.exp(-margins))
    alarm = score >= THRESHOLD
    auc = roc_auc_score(y[test], margins[test])
    false_positives = int(alarm[test & (y == 0)].sum())
    false_positive_rate = float(alarm[test & (y == 0)].mean())
    recall = float(alarm[test & (y == 1)].mean())
    precision = float((alarm & (y == 1))[test].sum() / alarm[test].sum())
    exact_cut = cut_at(margins[test], y[test])
    above = margins > exact_cut
    exact_recall = float(above[test & (y == 1)].mean())
    exact_precision = float((above & (y == 1))[test].sum() / above[test].sum())
    rare = 1e-3
    rare_precision = recall * rare / (recall * rare + false_positive_rate * (1 - rare))

    families = []
    for name in sorted(set(family[y == 1])):
        own = (family == name) & (y == 1)
        others = fit & ~own
        others_cut = cut_at(out_of_fold(boosting, x[others], y[others]), y[others])
        unseen = boosting().fit(x[others], y[others]).decision_function(x[own])
        known = alarm[own & test]
        families.append((name, int(own.sum()), int(len(known)), float(known.mean()), float((unseen > others_cut).mean())))
        print(f"{name}: {families[-1][3]:.3f} known, {families[-1][4]:.3f} unseen", file=sys.stderr)
    macro_known = float(np.mean([row[3] for row in families]))
    macro_unseen = float(np.mean([row[4] for row in families]))
    all_unseen = sum(row[1] * row[4] for row in families) / sum(row[1] for row in families)

    figures = {
        "roc_auc": round(float(auc), 4),
        "false_positive_rate": round(false_positive_rate, 5),
        "recall": round(recall, 4),
        "precision": round(precision, 4),
        "recall_families_left_out": round(all_unseen, 4),
    }
    document = {
        "lacewing_model": 1,
        "kind": "trees",
        "name": "dga",
        "title": "Generated domain names, from their letters",
        "inputs": [{"name": name} for name in INPUTS],
        "link": "logit",
        "threshold": THRESHOLD,
        "labels": ["benign", "dga"],
        "base": base,
        "card": {
            "date": date,
            "trainer": f"scikit-learn {sklearn.__version__}, HistGradientBoostingClassifier",
            "rows": {"fit": int(fit.sum()), "table": int((part == "table").sum()), "test": int(test.sum())},
            "test": figures,
            "details": "dga.md",
        },
    }
    with open(f"{folder}/dga.json", "w", encoding="utf8") as file:
        head = json.dumps(document, indent=2)[:-2]
        lines = ",\n".join("    " + json.dumps(tree, separators=(",", ":")) for tree in trees)
        file.write(f'{head},\n  "trees": [\n{lines}\n  ]\n}}\n')

    counts = [int((fit & (y == label)).sum()) for label in (0, 1)]
    nodes = sum(len(tree["left"]) for tree in trees)
    table = "\n".join(
        f"| {name} | {count} | {tested} | {percent(known)} | {percent(unseen)} |"
        for name, count, tested, known, unseen in families
    )
    with open(f"{folder}/dga.md", "w", encoding="utf8") as file:
        file.write(f"""# Model card: dga

Written by `flows/examples/train/train.py` on {date}; every figure is measured by that run.

**What it does.** Tells from the letters of a domain name whether a program generated it (a domain generation algorithm,
DGA, as malware uses it to find its server). Score 0 to 1; label `dga` from {THRESHOLD} on. An example to learn from and to start
with, not a finished detector: read the weaknesses below.

**What it is.** {len(trees)} gradient-boosted trees of depth at most 5, {nodes} nodes, over {len(INPUTS)} features of the registrable label
(`feature.domain`): {", ".join(INPUTS)}. Trained by scikit-learn {sklearn.__version__} (`HistGradientBoostingClassifier`);
thresholds are float64 and compared in float64, so the scores here are the trainer's own but for rounding of leaf values to
{VALUE_DECIMALS} decimals.

## Data

| | source | licence of the list |
| --- | --- | --- |
| benign | {int((y == 0).sum())} names of an old Alexa list (alexa_100k.csv), from SuperCowPowers/data_hacking | MIT |
| generated | {int((y == 1).sum())} names of {len(families)} families, from baderj/domain_generation_algorithms | GPL-2.0 |

The lists are not part of this repository; only the model, which holds none of their names, and a table of letter
frequencies are. The file's own split (by hash, 80/20) parts training from test. Of the benign training names one half
({int((part == "table").sum())}) only feeds the trigram table behind `likelihood` and `rare_ratio`; the model is chosen, fitted and calibrated on the other half
({counts[0]} benign, {counts[1]} generated). The test part has {int((test & (y == 0)).sum())} benign and {int((test & (y == 1)).sum())} generated names and was used for nothing else.

## Choice

Five folds over the training part, recall where one benign name in 1,000 is above the cut:

| | ROC AUC | recall at 1e-3 |
| --- | --- | --- |
{chr(10).join(f"| {title} | {area:.4f} | {percent(share)} |" for title, area, share in compared)}

The trees cost more, but not more than a sensor has: the better one stands.

**Calibration.** The lists hold nearly as many generated names as benign ones; traffic does not. The log-odds are therefore
moved by {shift:.2f}, so that {THRESHOLD} is the score that one benign name in 1,000 exceeds out of fold. A score is a rank with a known
false-positive rate, not a probability.

## Figures on the test part

| | |
| --- | --- |
| ROC AUC | {auc:.4f} |
| at score {THRESHOLD}: false-positive rate | {false_positive_rate:.2e} ({false_positives} of {int((test & (y == 0)).sum())}) |
| at score {THRESHOLD}: recall | {percent(recall)} |
| at score {THRESHOLD}: precision, at the list's mix | {percent(precision, 2)} |
| at a false-positive rate of exactly 1e-3: recall | {percent(exact_recall)} |
| at a false-positive rate of exactly 1e-3: precision, at the list's mix | {percent(exact_precision, 2)} |
| precision if 1 name in 1,000 were generated (computed from the rates at {THRESHOLD}) | {percent(rare_precision)} |

## By family

*Known*: recall at {THRESHOLD} on the family's test names, by this model. *Left out*: recall on all names of the family by a model
trained and calibrated the same way without it, which is what to expect of a family nobody has seen.

| family | names | in test | known | left out |
| --- | --- | --- | --- | --- |
{table}
| mean over families | | | {percent(macro_known)} | {percent(macro_unseen)} |
| mean over names | | | {percent(recall)} | {percent(all_unseen)} |

## Weaknesses

- **Families that string words or syllables together look like names people choose.** suppobox, nymaim2, ngioweb, qsnatch, charbot,
  simda and pushdo are caught rarely or never; a dictionary DGA should be expected to pass.
- **A family with a common part is learned by heart.** Compare *known* with *left out*: banjori changes only the first letters
  of one word, and what the model knows of it, it knows from the list.
- **Short labels say little.** The names of unnamed_downloader are the orders of five letters under `github.io`, those of qsnatch
  have four or five letters; nothing tells them from an abbreviation.
- **Benign names that look random are taken for generated ones**: abbreviations, names in other languages written in ASCII
  (Polish, German compounds, pinyin), and above all names that content networks make for their customers
  (`d2h5okjz9875in.cloudfront.net`), which the benign list does not hold. Filter those by `lexical.tld` before alerting.
- The benign names are the popular ones of years ago, each counted once. The false-positive rate on the queries of a network
  differs; measure it on a recording of your own before deploying.
- Letters are all it sees: no answers, no rates, no age of the name. One alert is a hint; many failed lookups of one client
  with high scores are a finding.
""")


if __name__ == "__main__":
    main()
