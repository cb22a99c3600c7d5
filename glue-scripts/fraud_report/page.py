"""The report as one HTML file without scripts. Its colours and shapes are those of the console."""

from importlib import resources
from xml.etree.ElementTree import Element

from fraud_report import charts
from fraud_report.html import document, h

# Below the first nothing changed; above the second the model should be looked at (docs/drift.md).
SOME_DRIFT, STRONG_DRIFT = 0.1, 0.25

FIGURE_NAMES = {
    "averagePrecision": "Average precision",
    "recallAtPrecision": "Recall at precision 0.9",
    "logLoss": "Log loss",
    "calibrationError": "Expected calibration error",
    "meanScore": "Mean score",
    "fraudShare": "Share of frauds",
}
AT_THRESHOLD = {"precision": "Precision", "recall": "Recall", "f1": "F1", "accuracy": "Accuracy"}


def render(model: dict, report: dict) -> str:
    """`model` is model.json, of which the trees are not needed; `report` is report.json."""
    title = f"Fraud model {model['version']}"
    test, training = report["test"], report["training"]
    lead = (
        f"Trained {model['trainedAt'].replace('T', ' ').replace('Z', ' UTC')} on {training['rows']:,}"
        f" labelled transactions with {training['frauds']:,} frauds, and measured on the next"
        f" {test['rows']:,} with {test['frauds']:,} frauds."
    )
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("title", title),
        h("style", resources.files("fraud_report").joinpath("style.css").read_text("utf-8")),
    )
    main = h(
        "main",
        h("header", h("h1", title), h("p", lead, class_="soft")),
        h("div", figures(report), at_threshold(model), class_="columns"),
        h("div", precision_recall(model, report), score_distribution(test), class_="columns"),
        h("div", calibration(test), calibration_table(test), class_="columns"),
        h("div", importances(report), drift(report), class_="columns"),
        provenance(report),
    )
    return document(h("html", head, h("body", main), lang="en"))


def card(title: str, *content: Element | None, note: str = "") -> Element:
    described = h("p", note, class_="soft") if note else None
    return h("section", h("h2", title), described, *content, class_="card")


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def breakable(name: str) -> str:
    """A name of a feature, which a narrow page may break after each word."""
    return name.replace("_", "_\u200b")


def with_interval(value: float | None, interval: list | None, digits: int = 4) -> Element:
    if value is None or interval is None:
        return h("span", "–")
    low, high = (f"{each:.{digits}f}" for each in interval)
    return h("span", f"{value:.{digits}f} ", h("small", f"({low} to {high})"))


def table(names: list[str], rows: list[list[str | Element]]) -> Element:
    """The first column names the row. All others are numbers."""
    top = h("tr", h("th", names[0]), *(h("th", name, class_="number") for name in names[1:]))
    body = [
        h("tr", h("th", first, scope="row"), *(h("td", each, class_="number") for each in rest))
        for first, *rest in rows
    ]
    return h("div", h("table", h("thead", top), h("tbody", *body)), class_="wide")


def figures(report: dict) -> Element:
    rows = [
        [name, *(with_interval(*report[part]["figures"][key]) for part in ("test", "training"))]
        for key, name in FIGURE_NAMES.items()
    ]
    return card(
        "Figures",
        table(["Figure", "Test part", "Training part"], rows),
        note="In brackets: 95 % of bootstrap samples, drawn in blocks of neighbouring rows. The test part has"
        " the newest rows. Each training row was scored by trees that were trained without it. Samples have a"
        " larger calibration error than the rows themselves, so its interval may lie above it.",
    )


def at_threshold(model: dict) -> Element:
    parts = [model["metrics"][part] for part in ("test", "training")]
    counts = {
        "truePositives": "Frauds flagged",
        "falseNegatives": "Frauds missed",
        "falsePositives": "Others flagged",
        "trueNegatives": "Others passed",
    }
    rows = [[name, *(number(part[key]) for part in parts)] for key, name in AT_THRESHOLD.items()]
    rows += [[name, *(f"{part[key]:,}" for part in parts)] for key, name in counts.items()]
    return card(
        f"At the threshold of {model['threshold']:.4f}",
        table(["Figure", "Test part", "Training part"], rows),
        note="The highest recall in the training part with a precision of"
        f" {model['metrics']['statedPrecision']:g}.",
    )


def legend(*entries: tuple[str, str]) -> Element:
    return h("p", *(h("span", text, class_=f"key {kind}") for text, kind in entries), class_="legend")


def precision_recall(model: dict, report: dict) -> Element:
    stated = model["metrics"]["statedPrecision"]
    marks = [charts.line([(0, stated), (1, stated)], "limit")]
    for part, kind in (("training", "second"), ("test", "first")):
        points = [(recall, precision) for _, recall, precision in report[part]["precisionRecall"]]
        if points:
            marks.append(charts.line(points, kind))
    at = model["metrics"]["test"]
    if at["recall"] is not None and at["precision"] is not None:
        text = (
            f"Threshold {model['threshold']:.4f}: recall {at['recall']:.4f}, precision {at['precision']:.4f}"
        )
        marks.append(charts.dot(at["recall"], at["precision"], "first", text))
    label = "Precision by recall. The table of figures has the average precision and the recall at 0.9."
    return card(
        "Precision and recall",
        charts.chart(label, "Recall", "Precision", charts.share_ticks(), *marks),
        legend(
            ("Test part, with the threshold in use", "first"),
            ("Training part", "second"),
            ("Precision asked for", "limit"),
        ),
    )


