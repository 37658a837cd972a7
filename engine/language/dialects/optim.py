"""What `torch.optim` stands for: optimizers and learning-rate schedules, by the tables of `engine.descent`."""

from __future__ import annotations

import ast
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from engine.descent import OPTIMIZERS, SCHEDULES, Optimizer, Schedule
from engine.language.values import Anything, Class, Closure, Dict, Function, Instance, List, Ref, Tensor, describe

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]
_IGNORED: Mapping[str, Mapping[str, Any]] = {
    "SGD": {"foreach": None, "differentiable": False, "fused": None},
    "Adam": {"foreach": None, "capturable": False, "differentiable": False, "fused": None},
    "AdamW": {"foreach": None, "capturable": False, "differentiable": False, "fused": None},
    "RMSprop": {"foreach": None, "capturable": False, "differentiable": False},
    "Adagrad": {"foreach": None, "differentiable": False, "fused": None},
}
"""Settings of speed, which change no number."""
_SHOWN = {"Adam": {"decoupled_weight_decay": False}, "AdamW": {"decoupled_weight_decay": True}}

# -- optimizers -------------------------------------------------------------------------------------------------------


def _optimizer(rule: Optimizer) -> Class:
    ignored = _IGNORED[rule.name]
    names = (*rule.defaults, *ignored)

    def make(m: Machine, arguments: Arguments, node: ast.AST) -> None:
        self, given, *settings = arguments
        options = {name: _numbered(m, value, node) for name, value in zip(names, settings, strict=True)}
        groups = [_group(m, part, options | _SHOWN.get(rule.name, {}), node) for part in _parts(m, given, node)]
        if not any(group.items["params"][1].items for group in groups):
            hint = "Write model.parameters(), or a list of tensors: [w, b]."
            raise m.fail("value", "the optimizer got no parameters", node, hint)
        self.attributes["param_groups"] = List(list(groups))
        self.inside |= {"rule": rule, "state": {}}

    defaults = (*rule.defaults.values(), *ignored.values())
    built = Function(f"optim.{rule.name}", ("self", "params", *names), make, defaults)
    return Class(rule.name, "torch.optim", built, None, _METHODS, _text)


def _numbered(m: Machine, value: Any, node: ast.AST) -> Anything:
    """Return a default as a program holds it."""
    if isinstance(value, tuple):
        return tuple(m.literal(x, node) if isinstance(x, float) else x for x in value)
    return value


def _parts(m: Machine, given: Anything, node: ast.AST) -> tuple[Anything, ...]:
    if isinstance(given, Tensor | Ref):
        raise m.fail("type", "an optimizer takes a list of tensors", node, "Write [w].")
    parts = m.elements(given, node, "an optimizer")
    return parts if parts and isinstance(parts[0], Dict) else (List(list(parts)),)


def _group(m: Machine, part: Anything, options: Mapping[str, Anything], node: ast.AST) -> Dict:
    own = {name: value for name, (_, value) in part.items.items()} if isinstance(part, Dict) else {"params": part}
    tensors = m.elements(own.pop("params", None), node, "the parameters of an optimizer")
    for tensor in tensors:
        if not isinstance(tensor, Tensor | Ref):
            raise m.fail("type", f"an optimizer changes tensors, not {describe(tensor)}", node, "Write [w, b].")
        if not m.is_leaf(tensor):
            message = "an optimizer changes leaves, and this tensor was computed"
            raise m.fail(
                "value", message, node, "Give it the tensor with requires_grad=True that it was computed from."
            )
    entries: dict[str, Any] = {"params": List(list(tensors)), **options, **own}
    return Dict({name: (name, value) for name, value in entries.items()})


def _settings(m: Machine, group: Dict, rule: Optimizer, node: ast.AST) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, default in rule.defaults.items():
        value = group.items[name][1] if name in group.items else default
        if isinstance(default, bool):
            found[name] = m.truth(value)
        elif isinstance(default, tuple):
            found[name] = tuple(
                float(x) if isinstance(x, float) else m.needed_number(x, node, name) for x in m.elements(value, node)
            )
        else:
            found[name] = float(m.needed_number(value, node, name))
    return found


