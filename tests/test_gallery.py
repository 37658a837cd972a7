"""Every example runs, and has the numbers that mathematics gives it."""

import math

import pytest

from engine import GALLERY, Run, document, run
from tests.language.oracle import host_run

SIGMOID = 1 / (1 + math.exp(-0.5))
SOFTMAX = math.exp(2) / (math.exp(2) + math.exp(-1))
TANH = math.sqrt(0.5)

# name: (data of the output, gradients at the end), computed here by other means
EXPECTED = {
    "relu": (4.0, {"a": -3.0, "b": 2.0, "d": 1.0}),
    "slope": (6.0, {"x": 2.0}),
    "value": (8.0, {"a": 4.0, "b": 2.0, "c": 1.0, "d": 1.0}),
    "ascent": (-8.0, {"a": 6.0, "b": -4.0, "c": -2.0, "f": 4.0}),
    "square-loss": (9.0, {"w": 6.0}),
    "twice": (6.0, {"a": 2.0}),
    "product": (9.0, {"x": 6.0}),
    "doubling": (12.0, {"a": 4.0, "b": 2.0}),
    "neuron": (TANH, {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5}),
    "sigmoid": (SIGMOID, {"x": SIGMOID * (1 - SIGMOID)}),
    "max-gate": (6.0, {"x": 2.0, "y": 5.0, "z": 0.0}),
    "cross-entropy": (-math.log(SOFTMAX), {"z1": SOFTMAX - 1, "z2": 1 - SOFTMAX}),
    "overflow": (math.inf, {"x": math.nan}),
    "softplus": (800.0, {"x": 1.0}),
    "vanishing": (None, {}),
    "micrograd": (24.70408163265306, {"a": 138.83381924198252, "b": 645.5772594752186}),
    "dead-relu": (0.0, {"w": 0.0, "b": 0.0, "x": 0.0}),
    "not-a-number": (0.0, {"x": math.nan}),
    "passes": (9.0, {"x": 12.0}),
    "cell": (None, {}),
    "by-hand": (4.0, {"a": -3.0, "b": 2.0, "c": 1.0, "d": 1.0, "e": 1.0, "f": 1.0}),
    "linear": (None, {}),
    "xor": (None, {}),
    "mlp": (None, {}),
}
PRINTED = {
    "ascent": "-7.286496\n",
    "square-loss": "Weight: 3.0\nLoss: 9.0\nGradient: 6.0\n",
    "micrograd": "24.7041\n138.8338\n645.5773\n",
    "passes": "6.0\n12.0\n",
    "linear": "epoch 0: loss 38.879\nepoch 1: loss 19.051\nepoch 2: loss 9.335\n",
}


def result_of(run: Run) -> float:
    assert run.output is not None
    return run.tape.data[run.output]


def example_run(name: str) -> Run:
    return run(GALLERY[name].source, GALLERY[name].inputs)


@pytest.mark.parametrize("name", GALLERY)
def test_example_has_the_expected_numbers(name: str) -> None:
    expected, gradients = EXPECTED[name]
    result = example_run(name)
    if expected is not None:
        assert result_of(result) == pytest.approx(expected, rel=1e-12)
    for variable, gradient in gradients.items():
        got = result.trace.grads[result.variables[variable]]
        assert got == pytest.approx(gradient, rel=1e-9, abs=1e-15, nan_ok=True)
    if name not in LEARNING:
        assert result.printed == PRINTED.get(name, "")


LEARNING = {"xor": "[0, 1, 1, 0]", "mlp": "3 0."}


@pytest.mark.parametrize("name", LEARNING)
def test_what_learns_has_learnt(name: str) -> None:
    last = example_run(name).printed.splitlines()[-1]
    assert last.startswith(LEARNING[name])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["linear", "xor"])
def test_examples_of_networks_print_what_pytorch_prints(name: str) -> None:
    """PyTorch computes in float32 here, and starts from the same numbers."""
    pytest.importorskip("torch")
    assert example_run(name).printed == host_run(GALLERY[name].source)[0]


@pytest.mark.parametrize("name", GALLERY)
def test_gradients_of_examples_agree_with_finite_differences(name: str) -> None:
    result = example_run(name)
    if len(result.trace.passes) > 1 or result.printed or not math.isfinite(result_of(result)):
        return
    for leaf, node in result.variables.items():
        if result.tape.ops[node] is not None or not math.isfinite(result.trace.grads[node]):
            continue
        h, x = 1e-6, result.tape.data[node]
        ends = [run(GALLERY[name].source, {**GALLERY[name].inputs, leaf: x + d}) for d in (-h, h)]
        low, high = (result_of(r) for r in ends)
        assert result.trace.grads[node] == pytest.approx((high - low) / (2 * h), rel=1e-5, abs=1e-6), leaf


@pytest.mark.parametrize("name", GALLERY)
def test_example_is_complete(name: str) -> None:
    example = GALLERY[name]
    assert example.name == name
    assert all(c.islower() or c == "-" for c in name)
    assert example.title
    assert example.notice.endswith(".")
    assert "\n" not in example.notice
    assert document(example_run(name), display=True)["nodes"]


def test_only_the_examples_about_infinity_warn() -> None:
    assert {name for name in GALLERY if example_run(name).warnings} == {"overflow"}


def test_softplus_from_pieces_and_as_one_operation_agree_where_both_work() -> None:
    one, other = (run(GALLERY[name].source, {"x": 0.7}) for name in ("overflow", "softplus"))
    assert result_of(one) == pytest.approx(result_of(other))
    assert one.trace.grads[one.variables["x"]] == pytest.approx(other.trace.grads[other.variables["x"]])
