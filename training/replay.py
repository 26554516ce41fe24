"""A function of tensors, recorded once as the list of its operations and replayed without Python and autograd.

Networks of this size spend about half of a training step on bookkeeping; a replay is the same arithmetic, to the bit.
"""

import warnings
from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from data import Failure


class NotReplayable(Failure):
    """A function turned out not to be a fixed function of its inputs."""


class Replay:
    """function(*inputs) -> tuple of tensors, replayed from the second call with the same shapes on.

    Only operations on tensors are recorded: Python numbers and branches stay as they were. So at calls 2, 4, 8, ... the
    replay is compared with the function. A function that cannot be recorded, or differs at once, runs as it is; if it
    differs later, NotReplayable is raised, because earlier replays were wrong too.

    fixed: the tensors that function uses besides its inputs and that change only in place, such as weights.
    """

    def __init__(self, function, fixed):
        self.function, self.fixed = function, list(fixed)
        self.aliases = [tensor.detach() for tensor in self.fixed]  # a replay needs no gradient
        self.calls, self.replays = {}, {}

    def __call__(self, *inputs):
        shapes = tuple(x.shape for x in inputs)
        n = self.calls[shapes] = self.calls.get(shapes, 0) + 1
        if n == 1:
            outputs, self.replays[shapes] = self._record(inputs)
            return outputs
        replay = self.replays[shapes]
        if replay is None:
            return self.function(*inputs)
        outputs = replay(*self.aliases, *inputs)
        if n & (n - 1) == 0:
            return self._compared(outputs, shapes, n, inputs)
        return outputs

    def _record(self, inputs):
        """The function's outputs, and its replay or None."""
        with _Tape() as tape:
            outputs = self.function(*inputs)
        if tape.branches:
            return outputs, None
        originals = [*self.fixed, *inputs]
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")  # torch.jit is marked as deprecated; nothing else does this yet
                return outputs, torch.jit.trace(
                    lambda *fresh: tape.play(originals, fresh, outputs), (*self.aliases, *inputs), check_trace=False
                )
        except RuntimeError:
            return outputs, None

    def _compared(self, outputs, shapes, n, inputs):
        """The function's own outputs; its replay is given up if it differs."""
        expected = self.function(*inputs)
        if not all(map(_agree, outputs, expected)):
            if n > 2:
                raise NotReplayable(
                    "the loss depends on more than its arguments and the weights, so its steps cannot be replayed; "
                    "set replayable = False in the model's class"
                )
            self.replays[shapes] = None
        return expected


@contextmanager
def replaying():
    """Call recorded functions inside this."""
    # no graph optimiser: it would take longer than some trainings, and finds nothing
    with torch.no_grad(), torch.jit.optimized_execution(False):
        yield


class _Tape(TorchDispatchMode):
    """Records every operation on tensors below autograd, including those of a backward pass."""

    def __init__(self):
        super().__init__()
        self.calls = []

    @property
    def branches(self):
        """Whether the function turned a tensor into a Python number, which a replay would not do again."""
        return any(operation == torch.ops.aten._local_scalar_dense.default for operation, *_ in self.calls)

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # dynamo is not used here, and takes a second to import

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        self.calls.append((operation, args, kwargs or {}, result))  # keeps all tensors alive, so that no id is reused
        return result

    def play(self, originals, fresh, outputs):
        """Compute the outputs again, with fresh tensors in place of the original ones."""
        now = {id(old): new for old, new in zip(originals, fresh, strict=True)}

        def swap(value):
            if isinstance(value, list | tuple):
                return [swap(each) for each in value]
            return now.get(id(value), value) if torch.is_tensor(value) else value

        for operation, args, kwargs, result in self.calls:
            again = operation(*swap(args), **{key: swap(value) for key, value in kwargs.items()})
            for old, new in zip(_listed(result), _listed(again), strict=True):
                now[id(old)] = new
        return tuple(swap(outputs))


def _listed(result):
    return result if isinstance(result, list | tuple) else [result]


def _agree(a, b):
    """Equal up to what another order of summation may change."""
    a, b = a.nan_to_num(), b.nan_to_num()
    return bool((a - b).norm() <= 1e-3 * b.norm())