def _step(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    self, closure = arguments
    if closure is not None:
        return _asked(m, self, closure, node)
    _walk(m, self, node)
    return None


def _asked(m: Machine, self: Instance, closure: Anything, node: ast.AST) -> Generator[Any, Any, Any]:
    loss = yield m.ask(closure, node=node)
    _walk(m, self, node)
    return loss


def _walk(m: Machine, self: Instance, node: ast.AST) -> None:
    rule, state = self.inside["rule"], self.inside["state"]
    for group in m.elements(self.attributes["param_groups"], node):
        settings = _settings(m, group, rule, node)
        for tensor in m.elements(group.items["params"][1], node):
            for k, cell in enumerate(tensor.cells if isinstance(tensor, Tensor) else (tensor,)):
                m.meter.charge(2)
                if not isinstance(cell, Ref) or not m.has_grad(cell):
                    continue
                kept = state.setdefault((id(tensor), k), {})
                x = m.read(cell.node)
                try:
                    new = rule.update(x, m.read_gradient(cell.node), kept, settings)
                except (ArithmeticError, ValueError):
                    message = f"{rule.name} cannot take a step with these settings"
                    raise m.fail("value", message, node, "Look at them with print(optimizer).") from None
                m.set_data(cell.node, float(new), node)


def _zero_grad(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, to_none = arguments
    for group in m.elements(self.attributes["param_groups"], node):
        for tensor in m.elements(group.items["params"][1], node):
            m.clear_grad(tensor, node, None if m.truth(to_none) else 0.0)


def _text(m: Machine, owner: Instance) -> str:
    """Return what `print(optimizer)` writes."""
    lines = [f"{owner.kind.name} ("]
    for k, group in enumerate(m.elements(owner.attributes["param_groups"], m.current)):
        lines.append(f"Parameter Group {k}")
        for name in sorted(name for name in group.items if name != "params"):
            lines.append(f"    {name}: {m.text(group.items[name][1])}")
    return "\n".join([*lines, ")"])


_METHODS: Mapping[str, Function] = {
    "step": Function("step", ("receiver", "closure"), _step, (None,)),
    "zero_grad": Function("zero_grad", ("receiver", "set_to_none"), _zero_grad, (True,)),
}

# -- schedules --------------------------------------------------------------------------------------------------------


def _schedule(rule: Schedule) -> Class:
    def make(m: Machine, arguments: Arguments, node: ast.AST) -> None:
        self, optimizer, *given = arguments
        if not isinstance(optimizer, Instance) or "rule" not in optimizer.inside:
            message = f"a schedule belongs to an optimizer, not to {describe(optimizer)}"
            raise m.fail("type", message, node, "Write StepLR(optimizer, step_size=10).")
        names = (*rule.required, *rule.defaults)
        settings = {name: _plain(m, value, name, node) for name, value in zip(names, given, strict=False)}
        for name in ("step_size", "T_max"):
            if name in settings and not settings[name] > 0:
                raise m.fail("value", f"{name} must be at least 1", node, f"Write {name}=10.")
        groups = m.elements(optimizer.attributes["param_groups"], node)
        first = [_first_rate(m, group, node) for group in groups]
        self.inside |= {"rule": rule, "settings": settings, "optimizer": optimizer, "first": first, "epoch": 0}
        self.inside["states"] = [{} for _ in first]

    parameters = ("self", "optimizer", *rule.required, *rule.defaults, "last_epoch", "verbose")
    built = Function(f"lr_scheduler.{rule.name}", parameters, make, (*rule.defaults.values(), -1, False))
    return Class(rule.name, "torch.optim.lr_scheduler", built, None, _SCHEDULE_METHODS)


def _first_rate(m: Machine, group: Dict, node: ast.AST) -> float:
    """Return the rate that an optimizer began with; a second schedule on it starts from the same one."""
    written = group.items.setdefault("initial_lr", ("initial_lr", group.items["lr"][1]))
    return float(m.needed_number(written[1], node, "lr"))


def _plain(m: Machine, value: Anything, name: str, node: ast.AST) -> Any:
    if isinstance(value, str):
        return value
    parts = m.items(value)
    if parts is not None:
        return tuple(m.needed_number(x, node, name) for x in parts)
    return m.needed_number(value, node, name)


def _next(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, watched = arguments
    rule, optimizer = self.inside["rule"], self.inside["optimizer"]
    if rule.watches and watched is None:
        raise m.fail("type", f"{rule.name} needs the loss", node, "Write scheduler.step(loss.item()).")
    self.inside["epoch"] += 1
    groups = m.elements(optimizer.attributes["param_groups"], node)
    for group, first, state in zip(groups, self.inside["first"], self.inside["states"], strict=True):
        if rule.watches:
            state["watched"] = float(m.needed_number(watched, node, "step"))
        lr = float(m.needed_number(group.items["lr"][1], node, "lr"))
        try:
            rate = rule.rate(lr, first, self.inside["epoch"], self.inside["settings"], state)
        except (ArithmeticError, ValueError, TypeError):
            message = f"{rule.name} has no rate to give with these settings"
            raise m.fail("value", message, node, "Look at its arguments.") from None
        group.items["lr"] = "lr", m.reading(rate, group, node)


def _last(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    groups = m.elements(arguments[0].inside["optimizer"].attributes["param_groups"], node)
    return List([group.items["lr"][1] for group in groups])


_SCHEDULE_METHODS: Mapping[str, Function] = {
    "step": Function("step", ("receiver", "metrics"), _next, (None,)),
    "get_last_lr": Function("get_last_lr", ("receiver",), _last),
}


def _make_lambda(m: Machine, arguments: Arguments, node: ast.AST) -> Generator[Any, Any, Any]:
    self, optimizer, function, _last_epoch = arguments
    if not isinstance(optimizer, Instance) or not isinstance(function, Closure | Function):
        raise m.fail("type", "LambdaLR needs an optimizer and a function", node, "Write lr_lambda=lambda e: 0.9**e.")
    groups = m.elements(optimizer.attributes["param_groups"], node)
    first = [_first_rate(m, group, node) for group in groups]
    self.inside |= {"optimizer": optimizer, "function": function, "first": first, "epoch": 0}
    yield _set_by_lambda(m, self, node)


def _set_by_lambda(m: Machine, self: Instance, node: ast.AST) -> Generator[Any, Any, Any]:
    factor = yield m.ask(self.inside["function"], m.literal(self.inside["epoch"], node), node=node)
    for group, first in zip(
        m.elements(self.inside["optimizer"].attributes["param_groups"], node), self.inside["first"], strict=True
    ):
        group.items["lr"] = "lr", m.reading(first * m.needed_number(factor, node, "lr_lambda"), group, node)


def _next_by_lambda(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    arguments[0].inside["epoch"] += 1
    return _set_by_lambda(m, arguments[0], node)


_LAMBDA = Class(
    "LambdaLR",
    "torch.optim.lr_scheduler",
    Function("lr_scheduler.LambdaLR", ("self", "optimizer", "lr_lambda", "last_epoch"), _make_lambda, (-1,)),
    None,
    {
        "step": Function("step", ("receiver",), _next_by_lambda),
        "get_last_lr": _SCHEDULE_METHODS["get_last_lr"],
    },
)

MODULES: Mapping[str, Mapping[str, Any]] = {
    "torch.optim": {name: _optimizer(rule) for name, rule in OPTIMIZERS.items()},
    "torch.optim.lr_scheduler": {name: _schedule(rule) for name, rule in SCHEDULES.items()} | {"LambdaLR": _LAMBDA},
}
ATTRIBUTES = frozenset({"param_groups", *_METHODS, *_SCHEDULE_METHODS})
