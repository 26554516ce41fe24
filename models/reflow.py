"""Rectified flow, second round, Liu et al. 2209.03003: flow matching on the pairs that a flow has made.

Time runs from noise (t = 0) to data (t = 1): x_t = t Φ(z) + (1 - t) z, with Φ the map of the first flow.
"""

from typing import ClassVar

from models.flow_matching import FlowMatching


class Reflow(FlowMatching):
    """Lines from z to Φ(z) cross less than those of independent pairs, so one step goes farther.

    In 1D they do not cross at all: v(x_t, t) = Φ(z) - z, one step is exact, and no flow moves less. In 2D they may.
    The pairs come from training/teacher.py.
    """

    title = "Reflow"
    steps = 1
    exact = "transport"
    targets = ("conditional",)
    couplings = ("independent",)
    settings: ClassVar = {
        "teacher": ("learnt", ("learnt", "exact"), "the flow whose pairs are learnt: flow matching's, or the law's")
    }

    def __init__(self, dim, hidden, generators, teacher="learnt"):
        super().__init__(dim, hidden, generators)
        self.teacher = teacher

    def floor(self, data, reference):
        return 0.0 if self.exact == "transport" else super().floor(data, reference)