def score_distribution(part: dict) -> Element:
    scores = part["scores"]
    series = [("Frauds", "third", scores["frauds"]), ("Others", "second", scores["others"])]
    label = "Rows of the test part by score. A bar's title has its count."
    return card(
        "Scores of the test part",
        charts.log_bars(label, "Score", "Rows", series),
        legend(("Frauds", "third"), ("Others", "second")),
    )


def calibration(part: dict) -> Element:
    marks = [charts.line([(0, 0), (1, 1)], "limit")]
    for each in filled_bins(part):
        low, high = each["interval"]
        text = f"{each['rows']:,} rows: mean score {each['meanScore']:.3f}, frauds {each['share']:.3f}"
        marks.append(charts.interval(each["meanScore"], low, high, "first"))
        marks.append(charts.dot(each["meanScore"], each["share"], "first", text))
    label = "Share of frauds by mean score of the test part. The next table has the values."
    return card(
        "Calibration",
        charts.chart(label, "Mean score", "Share of frauds", charts.share_ticks(), *marks),
        legend(("Share of frauds, with its 95 % interval", "first"), ("Perfect calibration", "limit")),
    )


def calibration_table(part: dict) -> Element:
    rows = [
        [
            f"{each['from']:.1f} to {each['to']:.1f}",
            f"{each['rows']:,}",
            f"{each['meanScore']:.3f}",
            with_interval(each["share"], each["interval"], 3),
        ]
        for each in filled_bins(part)
    ]
    return card(
        "Calibration by score",
        table(["Scores", "Rows", "Mean score", "Share of frauds"], rows),
        note="Scores are meant to be probabilities: the mean score should lie in the interval. The interval"
        " takes rows as independent, which the rows of one fraud are not.",
    )


def filled_bins(part: dict) -> list[dict]:
    return [each for each in part["calibration"] if each["rows"] > 0]


def meter(share: float, kind: str) -> Element:
    """A bar that is filled up to the share."""
    width = f"{min(1.0, max(0.0, share)) * 100:.1f}"
    bar = h("rect", class_=f"bar {kind}", width=width, height=5)
    return h("svg", bar, viewBox="0 0 100 5", preserveAspectRatio="none", class_="meter", aria_hidden="true")


def importances(report: dict) -> Element:
    ranked = sorted(report["importances"].items(), key=lambda each: -each[1]["gain"])
    most = max((each["gain"] for _, each in ranked), default=0) or 1
    rows = [
        [
            breakable(name),
            meter(each["gain"] / most, "first"),
            f"{each['gain'] * 100:.1f} %",
            f"{each['splits']:,}",
        ]
        for name, each in ranked
    ]
    return card(
        "Importance of the features",
        table(["Feature", "Gain", "Share", "Splits"], rows),
        note="Gain: how far splits on the feature reduce the training loss, and its share of all. Features that"
        " say the same share it.",
    )


def drift(report: dict) -> Element:
    test, before = report["drift"]["test"], report["drift"]["before"]
    columns = [("Test part", test)]
    note = "Test part: its rows against those of training."
    if before is not None:
        columns.append(("Training part", before))
        note += f" Training part: its rows against those of the model before, {before['version']}."
    else:
        note += " There is no model before to compare the training part with."
    note += (
        " From 0 (no change) to 1 (nothing in common): the Jensen-Shannon distance; in brackets the"
        f" population stability index. Up to {SOME_DRIFT:g} nothing changed. Grey: the part is shorter than"
        " the cycle of the feature, which therefore always differs, and does not count in all together."
    )
    rows = [
        [
            "All together",
            *(badge(described["overall"], drift_kind(described["overall"])) for _, described in columns),
        ]
    ]
    rows += [
        [breakable(name), *(drift_of(described["features"].get(name)) for _, described in columns)]
        for name in report["importances"]
    ]
    return card("Drift of the features", table(["Feature", *(name for name, _ in columns)], rows), note=note)


def drift_of(feature: dict | None) -> Element:
    if feature is None or feature["score"] is None:
        return h("span", "–")
    kind = drift_kind(feature["score"]) if feature["coversCycle"] else "neutral"
    return h("span", badge(feature["score"], kind), h("small", f" ({feature['psi']:.3f})"))


def badge(score: float | None, kind: str) -> Element:
    return h("span", "–" if score is None else f"{score:.3f}", class_=f"badge {kind}")


def drift_kind(score: float | None) -> str:
    if score is None:
        return "neutral"
    return "bad" if score > STRONG_DRIFT else "warn" if score > SOME_DRIFT else "good"


def provenance(report: dict) -> Element:
    described = report["provenance"]
    entries = [
        each for name, text in described["facts"].items() for each in (h("dt", name), h("dd", str(text)))
    ]
    return card(
        "Provenance",
        h("dl", *entries),
        h("h3", "Command"),
        h("pre", described["command"]),
        note="The same rows, arguments and versions give the same bytes.",
    )
